"""Owns the rows of jobs: their states, who owns them, and the fence of each execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from mlops_lab.core.jobs import ACTIVE_STATES

from .locks import StoreLock, hold
from .rows import pieces
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

# In words of SQL and not as a bound value: only so is the partial index of the table used. The runs
# that a kernel opens have a spool; who looks after that ends them.
_IS_OPEN_JOB_RUN = and_(
    run.c.status == literal_column("'running'"),
    run.c.spool_id.is_(None),
    run.c.job_id.is_not(None),
)


def lock_scheduling(tx: Connection) -> None:
    """Let one transaction at a time decide what is due and who runs it."""
    hold(tx, StoreLock.SCHEDULING)


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
        # In this form an index can begin at the place.
        conditions.append(job.c.submitted_at <= at)
        conditions.append(or_(job.c.submitted_at < at, job.c.id < last_id))
    newest_first = (job.c.submitted_at.desc(), job.c.id.desc())
    # The page first, the names of its definitions then: so the history costs nothing.
    page = select(job.c.id).where(*conditions).order_by(*newest_first).limit(limit)
    return cx.execute(_WITH_NAME.where(job.c.id.in_(page)).order_by(*newest_first)).all()


def newest_jobs(cx: Connection) -> Sequence[Row[Any]]:
    """Return the newest job of every definition that has one."""
    newest = (
        select(job.c.id)
        .where(job.c.definition_id == definition.c.id)
        .order_by(job.c.submitted_at.desc(), job.c.id.desc())
        .limit(1)
        .correlate(definition)
        .scalar_subquery()
    )
    ids = cx.execute(select(newest).select_from(definition)).scalars()
    found: list[Row[Any]] = []
    for some in pieces(job_id for job_id in ids if job_id is not None):
        found.extend(cx.execute(_WITH_NAME.where(job.c.id.in_(some))))
    return found


def is_any_active(cx: Connection) -> bool:
    """Tell whether a job is queued or running."""
    found = cx.execute(select(job.c.id).where(job.c.state.in_(ACTIVE_STATES)).limit(1))
    return found.first() is not None


def is_any_queued(cx: Connection) -> bool:
    """Tell whether a job waits."""
    return cx.execute(select(job.c.id).where(job.c.state == "queued").limit(1)).first() is not None


def next_queued(cx: Connection) -> str | None:
    """Return the oldest queued job whose definition has no running one."""
    busy = select(job.c.definition_id).where(job.c.state == "running")
    return cx.execute(
        select(job.c.id)
        .where(job.c.state == "queued", job.c.definition_id.not_in(busy))
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
    """Return the jobs that have ended while an own run of theirs is still ``running``."""
    held = select(run.c.job_id).where(_IS_OPEN_JOB_RUN)
    return cx.execute(
        _WITH_NAME.where(job.c.id.in_(held), job.c.state.not_in(ACTIVE_STATES)).order_by(job.c.id)
    ).all()


def list_open_runs(cx: Connection, job_id: str) -> Sequence[str]:
    """Return the own runs of a job that are still ``running``, also one that it does not name.

    A worker may have been killed after it opened the run and before it noted the run's id.
    """
    return (
        cx.execute(select(run.c.id).where(_IS_OPEN_JOB_RUN, run.c.job_id == job_id)).scalars().all()
    )


def list_running(cx: Connection) -> Sequence[Row[Any]]:
    """Return all running jobs."""
    return cx.execute(_WITH_NAME.where(job.c.state == "running").order_by(job.c.id)).all()
