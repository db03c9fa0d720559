"""How executions end that lost their job, their worker, or the place for what they leave."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jobs.production import this_worker, wait_for_end, wait_until

from mlops_lab.core.settings import Settings
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.workflows.execute import execute, settle

from .place import NAP, Place, executed, hold, marked_processes


def late_scheduler(place: Place) -> Scheduler:
    """The scheduler of a worker for which every lease has run out."""
    return Scheduler(place.lab.store, clock=lambda: time.time_ns() // 1_000_000 + 60_000)


def test_an_execution_that_lost_its_fence_kills_and_changes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_lab.workflows.execute._RENEW_S", 0.2)
    job = place.submit(f"{NAP}print('started', flush=True)\ntime.sleep(600)")
    place.begin()
    wait_until(lambda: "started" in place.lab.jobs.read_log(job.id).text, why="the cell runs")
    [lost] = late_scheduler(place).mark_lost()
    assert lost.id == job.id
    run = place.lab.tracking.get_run(str(lost.run_id))
    place.threads[0].join(30)
    assert not place.threads[0].is_alive()
    assert place.lab.jobs.get_job(job.id) == lost
    assert marked_processes(place, job) == []
    # The run is for whoever took the job to close: ours has not touched it.
    assert run.summary.status == "running"
    assert place.lab.tracking.get_run(str(lost.run_id)) == run


def test_an_execution_that_ends_after_it_was_settled_changes_neither_job_nor_run(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_lab.workflows.execute._RENEW_S", 3600)
    go = place.work / "go"
    job = place.submit(
        "import mlops_lab as lab\nlab.log_metric('loss', 1)\nprint('started', flush=True)", hold(go)
    )
    place.begin()
    wait_until(lambda: "started" in place.lab.jobs.read_log(job.id).text, why="the cell runs")
    [lost] = late_scheduler(place).mark_lost()
    # It stalls, and does not see that the kernel is ended and the job is settled.
    settle(place.lab, lost)
    settled = place.lab.jobs.get_job(job.id), place.lab.tracking.get_run(str(lost.run_id))
    assert settled[1].summary.status == "killed"
    assert [(m.name, m.last) for m in settled[1].metrics] == [("loss", 1.0)]
    place.threads[0].join(30)
    assert not place.threads[0].is_alive()
    after = place.lab.jobs.get_job(job.id), place.lab.tracking.get_run(str(lost.run_id))
    assert after == settled
    assert place.scheduler.list_unsettled() == []


def test_an_execution_that_is_taken_for_dead_before_it_began_leaves_no_open_run(
    place: Place,
) -> None:
    job = place.submit("1")
    claimed = place.scheduler.claim(this_worker())
    assert claimed is not None
    [lost] = late_scheduler(place).mark_lost()
    settle(place.lab, lost)
    options = {"server_url": "", "kernel_token": "", "stop": place.stop}
    execute(place.lab, claimed, executor=place.executor, **options)
    assert [run.status for run in place.lab.tracking.list_runs().runs] == ["killed"]
    assert place.lab.jobs.get_job(job.id) == lost
    assert not place.lab.jobs.folder(job.id).path.exists()


def test_a_run_whose_worker_was_killed_before_it_was_noted_is_closed(
    place: Place, settings: Settings
) -> None:
    job = place.submit("1")
    code = (
        "import os, signal, sys, threading\n"
        "from jobs.production import this_worker\n"
        "from mlops_lab.core.settings import make_settings\n"
        "from mlops_lab.jobs.scheduler import Scheduler\n"
        "from mlops_lab.lab import Lab\n"
        "from mlops_lab.workflows.execute import execute\n"
        "from pathlib import Path\n"
        "lab = Lab.open(make_settings(jupyter_data_dir=Path('/')))\n"
        "scheduler = Scheduler(lab.store)\n"
        "scheduler.register(worker := this_worker())\n"
        "claimed = scheduler.claim(worker)\n"
        "Scheduler.record_run = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        "execute(lab, claimed, server_url='', kernel_token='', stop=threading.Event())\n"
    )
    tests = str(Path(__file__).parents[1])
    ended = subprocess.run([sys.executable, "-c", code], cwd=tests, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    [run] = place.lab.tracking.list_runs().runs
    assert (run.status, place.lab.jobs.get_job(job.id).run_id) == ("running", None)
    [lost] = place.scheduler.mark_lost()
    settle(place.lab, lost)
    assert place.lab.tracking.get_run(run.id).summary.status == "killed"


def test_a_job_ends_although_its_records_cannot_be_read(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_lab.workflows.execute._END_WAIT_S", 0.01)
    go = place.work / "go"
    job = place.submit("print('started', flush=True)", hold(go))
    place.begin()
    wait_until(lambda: "started" in place.lab.jobs.read_log(job.id).text, why="the cell runs")
    spool = place.lab.jobs.folder(job.id).spool
    shutil.rmtree(spool)
    spool.symlink_to(spool)
    with pytest.raises(OSError, match="symbolic links"):
        place.lab.tracking.take_in_spools(spool)
    go.touch()
    ended = wait_for_end(place.lab.jobs, job.id)
    assert ended.state == "succeeded"
    assert len(executed(place, job).cells) == 2
    assert place.lab.tracking.get_run(str(ended.run_id)).summary.status == "finished"


def test_a_job_ends_although_its_notebook_cannot_be_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_lab.workflows.execute._END_WAIT_S", 0.01)
    go = place.work / "go"
    job = place.submit("print('started', flush=True)", hold(go))
    place.begin()
    wait_until(lambda: "started" in place.lab.jobs.read_log(job.id).text, why="the cell runs")
    artifacts = place.lab.settings.artifact_dir / "sha256"
    artifacts.rename(artifacts.with_name("away"))
    artifacts.write_text("in the way")
    go.touch()
    ended = wait_for_end(place.lab.jobs, job.id)
    assert ended.state == "succeeded"
    assert place.lab.tracking.get_run(str(ended.run_id)).summary.status == "finished"
    place.threads[0].join(30)
    assert executed(place, job).cells[0].outputs[0].text == "started\n"


def test_a_job_stays_ours_while_its_end_cannot_be_stored(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"_END_WAIT_S": 0.01, "_END_TRIES": 10**6, "_WHOLE_TRIES": 10**6}.items():
        monkeypatch.setattr(f"mlops_lab.workflows.execute.{name}", value)
    # While it runs, the lease is renewed once, at the start.
    monkeypatch.setattr("mlops_lab.workflows.execute._RENEW_S", 3600)
    go = place.work / "go"
    job = place.submit("print('started', flush=True)", hold(go))
    place.begin()
    wait_until(lambda: "started" in place.lab.jobs.read_log(job.id).text, why="the cell runs")
    artifacts = place.lab.settings.artifact_dir / "sha256"
    artifacts.rename(artifacts.with_name("away"))
    artifacts.write_text("in the way")

    def lease() -> int:
        with place.lab.store.read() as cx:
            return int(cx.exec_driver_sql("SELECT lease_until FROM job").scalar_one())

    def renewed(before: int) -> int:
        return wait_until(lambda: (now := lease()) > before and now, why="the lease is renewed")

    at_first = lease()
    go.touch()
    assert renewed(renewed(renewed(at_first))) > at_first
    assert place.lab.jobs.get_job(job.id).state == "running"
    artifacts.unlink()
    artifacts.with_name("away").rename(artifacts)
    assert wait_for_end(place.lab.jobs, job.id).state == "succeeded"
    place.threads[0].join(30)
    assert [path.name for path in place.lab.jobs.folder(job.id).path.iterdir()] == ["log.txt"]
