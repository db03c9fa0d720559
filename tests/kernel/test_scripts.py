"""Proves that a script is tracked as a notebook is, and what ``lab.search_runs`` finds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from IPython.utils.capture import capture_output

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.kernelenv import SPOOL_DIR
from mlops_lab.core.records import CellCaptured, MetricLogged, ParamLogged
from mlops_lab.core.refuge import refuge_of
from mlops_lab.kernel.delivery import SPOOL_BYTES, Delivery, make_refuge
from mlops_lab.kernel.run import RunLog
from mlops_lab.kernel.session import process_session
from mlops_lab.tracking.segments import find_spool_folders
from mlops_lab.tracking.service import TrackingService

from .spool_reader import read_records
from .test_start_run import ends, good, of_kind, runs

SCRIPT = """
from mlops_lab import lab

lab.log_param("before", 1)
with lab.start_run(run_name="outer") as outer:
    lab.log_metric("m", 1)
    with lab.start_run(run_name="inner", nested=True):
        lab.log_metric("m", 2)
{end}
"""


def _script(tmp_path: Path, spool_dir: Path, end: str) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT.format(end=end))
    return subprocess.run(
        [sys.executable, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ},
        timeout=60,
    )


def test_a_script_is_tracked_as_a_notebook_is(spool_dir, tmp_path):
    done = _script(tmp_path, spool_dir, "")
    assert done.returncode == 0, done.stderr
    found = runs(spool_dir)
    assert list(found) == ["train", "outer", "inner"]
    assert {run.experiment for run in found.values()} == {"train"}
    assert found["outer"].parent_run_id == found["train"].run_id
    assert found["inner"].parent_run_id == found["outer"].run_id
    assert ends(spool_dir) == {"inner": "finished", "outer": "finished", "train": "finished"}
    sources = [cell.source for cell in of_kind(spool_dir, CellCaptured)]
    assert sources[0].startswith("\nfrom mlops_lab import lab")


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("raise ValueError('late')", "failed"),
        ("import sys; sys.exit(3)", "failed"),
        ("import sys; sys.exit()", "finished"),
        ("import sys; sys.exit(0)", "finished"),
        ("from sys import exit as leave; leave('text')", "failed"),
        ("raise SystemExit('text')", "failed"),
        ("raise SystemExit", "finished"),
        ("if outer:\n    code = 2\n    exit(code)", "failed"),
        ("def main():\n    raise SystemExit(4)\nmain()", "finished"),
        ("try:\n    raise SystemExit(4)\nexcept SystemExit:\n    pass", "finished"),
        ("import os; os._exit(0)", None),
    ],
)
def test_how_a_script_ends_is_how_its_open_run_ends(spool_dir, tmp_path, end, status):
    _script(tmp_path, spool_dir, end)
    assert ends(spool_dir).get("train") == status
    assert [p.name for p in of_kind(spool_dir, ParamLogged)] == ["before"]


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("sys.exit(4)", "failed"),
        ("sys.exit('text')", "failed"),
        ("sys.exit(main())", "failed"),
        ("sys.exit(0)", "finished"),
        ("sys.exit()", "finished"),
    ],
)
def test_a_block_that_a_script_leaves_by_exit_knows_the_code(spool_dir, tmp_path, end, status):
    lines = "import sys\ndef main(): return 7\nwith lab.start_run(run_name='last'):\n    "
    _script(tmp_path, spool_dir, lines + end)
    assert ends(spool_dir)["last"] == status


def test_records_wait_elsewhere_where_the_spool_cannot_be_written(
    spool_dir, tmp_path, monkeypatch, store
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    spool_dir.parent.mkdir(parents=True, exist_ok=True)
    spool_dir.write_text("a file is in the way")
    done = _script(tmp_path, spool_dir, "")
    refuge = refuge_of(spool_dir)
    assert done.returncode == 0
    assert f"The spool {spool_dir} cannot be written; records wait in {refuge}" in done.stderr
    report = TrackingService(store).take_in_spools(spool_dir)
    assert report.runs_killed == 0
    assert list(refuge.glob("*.jsonl")) == []
    found = TrackingService(store).list_runs().runs
    assert {run.name: run.status for run in found}["train"] == "finished"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="users have no numbers there")
def test_a_refuge_that_others_may_write_to_is_not_used(spool_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    refuge = refuge_of(spool_dir)
    assert make_refuge(spool_dir) == refuge
    refuge.parent.chmod(0o777)
    assert make_refuge(spool_dir) is None
    assert find_spool_folders(spool_dir) == [spool_dir]


def test_what_could_not_be_written_until_the_end_is_saved_elsewhere(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folder = tmp_path / "spool"
    delivery = Delivery({SPOOL_DIR: str(folder), SPOOL_BYTES: "8000"})
    run = RunLog("a" * 32, delivery.spool)
    run.log_metric("m", 0.0)
    shutil.rmtree(folder)
    folder.write_text("the folder is gone")
    for value in range(1, 30):
        run.log_metric("m", float(value))
    delivery.close()
    refuge = refuge_of(folder)
    saved = [one.value for one in read_records(refuge) if isinstance(one, MetricLogged)]
    assert saved
    assert saved == [float(value) for value in range(30 - len(saved), 30)]
    assert f"{len(saved):,} records wait in {refuge}" in capsys.readouterr().err


def test_a_script_that_could_never_write_says_what_is_lost(spool_dir, tmp_path, monkeypatch):
    """A fixed fault: it promised that the records follow later, and lost them without a word."""
    spool_dir.parent.mkdir(parents=True, exist_ok=True)
    spool_dir.write_text("a file is in the way")
    monkeypatch.setenv("TMPDIR", str(spool_dir))
    done = _script(tmp_path, spool_dir, "")
    assert done.returncode == 0
    first, last = done.stderr.splitlines()
    assert "records are kept in memory" in first
    assert f"records are lost: the spool {spool_dir} could not be written" in last


def test_search_gives_a_frame_with_the_columns_of_mlflow(shell, store, spool_dir):
    good(
        shell,
        "for depth in (2, 4):\n    with lab.start_run(run_name=f'r{depth}', tags={'team': 'a'}):\n"
        "        lab.log_param('depth', depth)\n        lab.log_param('kind', 'deep')\n"
        "        lab.log_metric('auc', depth / 10)",
    )
    good(
        shell,
        "found = lab.search_runs()\nbest = lab.search_runs('metrics.auc > 0.3', max_results=5)",
    )
    frame, best = shell.user_ns["found"], shell.user_ns["best"]
    assert list(frame["run_name"]) == ["r4", "r2"]
    assert {"run_id", "status", "start_time", "end_time"} <= set(frame.columns)
    assert list(frame["params.depth"]) == ["4", "2"]
    assert list(frame["params.kind"]) == ["deep", "deep"]
    assert list(frame["metrics.auc"]) == [0.4, 0.2]
    assert list(frame["tags.team"]) == ["a", "a"]
    assert str(frame["start_time"].dtype).endswith("UTC]")
    assert list(best["run_name"]) == ["r4"]
    result = shell.run_cell("lab.search_runs('metrics. >')")
    assert isinstance(result.error_in_exec, InvalidInputError)


def test_search_takes_the_arguments_of_mlflow(shell, store, spool_dir):
    for name, auc in (("red", 0.2), ("red", 0.4), ("blue", 0.3)):
        good(
            shell,
            f"lab.set_experiment({name!r})\nwith lab.start_run(run_name='r{auc}', tags={{'team': 'a'}}):\n"
            f"    lab.log_param('kind', 'deep')\n    lab.log_metric('auc', {auc})",
        )
    good(
        shell,
        "red = lab.search_runs(filter_string=\"metrics.auc > 0.1 and tags.team = 'a'\","
        " experiment_names=['red'], order_by=['metrics.auc ASC'], output_format='list')\n"
        "every = lab.search_runs(experiment_names=['red', 'blue'], order_by=['metrics.auc DESC'])\n"
        "gone = lab.search_runs(run_view_type='DELETED_ONLY', output_format='list')",
    )
    first, second = shell.user_ns["red"]
    assert [first.info.run_name, second.info.run_name] == ["r0.2", "r0.4"]
    assert (first.info.experiment_id, first.info.status) == ("red", "finished")
    assert first.data.metrics["auc"] == 0.2
    assert first.data.params["kind"] == "deep"
    assert first.data.tags["team"] == "a"
    assert first.run_id == first.record.summary.id
    assert list(shell.user_ns["every"]["run_name"]) == ["r0.4", "r0.3", "r0.2"]
    assert shell.user_ns["gone"] == []
    asked = "lab.search_runs('metrics.auc >> 1', experiment_names=['red', 'blue'])"
    alone = shell.run_cell("lab.search_runs('metrics.auc >> 1')").error_in_exec
    among = shell.run_cell(asked).error_in_exec
    assert isinstance(alone, InvalidInputError)
    assert str(among) == str(alone)
    refused = shell.run_cell("lab.search_runs(output_format='csv')")
    assert isinstance(refused.error_in_exec, InvalidInputError)


def test_a_report_of_runs(shell, store, spool_dir, tmp_path):
    good(
        shell,
        "for depth in (2, 4):\n    with lab.start_run(run_name=f'r{depth}') as run:\n"
        "        lab.log_metric('auc', depth / 10)",
    )
    with capture_output() as shown:
        good(shell, f"lab.report(lab.search_runs(), r'{tmp_path}/two.html', title='Both')")
        good(shell, f"lab.report(run, r'{tmp_path}/one.md')")
    assert "<h1>Both</h1>" in (tmp_path / "two.html").read_text()
    assert (tmp_path / "one.md").read_text().startswith("# r4")
    assert "two.html" in str(shown.outputs[0].data)
    for wrong in ("[], 'r.html'", "run, 'r.pdf'", "3.5"):
        result = shell.run_cell(f"lab.report({wrong})")
        assert isinstance(result.error_in_exec, InvalidInputError)


def test_the_names_are_listed(shell):
    good(shell, "names = dir(lab)")
    assert {"start_run", "search_runs", "log_folds", "set_experiment"} <= set(
        shell.user_ns["names"]
    )
    assert process_session().runs.every() == []
