"""What a long history of jobs costs those who ask for a part of it: nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert

from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import NewJob, NewSchedule
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.jobs.service import JobsService
from mlops_lab.store.store import Store
from mlops_lab.store.tables import experiment, job, run

from .production import HandClock, put_notebook, this_worker

SHORT = 300
LONG = 6000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """SQLite alone counts the steps of a query."""
    return make_settings(jupyter_data_dir=tmp_path)


def add_history(store: Store, definition_ids: list[str], count: int) -> None:
    """Write ended jobs with their runs, some of them at the same moment."""
    jobs, runs = [], []
    with store.write() as tx:
        at = {"id": new_id(), "name": new_id(), "created_at": 0}
        tx.execute(insert(experiment), at)
        for number in range(count):
            job_id, run_id = new_id(), new_id()
            common = {"definition_id": definition_ids[number % len(definition_ids)], "revision": 1}
            jobs.append(
                common
                | {
                    "id": job_id,
                    "state": "failed" if number % 7 == 0 else "succeeded",
                    "cause": "x",
                    "parameters": "{}",
                    "submitted_at": number // 3,
                    "submitted_by": "ada",
                    "attempt": 1,
                    "fence": 1,
                    "cells_done": 1,
                    "cells_total": 1,
                    "cancel_requested": False,
                    "run_id": run_id,
                }
            )
            runs.append(
                common
                | {
                    "id": run_id,
                    "experiment_id": at["id"],
                    "name": "train",
                    "status": "finished",
                    "source": "job",
                    "user": "ada",
                    "started_at": number,
                    "job_id": job_id,
                }
            )
        tx.execute(insert(run), runs)
        tx.execute(insert(job), jobs)


@contextmanager
def counted_steps(store: Store) -> Iterator[list[int]]:
    """Count what the database does, in thousands of its own instructions: no clock, no luck."""
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    def begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.set_progress_handler(count, 100)

    event.listen(store._engine, "begin", begin)
    try:
        yield steps
    finally:
        event.remove(store._engine, "begin", begin)


QUESTIONS: dict[str, Callable[[JobsService, Scheduler, str], object]] = {
    "newest jobs": lambda jobs, _s, _c: jobs.list_jobs(),
    "a page far back": lambda jobs, _s, cursor: jobs.list_jobs(cursor=cursor),
    "jobs in a state": lambda jobs, _s, _c: jobs.list_jobs(state="succeeded"),
    "jobs of a definition": lambda jobs, _s, _c: jobs.list_jobs(definition_id="b"),
    "all definitions": lambda jobs, _s, _c: jobs.list_definitions(),
    "one definition": lambda jobs, _s, _c: jobs.get_definition("b"),
    "unsettled jobs": lambda _j, scheduler, _c: scheduler.list_unsettled(),
    "lost jobs": lambda _j, scheduler, _c: scheduler.mark_lost(),
    "idle or not": lambda _j, scheduler, _c: scheduler.is_idle(),
    "the next job to run": lambda _j, scheduler, _c: scheduler.claim(this_worker()),
    "due schedules": lambda _j, scheduler, _c: scheduler.tick(),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_history_costs_nothing(
    jobs: JobsService, scheduler: Scheduler, store: Store, clock: HandClock, question: str
) -> None:
    ids = [put_notebook(jobs, name=name).id for name in "abc"]
    # One waits behind one that runs: each look for the next job passes both.
    jobs.set_schedule("a", NewSchedule("@yearly", "UTC"), user="ada")
    for _ in range(2):
        jobs.submit(NewJob(definition_id="a"), user="ada")
    scheduler.register(owner := this_worker())
    assert scheduler.claim(owner) is not None
    costs = []
    for count in (SHORT, LONG):
        add_history(store, ids, count)
        cursor = str(jobs.list_jobs(limit=250).next_cursor)
        with counted_steps(store) as steps:
            QUESTIONS[question](jobs, scheduler, cursor)
        costs.append(steps[0])
    assert costs[1] <= 2 * costs[0] + 2, costs


def test_pages_of_jobs_of_one_moment_are_whole(jobs: JobsService, store: Store) -> None:
    add_history(store, [put_notebook(jobs).id], 20)
    seen: list[str] = []
    cursor = None
    while True:
        page = jobs.list_jobs(limit=4, cursor=cursor)
        seen += [found.id for found in page.jobs]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 20
    assert jobs.list_definitions().definitions[0].last_job == jobs.list_jobs().jobs[0]
