"""Real executions: runner, kernel, run, notebook, and every way in which they end."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from pathlib import Path

import psutil
import pytest
from jobs.production import wait_for_end, wait_until
from jobs.test_kernels import bare_python, put_spec

from mlops_lab.core import kernelenv
from mlops_lab.core.jobs import Parameter
from mlops_lab.core.settings import DATA_DIR, STORE_URL, Settings
from mlops_lab.jobs.executor.local import LocalExecutor
from mlops_lab.lab import Lab

from .place import NAP, Place, executed, hold, marked_processes


def test_a_job_runs_with_its_parameters_in_its_folder(place: Place) -> None:
    declared = [
        Parameter("n", "int", 3),
        Parameter("name", "str", "a"),
        Parameter("r", "float", 1.5),
    ]
    job = place.run(
        "# md about",
        "import os\nprint(n, repr(name), r, os.getcwd())",
        declared=declared,
        parameters={"n": 7, "name": 'it\'s "quoted" ü'},
    )
    assert (job.state, job.cause) == ("succeeded", "succeeded: 4 cells executed")
    assert (job.cells_done, job.cells_total, job.attempt) == (4, 4, 1)
    notebook = executed(place, job)
    [injected] = [c for c in notebook.cells if "injected-parameters" in c.metadata.tags]
    assert "n = 7" in injected.source
    assert "r =" not in injected.source
    assert notebook.cells[-1].outputs[0].text == f"7 'it\\'s \"quoted\" ü' 1.5 {place.work}\n"
    assert f"Working directory: {place.work}" in place.lab.jobs.read_log(job.id).text
    assert job.run_id is not None
    run = place.lab.tracking.get_run(job.run_id)
    assert (run.summary.status, run.summary.source, run.summary.name) == (
        "finished",
        "job",
        "train",
    )
    assert run.summary.notebook_path == "train.ipynb"
    assert run.summary.job is not None
    assert (run.summary.job.job_id, run.summary.job.revision) == (job.id, 1)
    params = {param.name: (param.value, param.origin) for param in run.params}
    assert params == {
        "n": ("7", "injected"),
        "name": (repr('it\'s "quoted" ü'), "injected"),
        "r": ("1.5", "injected"),
    }


def test_what_the_kernel_logs_is_in_the_run_of_the_job(place: Place) -> None:
    job = place.run(
        "import mlops_lab as lab",
        "for step in range(20):\n    lab.log_metric('loss', 1 / (step + 1), step=step)",
    )
    assert job.state == "succeeded", job.error
    series = place.lab.tracking.get_series(str(job.run_id), "loss")
    assert [point.step for point in series.points] == list(range(20))


def test_of_a_job_that_has_ended_only_the_log_stays_in_its_folder(place: Place) -> None:
    job = place.run("import mlops_lab as lab", "lab.log_metric('loss', 1)\nprint('said')")
    place.threads[0].join(30)
    assert [path.name for path in place.lab.jobs.folder(job.id).path.iterdir()] == ["log.txt"]
    assert "said" in place.lab.jobs.read_log(job.id).text
    assert executed(place, job).cells[1].outputs[0].text == "said\n"
    assert place.lab.tracking.get_run(str(job.run_id)).metrics[0].last == 1


def test_the_address_of_the_store_does_not_reach_the_notebook(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE_URL, "postgresql+psycopg://ada:secret@db/lab")
    monkeypatch.setenv("OF_THE_USER", "kept")
    hidden = [STORE_URL, DATA_DIR]
    passed_on = [
        kernelenv.JOB_CONTEXT,
        kernelenv.KERNEL_TOKEN,
        kernelenv.SERVER_URL,
        kernelenv.SPOOL_DIR,
        "OF_THE_USER",
    ]
    job = place.run(
        f"import os\nprint([n for n in {[*hidden, *passed_on]} if n in os.environ])",
        "print([n for n, value in os.environ.items() if 'secret' in value])",
    )
    assert job.state == "succeeded", job.cause
    said = [cell.outputs[0].text for cell in executed(place, job).cells]
    assert said == [f"{passed_on}\n", "[]\n"]


def test_a_failing_notebook_tells_cell_error_and_traceback(place: Place) -> None:
    job = place.run("a = 1", "# md text", "def f():\n    return a / 0\n\nf()", "print('never')")
    assert (job.state, job.cause) == ("failed", "failed: ZeroDivisionError in cell 3 of 4")
    assert job.failing_cell is not None
    notebook = executed(place, job)
    assert job.failing_cell.index == 2
    assert job.failing_cell.cell_id == notebook.cells[2].id
    assert job.failing_cell.source == notebook.cells[2].source
    assert job.error is not None
    assert (job.error.name, job.error.message) == ("ZeroDivisionError", "division by zero")
    assert "return a / 0" in job.error.traceback
    assert "\x1b" not in job.error.traceback
    assert (job.cells_done, job.cells_total) == (3, 4)
    assert notebook.cells[2].metadata.papermill.status == "failed"
    assert notebook.cells[3].outputs == []
    run = place.lab.tracking.get_run(str(job.run_id))
    assert (run.summary.status, run.summary.error_name) == ("failed", "ZeroDivisionError")
    assert run.error == job.error


def test_a_kernel_that_dies_is_a_cause(place: Place) -> None:
    job = place.run("a = 1", "import os\nos._exit(1)", "b = 2")
    assert job.state == "failed"
    assert job.cause.startswith("failed: the kernel died")
    assert job.cause.endswith("in cell 2 of 3")
    assert job.failing_cell is not None
    assert job.failing_cell.index == 1
    states = [cell.metadata.papermill.status for cell in executed(place, job).cells]
    assert states == ["completed", "failed", "pending"]


def test_a_notebook_may_end_itself(place: Place) -> None:
    job = place.run("import sys", "sys.exit(0)", "b = 2")
    assert (job.state, job.cause) == (
        "succeeded",
        "succeeded: the notebook ended itself in cell 2 of 3",
    )


def test_a_missing_kernel_is_a_cause_with_those_that_there_are(place: Place) -> None:
    job = place.run("1", kernel_name="no-such-kernel")
    assert job.state == "failed"
    assert "There is no kernel 'no-such-kernel' on this machine." in job.cause
    assert "python3" in job.cause


def test_a_working_folder_that_is_gone_is_a_cause(place: Place) -> None:
    job = place.run("1", working_dir="/no/such/folder")
    assert job.state == "failed"
    assert "The working folder /no/such/folder does not exist." in job.cause


def test_a_revision_that_is_no_notebook_is_a_cause(place: Place) -> None:
    job = place.run(notebook=b"not json")
    assert job.state == "failed"
    assert "the notebook could not be started: " in job.cause
    assert place.lab.tracking.get_run(str(job.run_id)).summary.status == "failed"


def test_a_fault_of_ours_ends_the_job_with_a_cause(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    job = place.submit("1")
    place.lab.settings.jobs_dir.mkdir(parents=True, exist_ok=True)
    (place.lab.settings.jobs_dir / job.id).write_text("in the way")
    place.begin()
    ended = wait_for_end(place.lab.jobs, job.id)
    assert ended.state == "failed"
    assert "the job could not be run: FileExistsError" in ended.cause
    assert list(tmp_path.glob("mlops-lab-*")) == []
    assert place.lab.tracking.get_run(str(ended.run_id)).summary.status == "failed"


def test_cancel_ends_the_whole_tree(place: Place) -> None:
    cell = (
        f"{NAP}subprocess.Popen(['sleep', '601'])\n"
        "subprocess.Popen(['sleep', '602'], start_new_session=True)\n"
        "subprocess.Popen(['sh', '-c', 'sleep 603 & disown; exit 0'], start_new_session=True)\n"
        "print('started', flush=True)\ntime.sleep(600)"
    )
    job = place.submit("a = 1", cell)
    place.begin()
    log = place.lab.jobs.read_log
    wait_until(lambda: "started" in log(job.id).text, why="the cell runs")
    assert place.lab.jobs.get_job(job.id).run_id, (place.lab.jobs.get_job(job.id), log(job.id).text)
    wait_until(lambda: place.lab.jobs.get_job(job.id).cells_done == 1, why="progress is relayed")
    members = marked_processes(place, job)
    assert len(members) >= 4
    place.lab.jobs.cancel(job.id, user="bob")
    ended = wait_for_end(place.lab.jobs, job.id)
    assert (ended.state, ended.cause) == ("cancelled", "cancelled by bob while it ran")
    assert marked_processes(place, job) == []
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in members)
    states = [cell.metadata.papermill.status for cell in executed(place, job).cells]
    assert states == ["completed", "failed"]
    assert place.lab.tracking.get_run(str(ended.run_id)).summary.status == "killed"


def test_what_a_notebook_leaves_behind_ends_with_the_job(place: Place) -> None:
    job = place.run(f"{NAP}subprocess.Popen(['sleep', '604'], start_new_session=True)")
    assert job.state == "succeeded"
    assert marked_processes(place, job) == []


def test_a_killed_runner_is_a_cause(place: Place) -> None:
    job = place.submit(f"{NAP}print('started', flush=True)\ntime.sleep(600)")
    place.begin()
    wait_until(lambda: "started" in place.lab.jobs.read_log(job.id).text, why="the cell runs")
    [kernel] = marked_processes(place, job)
    os.kill(kernel.ppid(), signal.SIGKILL)
    ended = wait_for_end(place.lab.jobs, job.id)
    assert ended.state == "failed"
    assert "the runner process was killed by signal 9" in ended.cause
    assert marked_processes(place, job) == []


def test_a_worker_that_is_told_to_stop_leaves_its_job_lost(place: Place) -> None:
    job = place.submit(f"{NAP}print('started', flush=True)\ntime.sleep(600)")
    place.begin()
    wait_until(lambda: "started" in place.lab.jobs.read_log(job.id).text, why="the cell runs")
    place.stop.set()
    ended = wait_for_end(place.lab.jobs, job.id)
    assert ended.state == "lost"
    assert "was stopped while the job ran" in ended.cause
    assert marked_processes(place, job) == []


def test_a_kernel_without_our_package_runs_all_the_same(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    python = str(bare_python(tmp_path / "bare"))
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    put_spec(tmp_path / "share", "bare", argv=argv)
    job = place.run(
        "import importlib.util, sys\nprint(importlib.util.find_spec('mlops_lab'), sys.prefix)",
        kernel_name="bare",
    )
    assert job.state == "succeeded", job.cause
    assert executed(place, job).cells[0].outputs[0].text == f"None {tmp_path / 'bare'}\n"
    assert "extension" not in place.lab.jobs.read_log(job.id).text


def test_the_notebook_of_a_running_job_is_whole_at_any_time(place: Place) -> None:
    go = place.work / "go"
    names = [f"x{i} = {i}" for i in range(25)]
    job = place.submit(*names, hold(go), *names)
    place.begin()

    def count_executed() -> int:
        notebook = json.loads(place.lab.jobs.read_notebook(job.id))
        assert len(notebook["cells"]) == 51
        return sum(bool(cell["execution_count"]) for cell in notebook["cells"])

    wait_until(lambda: place.lab.jobs.get_job(job.id).cells_done == 25, why="the cell holds")
    assert count_executed() == 25
    go.touch()
    while place.lab.jobs.get_job(job.id).state == "running":
        assert 25 <= count_executed() <= 51
    assert place.lab.jobs.get_job(job.id).state == "succeeded"
    assert count_executed() == 51


def test_no_token_is_written_to_disk(settings: Settings, tmp_path: Path) -> None:
    with Lab.open(settings) as lab:
        place = Place(lab, tmp_path)
        place.executor = LocalExecutor(server_url="", kernel_token="very-secret-token")
        job = place.run(f"import os\nassert os.environ['{kernelenv.KERNEL_TOKEN}']")
        place.close()
        assert job.state == "succeeded", job.cause
    for file in settings.data_dir.rglob("*"):
        assert not file.is_file() or b"very-secret-token" not in file.read_bytes(), file
