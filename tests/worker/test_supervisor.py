"""The worker's loop, in this process, on a real store."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
from jobs.production import put_notebook, this_worker, wait_for_end, wait_until
from sqlalchemy import event

from mlops_lab.core.clock import now_ms
from mlops_lab.core.jobs import NewJob
from mlops_lab.core.settings import Settings
from mlops_lab.core.tracking import JobLink, NewRun
from mlops_lab.jobs.scheduler import Outcome, Scheduler
from mlops_lab.lab import Lab
from mlops_lab.worker.supervisor import Supervisor, max_jobs


def supervise(lab: Lab, *, idle_s: float) -> tuple[Supervisor, threading.Event]:
    idle = threading.Event()
    supervisor = Supervisor(
        lab,
        server_url="http://127.0.0.1:9/none",
        kernel_token="t",
        on_idle=idle.set,
        log=logging.getLogger("test"),
        idle_s=idle_s,
    )
    return supervisor, idle


def test_a_worker_with_nothing_to_do_ends_by_itself(lab: Lab) -> None:
    supervisor, idle = supervise(lab, idle_s=0.1)
    supervisor.start()
    assert idle.wait(20)
    supervisor.stop()
    assert not lab.jobs.list_workers()[0].alive


def test_several_jobs_run_side_by_side(lab: Lab, work: Path) -> None:
    # Each waits until the other has started.
    meet = (
        "import pathlib, time\npathlib.Path(me).touch()\n"
        "while not pathlib.Path(other).exists(): time.sleep(0.05)"
    )
    put_notebook(lab.jobs, f"me, other = 'a', 'b'\n{meet}", name="a", working_dir=work)
    put_notebook(lab.jobs, f"me, other = 'b', 'a'\n{meet}", name="b", working_dir=work)
    supervisor, _ = supervise(lab, idle_s=600)
    supervisor.start()
    jobs = [lab.jobs.submit(NewJob(definition_id=name), user="ada") for name in "ab"]
    try:
        assert [wait_for_end(lab.jobs, job.id).state for job in jobs] == ["succeeded"] * 2
    finally:
        supervisor.stop()


@pytest.mark.parametrize(
    ("cores", "jobs"), [(None, 2), (1, 2), (2, 2), (4, 2), (5, 2), (6, 3), (16, 8), (96, 48)]
)
def test_half_the_cores_run_jobs_but_two_at_least(cores: int | None, jobs: int) -> None:
    assert max_jobs(cores) == jobs


def test_as_many_jobs_run_as_may_and_the_next_follows_one_that_ends(
    lab: Lab, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So seldom that a job which starts late was forgotten, and not only delayed.
    monkeypatch.setattr("mlops_lab.worker.supervisor._START_S", 3600.0)
    monkeypatch.setattr("mlops_lab.worker.supervisor.os.cpu_count", lambda: 4)
    hold = "import pathlib, time\nwhile not pathlib.Path(name).exists(): time.sleep(0.05)"
    for name in "abc":
        put_notebook(lab.jobs, f"name = {name!r}\n{hold}", name=name, working_dir=work)
    supervisor, _ = supervise(lab, idle_s=600)
    supervisor.start()
    jobs = [lab.jobs.submit(NewJob(definition_id=name), user="ada") for name in "abc"]

    def states() -> list[str]:
        return [lab.jobs.get_job(job.id).state for job in jobs]

    try:
        wait_until(lambda: states() == ["running", "running", "queued"], why="two run")
        (work / "b").touch()
        wait_until(lambda: states() == ["running", "succeeded", "running"], why="the third runs")
        (work / "a").touch()
        (work / "c").touch()
        wait_until(lambda: states() == ["succeeded"] * 3, why="all end")
    finally:
        supervisor.stop()


def test_a_look_at_an_idle_store_opens_no_transaction(lab: Lab, settings: Settings) -> None:
    supervisor, _ = supervise(lab, idle_s=600)
    starting = supervisor._starting
    supervisor._look()
    assert starting.is_due()
    begun: list[object] = []
    event.listen(lab.store._engine, "begin", begun.append)
    for _ in range(20):
        supervisor._look()
    assert begun == []
    assert not starting.is_due()
    with Lab.open(settings) as other:
        put_notebook(other.jobs)
    supervisor._look()
    assert starting.is_due()
    supervisor._next_fire_at = now_ms() + 3_600_000
    supervisor._look()
    assert not starting.is_due()
    supervisor._next_fire_at = now_ms()
    supervisor._look()
    assert starting.is_due()
    supervisor.stop()
    supervisor._watch.close()


@pytest.mark.parametrize("is_noted", [True, False])
def test_what_a_killed_worker_left_open_is_settled_at_the_next_start(
    lab: Lab, work: Path, is_noted: bool
) -> None:
    put_notebook(lab.jobs, working_dir=work)
    job = lab.jobs.submit(NewJob(definition_id="train"), user="ada")
    scheduler = Scheduler(lab.store)
    claimed = scheduler.claim(this_worker(host="elsewhere"))
    assert claimed is not None
    link = JobLink(job.id, job.definition_id, "train", 1, None)
    new = NewRun(name="train", experiment="train", user="ada", job=link)
    run_id = lab.tracking.open_run(new)
    if is_noted:
        scheduler.record_run(job.id, fence=claimed.fence, run_id=run_id)
    # It marked the job lost, and was killed before it could close the run.
    scheduler.finish(job.id, fence=claimed.fence, outcome=Outcome(state="lost", cause="lost: x"))
    assert [found.id for found in scheduler.list_unsettled()] == [job.id]
    supervisor, _ = supervise(lab, idle_s=600)
    supervisor.start()
    try:
        wait_until(lambda: lab.tracking.get_run(run_id).summary.status == "killed")
        assert scheduler.list_unsettled() == []
    finally:
        supervisor.stop()


def test_a_worker_that_was_forgotten_registers_again(lab: Lab) -> None:
    worker = this_worker()
    scheduler = Scheduler(lab.store)
    assert not scheduler.beat(worker.id)
    scheduler.register(worker)
    assert scheduler.beat(worker.id)
