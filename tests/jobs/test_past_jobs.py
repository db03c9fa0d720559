"""What the jobs of a definition came to, as the list of definitions tells it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import MAX_PAST_JOBS, JobResult, MadeModel, NewJob
from mlops_lab.core.registry import NewModel, NewVersion
from mlops_lab.core.tracking import JobLink
from mlops_lab.jobs.service import JobsService
from mlops_lab.registry.service import RegistryService
from mlops_lab.store.metrics import NewPoints, add_points
from mlops_lab.store.rows import key_ids
from mlops_lab.store.store import Store
from mlops_lab.store.tables import job
from mlops_lab.store.tracking import RunRow, add_runs

from .production import HandClock, put_notebook


def add_job(
    store: Store, definition_id: str, *, at: int, run_id: str | None = None, state: str = ""
) -> str:
    """Write a job that has ended."""
    values: dict[str, Any] = {
        "id": new_id(),
        "definition_id": definition_id,
        "revision": 1,
        "state": state or "succeeded",
        "cause": "",
        "parameters": "{}",
        "submitted_at": at,
        "submitted_by": "ada",
        "ended_at": at + 5,
        "attempt": 1,
        "fence": 1,
        "cells_done": 1,
        "cells_total": 1,
        "cancel_requested": False,
        "run_id": run_id,
    }
    with store.write() as tx:
        tx.execute(insert(job), values)
    return str(values["id"])


def add_run(store: Store, definition_id: str, *, rmse: float) -> str:
    """Write the own run of a job, with one metric."""
    link = JobLink(new_id(), definition_id, "train", 1, None)
    row = RunRow(new_id(), "train", "flights", "job", "ada", 1, primary_metric="rmse", job=link)
    with store.write() as tx:
        add_runs(tx, [row], now=1)
        key_id = key_ids(tx, ["rmse"])["rmse"]
        add_points(tx, {(row.id, key_id): NewPoints(steps=[0], times=[1], values=[rmse])})
    return row.id


def test_a_definition_tells_its_newest_jobs_and_their_metric(
    jobs: JobsService, store: Store
) -> None:
    train, other = (put_notebook(jobs, name=name).id for name in ("train", "other"))
    run_id = add_run(store, train, rmse=0.25)
    for at in range(20):
        add_job(store, train, at=at)
    newest = add_job(store, train, at=30, run_id=run_id)
    failed = add_job(store, train, at=29, state="failed")
    alone = add_job(store, other, at=1, state="lost")
    told = {one.name: one for one in jobs.list_definitions().definitions}
    past = told["train"].past
    assert len(past) == MAX_PAST_JOBS
    assert [one.id for one in past[:2]] == [newest, failed]
    assert [one.submitted_at for one in past] == [30, 29, *range(19, 9, -1)]
    assert past[0].result == JobResult("rmse", 0.25, "min")
    assert (past[1].state, past[1].run_id, past[1].result) == ("failed", None, None)
    assert [one.id for one in told["other"].past] == [alone]
    assert jobs.get_definition("train").past == past


def test_jobs_of_one_moment_are_no_more_than_the_most(jobs: JobsService, store: Store) -> None:
    train = put_notebook(jobs).id
    for _ in range(MAX_PAST_JOBS + 3):
        add_job(store, train, at=7)
    assert len(jobs.get_definition("train").past) == MAX_PAST_JOBS


def test_a_definition_without_jobs_tells_none(jobs: JobsService, clock: HandClock) -> None:
    put_notebook(jobs)
    assert jobs.list_definitions().definitions[0].past == []
    made = jobs.submit(NewJob(definition_id="train"), user="ada")
    [past] = jobs.get_definition("train").past
    assert (past.id, past.state, past.submitted_at) == (made.id, "queued", clock.now)


def test_a_definition_tells_the_models_of_its_jobs_that_have_an_alias(
    jobs: JobsService, store: Store
) -> None:
    train, other = (put_notebook(jobs, name=name).id for name in ("train", "other"))
    registry = RegistryService(store)
    registry.models.create(NewModel("delays"), who="ada")
    for _ in range(3):
        run_id = add_run(store, train, rmse=0.5)
        new = NewVersion(source="s3://models/m", run_id=run_id)
        registry.versions.create("delays", new, who="ada")
    for alias, version in (("champion", 1), ("candidate", 3), ("next", 3)):
        registry.aliases.move("delays", alias, version, who="ada")
    made = [MadeModel("delays", 3, ["candidate", "next"]), MadeModel("delays", 1, ["champion"])]
    told = {one.id: one.models for one in jobs.list_definitions().definitions}
    assert told == {train: made, other: []}
    assert jobs.get_definition("train").models == made
