"""Schedules as people set, pause, resume and change them."""

from __future__ import annotations

import pytest

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.jobs import NewSchedule, ScheduleUpdate
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.jobs.service import JobsService

from .production import HandClock, put_notebook

DAILY = NewSchedule(cron="0 6 * * *", timezone="UTC")


def test_a_definition_has_one_schedule(jobs: JobsService) -> None:
    put_notebook(jobs)
    first = jobs.set_schedule("train", DAILY, user="ada")
    second = jobs.set_schedule("train", NewSchedule("@hourly", "Europe/Berlin"), user="bob")
    assert first.id == second.id
    assert (second.cron, second.timezone, second.paused) == ("0 * * * *", "Europe/Berlin", False)
    assert jobs.list_schedules().schedules == [second]


def test_a_paused_schedule_has_no_next_fire_time(jobs: JobsService, clock: HandClock) -> None:
    put_notebook(jobs)
    made = jobs.set_schedule("train", DAILY, user="ada")
    paused = jobs.update_schedule(made.id, ScheduleUpdate(paused=True), user="ada")
    assert (paused.paused, paused.next_fire_at, paused.next_fire_words) == (True, None, None)
    clock.move(seconds=5 * 24 * 3600)
    resumed = jobs.update_schedule(made.id[-8:], ScheduleUpdate(paused=False), user="ada")
    assert resumed.next_fire_at is not None
    assert resumed.next_fire_at > clock.now


def test_fire_times_during_a_pause_are_skipped(
    jobs: JobsService, scheduler: Scheduler, clock: HandClock
) -> None:
    put_notebook(jobs)
    made = jobs.set_schedule("train", DAILY, user="ada")
    jobs.update_schedule(made.id, ScheduleUpdate(paused=True), user="ada")
    clock.move(seconds=3 * 24 * 3600)
    assert scheduler.tick() == []
    jobs.update_schedule(made.id, ScheduleUpdate(paused=False), user="ada")
    assert scheduler.tick() == []


def test_a_change_of_the_timing_counts_from_now(jobs: JobsService, clock: HandClock) -> None:
    put_notebook(jobs)
    made = jobs.set_schedule("train", DAILY, user="ada")
    moved = jobs.update_schedule(made.id, ScheduleUpdate(timezone="Asia/Tokyo"), user="ada")
    assert (moved.cron, moved.timezone) == ("0 6 * * *", "Asia/Tokyo")
    assert moved.next_fire_at != made.next_fire_at
    same = jobs.update_schedule(made.id, ScheduleUpdate(), user="ada")
    assert same == moved


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (NewSchedule("61 * * * *", "UTC"), r"Field 1 \(minute\)"),
        (NewSchedule("0 6 * * *", "Mars"), "timezone 'Mars'"),
    ],
)
def test_bad_timing_changes_nothing(jobs: JobsService, new: NewSchedule, said: str) -> None:
    put_notebook(jobs)
    with pytest.raises(InvalidInputError, match=said):
        jobs.set_schedule("train", new, user="ada")
    assert jobs.list_schedules().schedules == []
    made = jobs.set_schedule("train", DAILY, user="ada")
    with pytest.raises(InvalidInputError, match=said):
        jobs.update_schedule(
            made.id, ScheduleUpdate(cron=new.cron, timezone=new.timezone), user="ada"
        )
    assert jobs.list_schedules().schedules == [made]


def test_an_unknown_schedule_is_not_found(jobs: JobsService) -> None:
    with pytest.raises(NotFoundError):
        jobs.update_schedule("f" * 32, ScheduleUpdate(paused=True), user="ada")
    with pytest.raises(NotFoundError):
        jobs.delete_schedule("nope", user="ada")
    with pytest.raises(NotFoundError):
        jobs.set_schedule("nope", DAILY, user="ada")
