"""Due fire times, claims, leases, fences and lost jobs, with a clock moved by hand."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from mlops_lab.core.errors import ConflictError
from mlops_lab.core.jobs import FailingCell, NewJob, NewSchedule
from mlops_lab.core.tracking import ErrorInfo, JobLink, NewRun
from mlops_lab.jobs.scheduler import Lease, Outcome, Outlook, Scheduler
from mlops_lab.jobs.service import JobsService
from mlops_lab.store.outbox import last_seq
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

from .production import HandClock, put_notebook, this_worker

MINUTELY = NewSchedule(cron="* * * * *", timezone="UTC")
DONE = Outcome(state="succeeded", cause="succeeded: 1 cell executed")


def test_a_due_schedule_makes_one_job_and_moves_on(
    jobs: JobsService, scheduler: Scheduler, clock: HandClock
) -> None:
    put_notebook(jobs)
    made = jobs.set_schedule("train", MINUTELY, user="ada")
    assert scheduler.tick() == []
    clock.move(seconds=60)
    [job_id] = scheduler.tick()
    job = jobs.get_job(job_id)
    assert (job.schedule_id, job.fire_at, job.submitted_by) == (made.id, made.next_fire_at, "ada")
    assert job.cause == "queued: fire time Fri 15 Jan 2027 08:01 UTC"
    assert scheduler.tick() == []
    assert jobs.list_schedules().schedules[0].next_fire_at == made.next_fire_at + 60_000
    assert scheduler.look_ahead() == Outlook(True, made.next_fire_at + 60_000)


def test_of_missed_fire_times_only_the_latest_runs_and_the_cause_says_so(
    jobs: JobsService, scheduler: Scheduler, clock: HandClock
) -> None:
    put_notebook(jobs)
    jobs.set_schedule("train", MINUTELY, user="ada")
    clock.move(seconds=10 * 60)
    [job_id] = scheduler.tick()
    note = "; 9 earlier missed fire times skipped"
    assert jobs.get_job(job_id).cause == f"queued: fire time Fri 15 Jan 2027 08:10 UTC{note}"
    claimed = scheduler.claim(this_worker())
    assert claimed is not None
    assert claimed.job.cause.endswith(note)
    scheduler.finish(job_id, fence=claimed.fence, outcome=DONE)
    assert jobs.get_job(job_id).cause == f"succeeded: 1 cell executed{note}"


def test_two_schedulers_make_one_job_of_a_fire_time(
    jobs: JobsService, store: Store, clock: HandClock
) -> None:
    put_notebook(jobs)
    jobs.set_schedule("train", MINUTELY, user="ada")
    pair = [Scheduler(store, clock=clock), Scheduler(store, clock=clock)]
    for _ in range(5):
        clock.move(seconds=60)
        assert sum(len(scheduler.tick()) for scheduler in pair) == 1
    assert len(jobs.list_jobs().jobs) == 5


def test_one_job_of_a_definition_runs_at_a_time(jobs: JobsService, scheduler: Scheduler) -> None:
    put_notebook(jobs)
    put_notebook(jobs, name="other")
    first, second = (jobs.submit(NewJob(definition_id="train"), user="a") for _ in range(2))
    other = jobs.submit(NewJob(definition_id="other"), user="a")
    claims = [scheduler.claim(this_worker()) for _ in range(3)]
    assert claims[0] is not None
    assert claims[1] is not None
    assert claims[2] is None
    assert {claims[0].job.id, claims[1].job.id} == {first.id, other.id}
    scheduler.finish(first.id, fence=1, outcome=DONE)
    third = scheduler.claim(this_worker())
    assert third is not None
    assert third.job.id == second.id


def test_a_claim_says_who_runs_it(
    jobs: JobsService, scheduler: Scheduler, clock: HandClock
) -> None:
    put_notebook(jobs, tracked_cells=["abc"])
    jobs.submit(NewJob(definition_id="train"), user="ada")
    worker = this_worker()
    claimed = scheduler.claim(worker)
    assert claimed is not None
    assert (claimed.fence, claimed.worker_id, claimed.tracked_cells) == (1, worker.id, ["abc"])
    assert claimed.revision.number == 1
    job = jobs.get_job(claimed.job.id)
    assert (job.state, job.attempt, job.started_at) == ("running", 1, clock.now)
    assert job.cause == f"running on {worker.host} (worker process {worker.pid})"
    assert scheduler.claim(worker) is None


def test_a_stale_fence_changes_nothing(
    jobs: JobsService, scheduler: Scheduler, clock: HandClock
) -> None:
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    scheduler.register(owner := this_worker())
    claimed = scheduler.claim(owner)
    assert claimed is not None
    clock.move(seconds=16)
    [lost] = scheduler.mark_lost()
    assert lost.id == job.id
    before = jobs.get_job(job.id)
    fence = claimed.fence
    assert scheduler.renew(job.id, fence=fence) == Lease(ours=False, cancel_requested=False)
    assert not scheduler.record_progress(job.id, fence=fence, done=1, total=2)
    assert not scheduler.record_run(job.id, fence=fence, run_id="f" * 32)
    assert not scheduler.finish(job.id, fence=fence, outcome=DONE)
    assert jobs.get_job(job.id) == before


def test_a_run_that_its_job_does_not_name_is_found(
    jobs: JobsService, scheduler: Scheduler, store: Store, clock: HandClock
) -> None:
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    scheduler.register(owner := this_worker())
    assert scheduler.claim(owner) is not None
    tracking = TrackingService(store)
    link = JobLink(job.id, job.definition_id, "train", 1, None)
    run_id = tracking.open_run(NewRun(name="train", experiment="e", user="ada", job=link))
    tracking.open_run(NewRun(name="other", experiment="e", user="ada"))
    # Its worker was killed before it could note the run's id.
    assert scheduler.list_unsettled() == []
    clock.move(seconds=16)
    [lost] = scheduler.mark_lost()
    assert lost.run_id is None
    assert scheduler.list_unsettled() == [lost]
    assert scheduler.list_open_runs(job.id) == [run_id]
    tracking.close_run(run_id, status="killed", error=None)
    assert scheduler.list_unsettled() == []
    assert scheduler.list_open_runs(job.id) == []


_LATE = {
    "sqlite": ["CREATE TRIGGER late BEFORE UPDATE ON job BEGIN SELECT RAISE(IGNORE); END"],
    "postgresql": [
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER late BEFORE UPDATE ON job FOR EACH ROW EXECUTE FUNCTION late()",
    ],
}


def test_a_job_that_another_took_first_is_not_claimed_nor_cancelled(
    jobs: JobsService, scheduler: Scheduler, store: Store
) -> None:
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    with store.write() as tx:
        # As if another process changed each row between our look and our update.
        for statement in _LATE[store.dialect]:
            tx.exec_driver_sql(statement)
    with store.read() as cx:
        seq = last_seq(cx)
    assert scheduler.claim(this_worker()) is None
    with pytest.raises(ConflictError, match=job.id):
        jobs.cancel(job.id, user="bob")
    with store.read() as cx:
        assert last_seq(cx) == seq
    assert jobs.get_job(job.id) == job


def test_a_failure_is_kept_with_cell_and_error(jobs: JobsService, scheduler: Scheduler) -> None:
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    claimed = scheduler.claim(this_worker())
    assert claimed is not None
    cell = FailingCell(index=3, cell_id="c3", source="1 / 0")
    error = ErrorInfo(name="ZeroDivisionError", message="division by zero", traceback="...")
    assert scheduler.record_progress(job.id, fence=claimed.fence, done=3, total=7)
    failed = Outcome(state="failed", cause="failed: x", failing_cell=cell, error=error)
    assert scheduler.finish(job.id, fence=claimed.fence, outcome=failed)
    ended = jobs.get_job(job.id)
    assert (ended.state, ended.failing_cell, ended.error) == ("failed", cell, error)
    assert (ended.cells_done, ended.cells_total) == (3, 7)


def test_a_renewed_lease_keeps_a_job(
    jobs: JobsService, scheduler: Scheduler, clock: HandClock
) -> None:
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    scheduler.register(owner := this_worker())
    claimed = scheduler.claim(owner)
    assert claimed is not None
    for _ in range(5):
        clock.move(seconds=10)
        assert scheduler.renew(job.id, fence=claimed.fence).ours
        assert scheduler.mark_lost() == []
    clock.move(seconds=15.001)
    assert len(scheduler.mark_lost()) == 1
    lost = jobs.get_job(job.id)
    assert lost.state == "lost"
    assert lost.cause.startswith(f"lost: the worker on {owner.host} (process {owner.pid}) stopped")
    assert "2027-01-15 08:00:00 UTC" in lost.cause


def test_a_dead_worker_process_of_this_machine_loses_its_jobs_at_once(
    jobs: JobsService, scheduler: Scheduler
) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = psutil.Process(process.pid).create_time()
    owner = this_worker(pid=process.pid, process_started_at=started)
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    scheduler.register(owner)
    assert jobs.list_workers()[0].alive
    scheduler.claim(owner)
    assert scheduler.mark_lost() == []
    process.kill()
    process.communicate()
    [lost] = scheduler.mark_lost()
    assert lost.id == job.id
    assert "was killed; its last sign of life" in lost.cause
    assert not jobs.list_workers()[0].alive


def test_a_worker_of_another_machine_is_judged_by_its_lease_only(
    jobs: JobsService, scheduler: Scheduler, clock: HandClock
) -> None:
    owner = this_worker(host="elsewhere", pid=2**22)
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    scheduler.register(owner)
    scheduler.claim(owner)
    assert scheduler.mark_lost() == []
    clock.move(seconds=16)
    [lost] = scheduler.mark_lost()
    assert lost.id == job.id
    assert "worker on elsewhere" in lost.cause


def test_workers_are_alive_while_they_beat(
    jobs: JobsService, scheduler: Scheduler, clock: HandClock
) -> None:
    scheduler.register(worker := this_worker())
    clock.move(seconds=14)
    scheduler.beat(worker.id)
    clock.move(seconds=14)
    assert jobs.list_workers()[0].alive
    clock.move(seconds=2)
    assert not jobs.list_workers()[0].alive
    scheduler.beat(worker.id)
    scheduler.unregister(worker.id)
    assert not jobs.list_workers()[0].alive
    clock.move(seconds=8 * 24 * 3600)
    scheduler.register(newer := this_worker())
    assert [found.id for found in jobs.list_workers()] == [newer.id]


def test_a_worker_retires_only_when_nothing_is_left(
    jobs: JobsService, scheduler: Scheduler
) -> None:
    scheduler.register(worker := this_worker())
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    assert not scheduler.retire(worker.id)
    assert jobs.list_workers()[0].alive
    jobs.cancel(job.id, user="ada")
    jobs.set_schedule("train", MINUTELY, user="ada")
    assert not scheduler.retire(worker.id)
    jobs.delete_schedule(jobs.list_schedules().schedules[0].id, user="ada")
    assert scheduler.retire(worker.id)
    assert not jobs.list_workers()[0].alive


def test_a_schedule_whose_zone_is_gone_does_not_stop_the_others(
    jobs: JobsService, scheduler: Scheduler, store: Store, clock: HandClock
) -> None:
    for name in ("bad", "good"):
        put_notebook(jobs, name=name)
        jobs.set_schedule(name, MINUTELY, user="ada")
    with store.write() as tx:
        tx.exec_driver_sql(
            "UPDATE schedule SET timezone = 'Old/Zone' WHERE definition_id = "
            "(SELECT id FROM definition WHERE name = 'bad')"
        )
    clock.move(seconds=60)
    [job_id] = scheduler.tick()
    assert jobs.get_job(job_id).definition_name == "good"
    with store.read() as cx:
        paused = cx.exec_driver_sql("SELECT paused FROM schedule WHERE timezone = 'Old/Zone'")
        assert paused.scalar_one() == 1
