"""Shows that a reproduction names the cell that diverged: the run's own, one of a job, one of texts."""

from __future__ import annotations

import os
import subprocess
import sys

from mlops_lab.core.kernelenv import SPOOL_DIR, cell_digest
from mlops_lab.core.settings import DATA_DIR

from .place import Place
from .recorder import Recorder

SEARCH = """
search = GridSearchCV(Ridge(), {'alpha': [0.1, 10.0]}, cv=2).fit(X, y)
score = float(search.best_score_)
""".strip()

SCRIPT = """
from __future__ import annotations
import sys
from pathlib import Path
import helper
import mlops_lab as lab

def main() -> None:
    text = Path("data.txt").read_text() + Path(__file__).name[:0]
    with lab.start_run(run_name="script"):
        lab.log_metric("score", float(sys.argv[1]) * len(text) * helper.FACTOR)

if __name__ == "__main__":
    main()
"""


def test_what_the_runs_own_cell_left_is_compared(recorder: Recorder) -> None:
    run_id = recorder.record(
        "import random, time\nstarted = time.time()",
        "%%track\nwords = [str(random.random())]\nsame = 'a'",
    )
    [own] = recorder.lab.tracking.get_capture(run_id).own_history
    assert (own.run_id, sorted(own.bound)) == (run_id, ["same", "words"])
    done = recorder.reproduce(run_id)
    assert done.state == "differs"
    assert done.message.startswith("The run has no metrics to compare, but words differ.")
    assert done.divergence is not None
    assert (done.divergence.position, done.divergence.names) == (own.position, ["words"])


def test_the_first_table_of_texts_that_differs_is_named(recorder: Recorder) -> None:
    words = recorder.folder / "words.csv"
    words.write_text("word\na\nb\n")
    run_id = recorder.record(
        "import polars as pl",
        "table = pl.read_csv('words.csv')",
        "longest = table.filter(pl.col('word') != 'a')",
        "%%track\ncount = float(longest.height)",
    )
    words.write_text("word\na\na\n")
    done = recorder.reproduce(run_id)
    assert done.divergence is not None
    assert done.divergence.names == ["table"]


def test_the_first_cell_of_a_job_that_differs_is_named(place: Place) -> None:
    table = place.work / "table.csv"
    table.write_text("a,y\n1,2\n2,3\n3,5\n4,8\n")
    job = place.run(
        "import pandas as pd\nfrom sklearn.linear_model import Ridge\n"
        "from sklearn.model_selection import GridSearchCV",
        "frame = pd.read_csv('table.csv')\nX, y = frame[['a']], frame['y']",
        SEARCH,
        tracked_cells=[cell_digest(SEARCH)],
    )
    assert job.state == "succeeded", job.error
    run_id = str(job.run_id)
    [first, *_] = place.lab.tracking.list_runs(parent=run_id).runs
    recorder = Recorder(place.lab, place.work)
    assert recorder.reproduce(run_id).message.startswith("All 2 metrics agree.")
    child = recorder.reproduce(first.id)
    assert child.state == "agrees", child.message
    assert "mean_test_score" in [metric.name for metric in child.metrics]
    table.write_text("a,y\n1,2\n2,3\n3,5\n4,80\n")
    done = recorder.reproduce(run_id)
    assert done.state == "differs"
    assert done.divergence is not None
    assert done.divergence.position == 1
    # Digests of a cell have 2 ms: on a slow machine those of the names after the first are left out.
    assert done.divergence.names in (["frame"], ["frame", "y"])


def test_a_file_that_an_untracked_cell_read_is_named(recorder: Recorder) -> None:
    text = recorder.folder / "in put.txt"
    text.write_text("1 2")
    run_id = recorder.record(
        "parts = open('in put.txt').read().split()\nopen('out.txt', 'w').write('x')",
        "%%track\ntotal = float(sum(map(int, parts)))",
    )
    text.write_text("1 3")
    done = recorder.reproduce(run_id)
    assert done.divergence is not None
    assert done.divergence.names == ["parts"]
    [found] = [one for one in done.differences if one.kind == "data"]
    assert found.name == "in put.txt"
    assert str(found.reproduced).startswith("written after the run, 2")


def test_a_cell_that_asks_for_input_is_told_why_it_fails(recorder: Recorder) -> None:
    here = "if 'MLOPS_LAB_REPLAY' not in os.environ:\n    builtins.input = lambda _: '2'"
    run_id = recorder.record(f"import builtins, os\n{here}", "%%track\nn = float(input('n? '))")
    done = recorder.reproduce(run_id)
    assert done.state == "differs"
    assert "Nobody is there to answer input()" in done.message


def test_a_clean_kernel_without_the_extension_proves_nothing(recorder: Recorder) -> None:
    lose = "get_ipython().extension_manager.unload_extension('mlops_lab')"
    run_id = recorder.record(
        f"import os\nif 'MLOPS_LAB_REPLAY' in os.environ:\n    {lose}", "%%track\nn = 1 / 2"
    )
    done = recorder.reproduce(run_id)
    assert done.state == "failed"
    assert "cannot load mlops_lab" in done.message


def test_a_script_runs_with_its_arguments_in_its_folder(recorder: Recorder) -> None:
    folder = recorder.folder / "my scripts"
    folder.mkdir()
    (folder / "helper.py").write_text("FACTOR = 2.0\n")
    (folder / "my train.py").write_text(SCRIPT)
    (folder / "data.txt").write_text("12345")
    environ = {k: v for k, v in os.environ.items() if not k.startswith("MLOPS_LAB_")}
    settings = recorder.lab.settings
    environ |= {DATA_DIR: str(settings.data_dir), SPOOL_DIR: str(settings.spool_dir)}
    command = [sys.executable, "my train.py", "0.5", "--api-token", "hunter2hunter2"]
    subprocess.run(command, cwd=folder, env=environ, check=True)
    recorder.lab.tracking.take_in_spools(settings.spool_dir)
    newest = recorder.lab.tracking.newest_run()
    assert newest is not None
    assert [metric.last for metric in newest.metrics] == [5.0]
    done = recorder.reproduce(newest.summary.id)
    assert (done.state, done.message) == (
        "agrees",
        "The metric agrees. An argument was a secret and was not recorded: *** stands in its place.",
    )
