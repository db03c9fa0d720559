"""Two schedulers on one store under a clock that jumps, against a model of what must happen."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import ClassVar

from hypothesis import settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import NewSchedule, ScheduleUpdate
from mlops_lab.core.settings import make_settings
from mlops_lab.jobs.scheduler import Outcome, Scheduler
from mlops_lab.jobs.service import JobsService
from mlops_lab.store.store import Store

from .production import HandClock, put_notebook, this_worker

MINUTE = 60_000
DONE = Outcome(state="succeeded", cause="done")


class TwoSchedulers(RuleBasedStateMachine):
    """The model: a schedule of every minute fires at the latest whole minute since it was due."""

    place: ClassVar[tempfile.TemporaryDirectory[str]]
    store: ClassVar[Store]

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.jobs = JobsService(self.store, jobs_dir=Path(self.place.name), clock=self.clock)
        self.pair = [Scheduler(self.store, clock=self.clock) for _ in range(2)]
        self.workers = [this_worker(), this_worker()]
        self.name = new_id()
        self.definition = put_notebook(self.jobs, name=self.name)
        self.schedule: str | None = None
        self.due_at: int | None = None
        self.expected: list[tuple[str, int]] = []
        self.plan()

    def next_minute(self) -> int:
        return (self.clock.now // MINUTE + 1) * MINUTE

    def plan(self) -> None:
        made = self.jobs.set_schedule(self.name, NewSchedule("* * * * *", "UTC"), user="ada")
        self.schedule, self.due_at = made.id, self.next_minute()

    @rule(seconds=st.sampled_from([-3600, -120, -60, 3600, 30 * 3600, 40 * 24 * 3600]))
    def the_clock_jumps(self, seconds: int) -> None:
        self.clock.move(seconds=seconds)

    @rule(seconds=st.sampled_from([0, 1, 20, 60, 60, 60, 61, 200]), first=st.integers(0, 1))
    def time_passes_and_both_tick(self, seconds: int, first: int) -> None:
        self.clock.move(seconds=seconds)
        self.tick_both(first)

    @rule(first=st.integers(0, 1), minutes=st.integers(2, 4))
    def minutes_pass(self, first: int, minutes: int) -> None:
        for _ in range(minutes):
            self.time_passes_and_both_tick(60, first)

    @precondition(lambda self: self.schedule is not None and self.due_at is not None)
    @rule(first=st.integers(0, 1))
    def the_clock_is_set_back_and_the_schedule_is_set_anew(self, first: int) -> None:
        self.clock.move(seconds=-150)
        self.plan()
        for _ in range(3):
            self.time_passes_and_both_tick(60, first)

    def tick_both(self, first: int) -> None:
        made = [
            job_id
            for index in (first, 1 - first)
            for job_id in self.pair[index].tick()
            if self.jobs.get_job(job_id).definition_id == self.definition.id
        ]
        assert len(made) <= 1
        if self.due_at is not None and self.due_at <= self.clock.now:
            fire_at = self.clock.now // MINUTE * MINUTE
            # After the clock was set back, a minute that has run already does not run again.
            if (self.schedule, fire_at) not in self.expected:
                assert len(made) == 1
                self.expected.append((str(self.schedule), fire_at))
            self.due_at = fire_at + MINUTE
        else:
            assert made == []

    @precondition(lambda self: self.schedule is not None and self.due_at is not None)
    @rule()
    def pause(self) -> None:
        self.jobs.update_schedule(str(self.schedule), ScheduleUpdate(paused=True), user="ada")
        self.due_at = None

    @precondition(lambda self: self.schedule is not None and self.due_at is None)
    @rule()
    def resume(self) -> None:
        self.jobs.update_schedule(str(self.schedule), ScheduleUpdate(paused=False), user="ada")
        self.due_at = self.next_minute()

    @precondition(lambda self: self.schedule is not None)
    @rule()
    def delete_and_plan_anew(self) -> None:
        self.jobs.delete_schedule(str(self.schedule), user="ada")
        self.plan()

    @rule(which=st.integers(0, 1))
    def work(self, which: int) -> None:
        claimed = self.pair[which].claim(self.workers[which])
        other = self.pair[1 - which].claim(self.workers[1 - which])
        assert claimed is None or other is None, "one job of the definition runs at a time"
        for found in (claimed, other):
            if found is not None:
                assert found.job.definition_id == self.definition.id
                assert self.pair[0].finish(found.job.id, fence=found.fence, outcome=DONE)

    @invariant()
    def each_fire_time_ran_at_most_once_and_none_is_missing(self) -> None:
        page = self.jobs.list_jobs(definition_id=self.definition.id, limit=1000)
        fired = [(job.schedule_id, job.fire_at) for job in page.jobs]
        assert sorted(fired) == sorted(self.expected)

    def teardown(self) -> None:
        if self.schedule is not None:
            self.jobs.delete_schedule(self.schedule, user="ada")
        # The store is shared by all examples: nothing may be left for the next one to claim.
        for job in self.jobs.list_jobs(definition_id=self.definition.id, limit=1000).jobs:
            if job.state == "queued":
                self.jobs.cancel(job.id, user="ada")


def test_two_schedulers_agree_with_the_model() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    with tempfile.TemporaryDirectory() as place:
        TwoSchedulers.place = tempfile.TemporaryDirectory(dir=place)
        TwoSchedulers.store = Store.open(make_settings(jupyter_data_dir=Path(place), environ={}))
        try:
            run_state_machine_as_test(
                TwoSchedulers,
                settings=hypothesis_settings(
                    max_examples=40, stateful_step_count=30, deadline=None, database=None
                ),
            )
        finally:
            TwoSchedulers.store.close()
            TwoSchedulers.place.cleanup()
