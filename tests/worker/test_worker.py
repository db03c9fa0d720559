"""Real worker processes on a real store, with JupyterLab absent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import psutil
import pytest
from jobs.production import put_notebook, wait_for_end, wait_until

from mlops_lab.core import kernelenv
from mlops_lab.core.clock import now_ms
from mlops_lab.core.jobs import Job, NewJob, NewSchedule, Parameter, ScheduleUpdate
from mlops_lab.core.settings import Settings
from mlops_lab.jobs.launcher import ensure_worker, resume_worker, worker_log
from mlops_lab.jobs.processes import kill_tree
from mlops_lab.lab import Lab

from .conftest import StartWorker

LONG = "import time\nprint('started', flush=True)\ntime.sleep(600)"


def start_long_job(lab: Lab, work: Path, *before: str) -> Job:
    metric = "import mlops_lab as lab\nlab.log_metric('loss', 0.5)"
    put_notebook(lab.jobs, *before, metric, LONG, working_dir=work)
    job = lab.jobs.submit(NewJob(definition_id="train"), user="ada")
    wait_until(lambda: "started" in lab.jobs.read_log(job.id).text, why="the long cell runs")
    return job


def processes_of(lab: Lab, job: Job) -> list[psutil.Process]:
    context = str(lab.jobs.folder(job.id).context)
    found = []
    for process in psutil.process_iter():
        try:
            is_its = process.environ().get(kernelenv.JOB_CONTEXT) == context
        except psutil.Error:
            continue
        if is_its:
            found.append(process)
    return found


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_job_runs_with_jupyterlab_closed(lab: Lab, work: Path, start_worker: StartWorker) -> None:
    worker = start_worker()
    put_notebook(
        lab.jobs,
        "import os, mlops_lab as lab\nlab.log_metric('loss', 1 / n)",
        f"print(os.environ['{kernelenv.SERVER_URL}'])",
        working_dir=work,
        declared=[Parameter("n", "int", 2)],
    )
    job = lab.jobs.submit(NewJob(definition_id="train", parameters={"n": 4}), user="ada")
    ended = wait_for_end(lab.jobs, job.id)
    assert ended.state == "succeeded", lab.jobs.read_log(job.id).text
    run = lab.tracking.get_run(str(ended.run_id))
    assert [(m.name, m.last) for m in run.metrics] == [("loss", 0.25)]
    assert "http://127.0.0.1:" in lab.jobs.read_log(job.id).text
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert not any(found.alive for found in lab.jobs.list_workers())


def test_the_server_of_a_worker_has_our_routes_only(lab: Lab, start_worker: StartWorker) -> None:
    process = psutil.Process(start_worker().pid)
    ports = {c.laddr.port for c in process.net_connections("tcp") if c.status == "LISTEN"}
    addresses = {c.laddr.ip for c in process.net_connections("tcp") if c.status == "LISTEN"}
    assert addresses == {"127.0.0.1"}

    def status_of(path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{min(ports)}{path}") as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    assert status_of("/mlops-lab/api/status") in (401, 403)
    assert status_of("/api/terminals") in (403, 404)
    assert status_of("/lab") == 404


def test_a_worker_killed_during_a_job_leaves_it_lost_and_the_next_fire_time_runs(
    lab: Lab, work: Path, start_worker: StartWorker
) -> None:
    worker = start_worker()
    once = "import pathlib\nif pathlib.Path('killed').exists(): raise SystemExit(0)"
    job = start_long_job(lab, work, once)
    # It is there before the kill, and nobody touches it afterwards.
    schedule = lab.jobs.set_schedule("train", NewSchedule("* * * * *", "UTC"), user="ada")
    runner = next(p for p in psutil.Process(worker.pid).children() if p.children(recursive=True))
    members = [runner, *processes_of(lab, job)]
    assert len(members) >= 2
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    killed_at = now_ms()
    (work / "killed").touch()
    wait_until(lambda: all(map(is_gone, members)), seconds=20, why="runner and kernel end")
    assert lab.jobs.get_job(job.id).state == "running"

    successor = start_worker()
    lost = wait_for_end(lab.jobs, job.id, seconds=20)
    assert lost.state == "lost"
    assert f"(process {worker.pid}) was killed" in lost.cause
    assert "submit the job again" in lost.cause
    run = wait_until(
        lambda: (
            (found := lab.tracking.get_run(str(lost.run_id))).summary.status != "running" and found
        )
    )
    assert run.summary.status == "killed"
    assert [(m.name, m.last) for m in run.metrics] == [("loss", 0.5)]
    wait_until(lambda: b'"failed"' in lab.jobs.read_notebook(job.id), why="the notebook is mended")

    def fired() -> list[Job]:
        ended = lab.jobs.list_jobs(state="succeeded").jobs
        return [found for found in ended if (found.fire_at or 0) > killed_at]

    [next_one, *_] = wait_until(fired, seconds=90, why="the next fire time runs")
    assert next_one.schedule_id == schedule.id
    assert (next_one.fire_at or 0) % 60_000 == 0
    alive = [found.pid for found in lab.jobs.list_workers() if found.alive]
    assert alive == [successor.pid]


def test_a_stopped_worker_ends_its_job_as_lost_and_leaves_nothing(
    lab: Lab, work: Path, start_worker: StartWorker
) -> None:
    worker = start_worker()
    job = start_long_job(lab, work)
    members = processes_of(lab, job)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    ended = lab.jobs.get_job(job.id)
    assert ended.state == "lost"
    assert "was stopped while the job ran" in ended.cause
    assert all(map(is_gone, members))
    assert lab.tracking.get_run(str(ended.run_id)).summary.status == "killed"


def test_a_cancelled_job_leaves_nothing(lab: Lab, work: Path, start_worker: StartWorker) -> None:
    start_worker()
    job = start_long_job(lab, work)
    members = processes_of(lab, job)
    lab.jobs.cancel(job.id, user="ada")
    ended = wait_for_end(lab.jobs, job.id, seconds=15)
    assert (ended.state, ended.cause) == ("cancelled", "cancelled by ada while it ran")
    assert all(map(is_gone, members))


def test_a_worker_is_started_on_demand_and_once(
    lab: Lab, work: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kernelenv.SERVER_URL, "http://127.0.0.1:9/of-another-server")
    put_notebook(
        lab.jobs, f"import os\nprint(os.environ['{kernelenv.SERVER_URL}'])", working_dir=work
    )
    job = lab.jobs.submit(NewJob(definition_id="train"), user="ada")
    pid = ensure_worker(lab.jobs, settings)
    assert pid is not None
    try:
        assert os.getsid(pid) == pid
        assert ensure_worker(lab.jobs, settings) is None
        assert wait_for_end(lab.jobs, job.id).state == "succeeded", worker_log(settings).read_text()
        assert "another-server" not in lab.jobs.read_log(job.id).text
        assert ensure_worker(lab.jobs, settings) is None
        assert worker_log(settings).stat().st_mode & 0o077 == 0
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(w.alive for w in lab.jobs.list_workers()), why="it is gone")
        assert "token=" not in worker_log(settings).read_text()
    finally:
        kill_tree(pid)


def test_of_many_servers_that_start_at_once_one_resumes_the_worker(
    lab: Lab, work: Path, settings: Settings
) -> None:
    put_notebook(lab.jobs, working_dir=work)
    schedule = lab.jobs.set_schedule("train", NewSchedule("@yearly", "UTC"), user="ada")
    lab.jobs.update_schedule(schedule.id, ScheduleUpdate(paused=True), user="ada")
    assert resume_worker(lab.jobs, settings) is None
    lab.jobs.update_schedule(schedule.id, ScheduleUpdate(paused=False), user="ada")
    log = worker_log(settings)
    log.write_bytes(b"x" * 6_000_000)
    together = threading.Barrier(4)

    def serve() -> int | None:
        with Lab.open(settings) as own:
            together.wait()
            return resume_worker(own.jobs, settings)

    with ThreadPoolExecutor(4) as pool:
        started = [pid for pid in pool.map(lambda _: serve(), range(4)) if pid is not None]
    try:
        assert len(started) == 1
        wait_until(lambda: any(w.alive for w in lab.jobs.list_workers()), why="it is in the store")
        assert resume_worker(lab.jobs, settings) is None
        assert [w.pid for w in lab.jobs.list_workers()] == started
        assert log.stat().st_size < 100_000
        assert log.with_name("worker.log.1").stat().st_size == 6_000_000
    finally:
        for pid in started:
            kill_tree(pid)


def test_a_server_goes_on_when_no_worker_can_be_started(
    lab: Lab, work: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    put_notebook(lab.jobs, working_dir=work)
    lab.jobs.submit(NewJob(definition_id="train"), user="ada")
    (work / "file").touch()
    nowhere = msgspec.structs.replace(settings, data_dir=work / "file" / "data")
    assert resume_worker(lab.jobs, nowhere) is None
    assert "Run: mlops-lab worker" in caplog.text
    with lab.store.write() as tx:
        tx.exec_driver_sql("DROP TABLE schedule")
        tx.exec_driver_sql("DELETE FROM job")
    assert resume_worker(lab.jobs, settings) is None
    assert "no such table" in caplog.text


@pytest.mark.timeout(300)
def test_two_workers_run_a_schedule_of_every_minute_once_a_minute(
    lab: Lab, work: Path, start_worker: StartWorker
) -> None:
    start_worker()
    start_worker()
    put_notebook(lab.jobs, "print('tick')", working_dir=work)
    made = lab.jobs.set_schedule("train", NewSchedule("* * * * *", "Europe/Berlin"), user="ada")
    assert made.next_fire_at is not None
    expected = [made.next_fire_at, made.next_fire_at + 60_000]

    def both_ended() -> bool:
        jobs = lab.jobs.list_jobs().jobs
        ended = [job for job in jobs if job.ended_at is not None]
        return len(ended) >= 2

    wait_until(both_ended, seconds=150, why="two minutes have fired")
    lab.jobs.delete_schedule(made.id, user="ada")
    jobs = sorted(lab.jobs.list_jobs().jobs, key=lambda job: job.submitted_at)
    assert [job.fire_at for job in jobs] == expected
    assert [job.state for job in jobs] == ["succeeded", "succeeded"]
    for job in jobs:
        assert 0 <= job.submitted_at - int(job.fire_at or 0) < 60_000


def test_a_worker_without_a_usable_store_ends_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_LAB_STORE_URL", "mysql://nowhere/none")
    # As a person would, in a folder with a file that bears the name of a module.
    (tmp_path / "secrets.py").write_text("raise SystemExit('imported')")
    command = Path(sys.executable).with_name("mlops-lab")
    ended = subprocess.run(
        [command, "worker"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "imported" not in ended.stderr
    assert "'mysql', which is not supported" in ended.stderr
