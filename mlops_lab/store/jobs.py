"""Owns the rows of jobs: their states, who owns them, and the fence of each execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from mlops_lab.core.jobs import ACTIVE_STATES

from .locks import StoreLock, hold
from .tables import definition, job, revision, run

_WITH_NAME = (
    select(
        job,
        definition.c.name.label("definition_name"),
        revision.c.source_run_id.label("source_run_id"),
    )
    .join(definition, definition.c.id == job.c.definition_id)
    .join(
        revision,
        (revision.c.definition_id == job.c.definition_id) & (revision.c.number == job.c.revision),
    )
)


def lock_scheduling(tx: Connection) -> None:
    """Let one transaction at a time decide what is due and who runs it."""
    hold(tx, StoreLock.SCHEDULING)


def find_ids(cx: Connection, table: Table, typed: str, *, limit: int = 6) -> Sequence[str]:
    """Return ids of ``table`` that are ``typed``, or begin or end with it."""
    column = table.c.id
    whole = cx.execute(select(column).where(column == typed)).scalars().all()
    if whole:
        return whole
    return (
        cx.execute(
            select(column)
            .where(or_(column.startswith(typed), column.endswith(typed)))
            .order_by(column)
            .limit(limit)
        )
        .scalars()
        .all()
    )


def insert_job(tx: Connection, values: dict[str, Any]) -> None:
    """Insert a job.

    Raises:
        IntegrityError: its schedule has a job for this fire time.
    """
    tx.execute(insert(job).values(**values))


def has_fire_time(cx: Connection, schedule_id: str, fire_at: int) -> bool:
    """Tell whether the schedule has made its job for this fire time."""
    found = cx.execute(
        select(job.c.id).where(job.c.schedule_id == schedule_id, job.c.fire_at == fire_at)
    ).first()
    return found is not None


def get_job(cx: Connection, job_id: str) -> Row[Any] | None:
    """Return the job with the name of its definition and the source run, or None."""
    return cx.execute(_WITH_NAME.where(job.c.id == job_id)).one_or_none()


def list_jobs(
    cx: Connection,
    *,
    definition_id: str | None = None,
    state: str | None = None,
    before: tuple[int, str] | None = None,
    limit: int = 100,
) -> Sequence[Row[Any]]:
    """Return jobs, newest first, that were submitted before ``(submitted_at, id)``."""
    conditions: list[ColumnElement[bool]] = []
    if definition_id is not None:
        conditions.append(job.c.definition_id == definition_id)
    if state is not None:
        conditions.append(job.c.state == state)
    if before is not None:
        at, last_id = before
        conditions.append(
            or_(job.c.submitted_at < at, and_(job.c.submitted_at == at, job.c.id < last_id))
        )
    return cx.execute(
        _WITH_NAME.where(*conditions)
        .order_by(job.c.submitted_at.desc(), job.c.id.desc())
        .limit(limit)
    ).all()


def newest_jobs(cx: Connection) -> Sequence[Row[Any]]:
    """Return the newest job of every definition that has one."""
    ranked = select(
        job.c.id,
        func.row_number()
        .over(
            partition_by=job.c.definition_id,
            order_by=(job.c.submitted_at.desc(), job.c.id.desc()),
        )
        .label("rank"),
    ).subquery()
    return cx.execute(
        _WITH_NAME.join(ranked, and_(ranked.c.id == job.c.id, ranked.c.rank == 1))
    ).all()


def count_active(cx: Connection) -> int:
    """Return how many jobs are queued or running."""
    return int(
        cx.execute(
            select(func.count()).select_from(job).where(job.c.state.in_(ACTIVE_STATES))
        ).scalar_one()
    )


def is_any_queued(cx: Connection) -> bool:
    """Tell whether a job waits."""
    return cx.execute(select(job.c.id).where(job.c.state == "queued").limit(1)).first() is not None


def next_queued(cx: Connection) -> str | None:
    """Return the oldest queued job whose definition has no running one."""
    running = job.alias("running")
    blocked = exists().where(
        running.c.definition_id == job.c.definition_id, running.c.state == "running"
    )
    return cx.execute(
        select(job.c.id)
        .where(job.c.state == "queued", ~blocked)
        .order_by(job.c.submitted_at, job.c.id)
        .limit(1)
    ).scalar_one_or_none()


def update_job(
    tx: Connection,
    job_id: str,
    values: dict[str, Any],
    *,
    state: str | None = None,
    fence: int | None = None,
) -> bool:
    """Set columns of a job, if it is in ``state`` and at ``fence``; tell whether it was."""
    conditions = [job.c.id == job_id]
    if state is not None:
        conditions.append(job.c.state == state)
    if fence is not None:
        conditions.append(job.c.fence == fence)
    return tx.execute(update(job).where(*conditions).values(**values)).rowcount == 1


def list_unsettled(cx: Connection) -> Sequence[Row[Any]]:
    """Return the jobs that have ended while their own run is still ``running``."""
    return cx.execute(
        _WITH_NAME.join(run, run.c.id == job.c.run_id)
        .where(run.c.status == "running", job.c.state.not_in(ACTIVE_STATES))
        .order_by(job.c.id)
    ).all()


def list_running(cx: Connection) -> Sequence[Row[Any]]:
    """Return all running jobs."""
    return cx.execute(_WITH_NAME.where(job.c.state == "running").order_by(job.c.id)).all()
