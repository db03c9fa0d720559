"""Every deed of the jobs column is in the audit, with who did it."""

from __future__ import annotations

from mlops_lab.core.jobs import NewJob, NewSchedule, ScheduleUpdate
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.jobs.service import JobsService
from mlops_lab.store.audit import read_entries
from mlops_lab.store.store import Store

from .production import HandClock, put_notebook


def test_who_did_what(
    jobs: JobsService, scheduler: Scheduler, store: Store, clock: HandClock
) -> None:
    definition = put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    jobs.cancel(job.id, user="bob")
    schedule = jobs.set_schedule("train", NewSchedule(cron="* * * * *", timezone="UTC"), user="cyd")
    jobs.update_schedule(schedule.id, ScheduleUpdate(paused=True), user="dan")
    jobs.update_schedule(schedule.id, ScheduleUpdate(paused=False), user="eve")
    clock.move(seconds=120)
    [fired] = scheduler.tick()
    jobs.delete_schedule(schedule.id, user="fay")
    with store.read() as cx:
        entries = read_entries(cx)
    found = [(one.who, one.action, one.kind, one.record_id) for one in reversed(entries)]
    assert found == [
        (found[0][0], "promote", "definition", definition.id),
        ("ada", "submit", "job", job.id),
        ("bob", "cancel", "job", job.id),
        ("cyd", "create", "schedule", schedule.id),
        ("dan", "update", "schedule", schedule.id),
        ("eve", "update", "schedule", schedule.id),
        ("cyd", "submit", "job", fired),
        ("fay", "delete", "schedule", schedule.id),
    ]
    assert found[0][0] == definition.revision.created_by
    assert entries[3].detail["paused"] is True
