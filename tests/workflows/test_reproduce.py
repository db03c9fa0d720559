"""Real reproductions: recorded in a real shell, run again in a real clean kernel, and held together."""

from __future__ import annotations

import platform
from importlib.metadata import version

from msgspec.structs import replace

from mlops_lab.core.facets import Package
from mlops_lab.core.jobs import Parameter
from mlops_lab.workflows.reproduce import Wishes, reproduce, restore
from mlops_lab.workflows.verdict import Tolerance

from .place import Place
from .recorder import Recorder, set_facet
from .shells import LOAD


def test_a_run_agrees_with_itself(recorder: Recorder) -> None:
    run_id = recorder.record(
        "rate = 0.5",
        "def f(x):\n    return x * rate",
        "%%track\nscore = f(3)\nfor step in range(5):\n    lab.log_metric('loss', 1 / (step + 1))",
    )
    runs = recorder.lab.tracking.count_runs()
    done = recorder.reproduce(run_id)
    assert (done.state, done.message) == ("agrees", "All 2 metrics agree.")
    assert recorder.lab.tracking.count_runs() == runs


def test_a_data_file_that_changed_is_named(recorder: Recorder) -> None:
    table = recorder.folder / "table.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    run_id = recorder.record(
        "import pandas as pd\nnoise = 1",
        "frame = pd.read_csv('table.csv')",
        "%%track\ntotal = float(frame['b'].sum())",
    )
    table.write_text("a,b\n1,2\n3,5\n")
    done = recorder.reproduce(run_id)
    assert done.state == "differs"
    assert [(m.name, m.recorded, m.reproduced) for m in done.metrics] == [("total", 6.0, 7.0)]
    assert done.divergence is not None
    assert (done.divergence.source, done.divergence.names) == (
        "frame = pd.read_csv('table.csv')",
        ["frame"],
    )
    assert "frame" in [one.name for one in done.differences if one.kind == "data"]


def test_an_unseeded_random_is_named(recorder: Recorder) -> None:
    run_id = recorder.record(
        "import random\nimport time\nstarted = time.time()",
        "sample = [random.random() for _ in range(3)]",
        "%%track\nscore = sum(sample)",
    )
    done = recorder.reproduce(run_id)
    assert done.state == "differs"
    assert done.divergence is not None
    assert done.divergence.names == ["sample"]
    assert [one.name for one in done.differences if one.kind == "seed"] == ["random"]


def test_a_seed_makes_it_agree_although_a_clock_differs(recorder: Recorder) -> None:
    run_id = recorder.record(
        "import random, time\nstarted = time.time()",
        "random.seed(3)",
        "%%track\nscore = random.random()",
    )
    done = recorder.reproduce(run_id)
    assert (done.state, done.divergence) == ("agrees", None)
    assert [one for one in done.differences if one.kind == "seed"] == []


def test_a_deleted_cell_is_restored_and_run(recorder: Recorder) -> None:
    run_id = recorder.record(
        "secretly = 41", "del_me = 0\ndel del_me", "%%track\nscore = secretly + 1.0"
    )
    restored = restore(recorder.lab, run_id)
    assert [c.source for c in restored.cells if c.cell_type == "code"] == [
        LOAD, "secretly = 41", "del_me = 0\ndel del_me", "%%track\nscore = secretly + 1.0",
    ]  # fmt: skip
    assert recorder.reproduce(run_id).state == "agrees"


def test_an_error_that_was_not_recorded_is_named(recorder: Recorder) -> None:
    (recorder.folder / "helper.txt").write_text("3")
    run_id = recorder.record(
        "1 / 0",
        "number = float(open('helper.txt').read())",
        "%%track\nscore = number",
    )
    assert recorder.reproduce(run_id).state == "agrees"
    (recorder.folder / "helper.txt").unlink()
    done = recorder.reproduce(run_id)
    assert done.state == "differs"
    assert done.divergence is not None
    assert done.divergence.source.startswith("number =")
    assert str(done.divergence.error).startswith("FileNotFoundError")
    assert done.cells == 3


def test_a_run_that_failed_agrees_when_it_fails_alike(recorder: Recorder) -> None:
    run_id = recorder.record("%%track\nlab.log_metric('a', 1)\nraise ValueError('no')")
    done = recorder.reproduce(run_id)
    assert (done.state, done.divergence) == ("agrees", None)


def test_metrics_may_be_left_out_and_tolerated(recorder: Recorder) -> None:
    (recorder.folder / "n.txt").write_text("1.0")
    run_id = recorder.record(
        "import time", "%%track\nclock = time.perf_counter()\nscore = float(open('n.txt').read())"
    )
    (recorder.folder / "n.txt").write_text("1.01")
    done = recorder.reproduce(run_id, Wishes(ignore=("clock",)))
    assert (done.state, [m.name for m in done.metrics]) == ("differs", ["score"])
    wide = Wishes(ignore=("clock",), tolerance=Tolerance(relative=0.05))
    done = recorder.reproduce(run_id, wide)
    assert (done.state, done.message) == ("agrees", "The metric agrees. Not compared: clock.")


def test_another_package_version_is_listed(recorder: Recorder) -> None:
    run_id = recorder.record("%%track\nscore = 1.5 * 2")
    environment = recorder.lab.tracking.get_capture(run_id).environment
    assert environment is not None
    packages = [
        replace(one, version="0.1") if one.name.lower() == "ipython" else one
        for one in environment.packages
    ]
    set_facet(
        recorder.lab,
        run_id,
        "environment",
        replace(environment, packages=[*packages, Package("gone", "2")], python="3.11.0"),
    )
    done = recorder.reproduce(run_id)
    assert done.state == "agrees"
    found = {(one.kind, one.name): (one.recorded, one.reproduced) for one in done.differences}
    assert found["package", "gone"] == ("2", None)
    assert found["python", "version"] == ("3.11.0", platform.python_version())
    [(recorded, now)] = [pair for key, pair in found.items() if key[1].lower() == "ipython"]
    assert (recorded, now) == ("0.1", version("ipython"))
    assert {key[0] for key in found} == {"package", "python"}


def test_the_run_of_a_job_is_reproduced_with_its_parameters(place: Place) -> None:
    (place.work / "n.txt").write_text("1")
    job = place.run(
        "import mlops_lab as lab\nplus = float(open('n.txt').read())",
        "lab.log_metric('score', n * 2 + plus)",
        declared=[Parameter("n", "int", 3)],
        parameters={"n": 7},
    )
    place.threads[0].join(30)
    run_id = str(job.run_id)
    done = reproduce(place.lab, run_id)
    assert (done.state, done.message) == ("agrees", "The metric agrees.")
    assert [(m.name, m.reproduced) for m in done.metrics] == [("score", 15.0)]
    (place.work / "n.txt").write_text("2")
    assert reproduce(place.lab, run_id).state == "differs"
    assert place.lab.tracking.get_run(run_id).metrics[0].last == 15.0


def test_every_way_to_open_a_run_can_be_reproduced(recorder: Recorder) -> None:
    tracked_on = recorder.record("a = 1.5", "%track on", "b = a * 2", "%track off")
    done = recorder.reproduce(tracked_on)
    assert (done.state, [m.name for m in done.metrics]) == ("agrees", ["b"])
    inner = recorder.record(
        "a = 1.5",
        "with lab.start_run(run_name='outer'):\n"
        "    lab.log_metric('m', a)\n"
        "    with lab.start_run(run_name='inner', nested=True):\n"
        "        lab.log_metric('m', 7)",
    )
    outer = recorder.lab.tracking.get_run(inner).summary.parent_run_id or inner
    values = {
        run_id: [(m.recorded, m.reproduced) for m in recorder.reproduce(run_id).metrics]
        for run_id in (inner, outer)
    }
    assert values == {inner: [(7.0, 7.0)], outer: [(1.5, 1.5)]}
