"""Real executions: runner, kernel, run, notebook, and every way in which they end."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from jobs.production import put_notebook, this_worker, wait_for_end, wait_until
from jobs.test_kernels import bare_python, put_spec

from mlops_lab.core import kernelenv
from mlops_lab.core.jobs import Job, NewJob, Parameter
from mlops_lab.core.settings import Settings
from mlops_lab.jobs.executor.local import LocalExecutor
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.lab import Lab
from mlops_lab.workflows.execute import execute

NAP = "import subprocess, time\n"


class Place:
    """A lab with one worker's means, in this process."""

    def __init__(self, lab: Lab, work: Path) -> None:
        self.lab = lab
        self.work = work
        self.scheduler = Scheduler(lab.store)
        self.executor = LocalExecutor(server_url="http://127.0.0.1:9/none", kernel_token="t")
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []

    def submit(self, *cells: str, parameters: dict[str, Any] | None = None, **more: Any) -> Job:
        put_notebook(self.lab.jobs, *cells, **({"working_dir": self.work} | more))
        order = NewJob(definition_id=more.get("name", "train"), parameters=parameters or {})
        return self.lab.jobs.submit(order, user="ada")

    def begin(self) -> None:
        claimed = self.scheduler.claim(this_worker())
        assert claimed is not None
        options = {"server_url": "", "kernel_token": "", "stop": self.stop}
        thread = threading.Thread(
            target=execute, args=(self.lab, claimed), kwargs=options | {"executor": self.executor}
        )
        self.threads.append(thread)
        thread.start()

    def run(self, *cells: str, **more: Any) -> Job:
        job = self.submit(*cells, **more)
        self.begin()
        return wait_for_end(self.lab.jobs, job.id)

    def close(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(30)
        self.executor.close()


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Iterator[Place]:
    work = tmp_path / "work"
    work.mkdir()
    with Lab.open(settings) as lab:
        opened = Place(lab, work)
        yield opened
        opened.close()


def executed(place: Place, job: Job) -> Any:
    return nbformat.reads(place.lab.jobs.read_notebook(job.id).decode(), as_version=4)


def marked_processes(place: Place, job: Job) -> list[psutil.Process]:
    context = str(place.lab.jobs.folder(job.id).context)
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(kernelenv.JOB_CONTEXT) == context:
                found.append(process)
        except psutil.Error:
            continue
    return found


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
    assert not list(place.lab.jobs.folder(job.id).spool.glob("*.jsonl"))


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
    asked_at = time.monotonic()
    place.lab.jobs.cancel(job.id, user="bob")
    ended = wait_for_end(place.lab.jobs, job.id)
    assert time.monotonic() - asked_at < 10
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


def test_an_execution_that_lost_its_fence_kills_and_changes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_lab.workflows.execute._RENEW_S", 0.2)
    job = place.submit(f"{NAP}print('started', flush=True)\ntime.sleep(600)")
    place.begin()
    wait_until(lambda: "started" in place.lab.jobs.read_log(job.id).text, why="the cell runs")
    late = Scheduler(place.lab.store, clock=lambda: time.time_ns() // 1_000_000 + 60_000)
    [lost] = late.mark_lost()
    before = place.lab.jobs.get_job(job.id)
    assert lost.job.id == job.id
    place.threads[0].join(30)
    assert not place.threads[0].is_alive()
    assert place.lab.jobs.get_job(job.id) == before
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
    job = place.submit(*[f"x{i} = {i}" for i in range(60)])
    place.begin()
    seen = set()
    while place.lab.jobs.get_job(job.id).state in ("queued", "running"):
        notebook = json.loads(place.lab.jobs.read_notebook(job.id))
        seen.add(sum(bool(cell["execution_count"]) for cell in notebook["cells"]))
    assert place.lab.jobs.get_job(job.id).state == "succeeded"
    assert len(seen) > 2


def test_no_token_is_written_to_disk(settings: Settings, tmp_path: Path) -> None:
    with Lab.open(settings) as lab:
        place = Place(lab, tmp_path)
        place.executor = LocalExecutor(server_url="", kernel_token="very-secret-token")
        job = place.run(f"import os\nassert os.environ['{kernelenv.KERNEL_TOKEN}']")
        place.close()
        assert job.state == "succeeded", job.cause
    for file in settings.data_dir.rglob("*"):
        assert not file.is_file() or b"very-secret-token" not in file.read_bytes(), file
