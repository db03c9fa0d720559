"""Owns how runs go on and end in the store: ended, killed, resumed, known again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)

from mlops_lab.core.clock import Millis
from mlops_lab.core.tracking import ErrorInfo, RunStatus

from . import pointpacking
from .rows import pieces, storable, storable_or_none
from .tables import run

# In words of SQL and not as a bound value: only so is the partial index of the table used.
IS_RUNNING = run.c.status == literal_column("'running'")
"""The condition that a run is still open."""


class EndRow(msgspec.Struct, frozen=True):
    """How a run ended. ``primary_metric`` is what its kernel took for it."""

    run_id: str
    status: RunStatus
    ended_at: Millis
    duration_ms: Millis
    primary_metric: str | None = None
    error: ErrorInfo | None = None
    cpu_ms: Millis | None = None
    peak_memory: int | None = None


def end_runs(
    tx: Connection, rows: Sequence[EndRow], *, correct_killed: bool, spool_id: str | None = None
) -> None:
    """Write how runs ended; a run that has ended already keeps its end.

    Args:
        tx: a write transaction.
        rows: the ends.
        correct_killed: the process itself says how its run ended, which counts more than our
            conclusion that it was killed.
        spool_id: the spool that tells it, if one does.
    """
    if not rows:
        return
    is_open = run.c.status == "running"
    if correct_killed:
        is_open = or_(is_open, run.c.status == "killed")
    # The end that an earlier process left behind says nothing of a run that went on in another.
    is_meant = or_(
        run.c.resumed_at.is_(None),
        run.c.resumed_at <= bindparam("new_ended_at"),
        run.c.spool_id == spool_id,
    )
    query = (
        update(run)
        .where(run.c.id == bindparam("of_run"), is_open, is_meant)
        .values(
            status=bindparam("new_status"),
            ended_at=bindparam("new_ended_at"),
            duration_ms=bindparam("new_duration_ms"),
            inferred_metric=func.coalesce(bindparam("new_primary_metric"), run.c.inferred_metric),
            cpu_ms=func.coalesce(bindparam("new_cpu_ms"), run.c.cpu_ms),
            peak_memory=func.coalesce(bindparam("new_peak_memory"), run.c.peak_memory),
            error_name=bindparam("new_error_name"),
            error_message=bindparam("new_error_message"),
            error_traceback=bindparam("new_error_traceback"),
        )
    )
    tx.execute(query, [_end_values(row) for row in rows])
    pointpacking.queue_ended(tx, [row.run_id for row in rows])


def _end_values(row: EndRow) -> dict[str, Any]:
    error = row.error
    return {
        "of_run": row.run_id,
        "new_status": row.status,
        "new_ended_at": row.ended_at,
        "new_duration_ms": row.duration_ms,
        "new_primary_metric": storable_or_none(row.primary_metric),
        "new_cpu_ms": row.cpu_ms,
        "new_peak_memory": row.peak_memory,
        "new_error_name": storable(error.name) if error else None,
        "new_error_message": storable(error.message) if error else None,
        "new_error_traceback": storable(error.traceback) if error else None,
    }


def kill_runs(tx: Connection, spool_id: str, *, ended_at: Millis) -> list[str]:
    """End the runs of a spool that are still ``running`` as ``killed``; return their ids."""
    query = select(run.c.id).where(run.c.spool_id == spool_id, IS_RUNNING).order_by(run.c.id)
    run_ids = list(tx.execute(query.with_for_update()).scalars())
    end = case((run.c.started_at < ended_at, ended_at), else_=run.c.started_at)
    for some in pieces(run_ids):
        tx.execute(
            update(run)
            .where(run.c.id.in_(some), IS_RUNNING)
            .values(status="killed", ended_at=end, duration_ms=end - run.c.started_at)
        )
    pointpacking.queue_ended(tx, run_ids)
    return run_ids


def resume_runs(tx: Connection, rows: Sequence[tuple[str, Millis]], *, spool_id: str) -> None:
    """Open runs again as (run id, time): they go on in this spool, and how they had ended is void."""
    for run_id, resumed_at in rows:
        tx.execute(
            update(run)
            .where(run.c.id == run_id, run.c.source == "notebook")
            .values(
                status="running",
                spool_id=spool_id,
                resumed_at=resumed_at,
                ended_at=None,
                duration_ms=None,
                error_name=None,
                error_message=None,
                error_traceback=None,
            )
        )


def set_identities(tx: Connection, rows: Sequence[tuple[str, str, str | None]]) -> None:
    """Write what runs were made of as (run id, identity, an earlier run like this).

    Where no earlier run is named, the newest one that finished before is found here: the kernel may
    not have been able to ask.
    """
    if not rows:
        return
    marks = ("of_run", "new_identity", "new_same_as")
    tx.execute(
        update(run)
        .where(run.c.id == bindparam("of_run"))
        .values(identity=bindparam("new_identity"), same_as=bindparam("new_same_as")),
        [dict(zip(marks, row, strict=True)) for row in rows],
    )
    asking = [(run_id, identity) for run_id, identity, same_as in rows if same_as is None]
    repeated = _repeated(tx, {identity for _, identity in asking})
    for run_id, identity in asking:
        earlier = find_same(tx, run_id, identity) if identity in repeated else None
        if earlier is not None:
            tx.execute(update(run).where(run.c.id == run_id).values(same_as=earlier))


def _repeated(cx: Connection, identities: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in pieces(sorted(identities)):
        query = select(run.c.identity).where(run.c.identity.in_(some)).group_by(run.c.identity)
        found.update(cx.execute(query.having(func.count() > 1)).scalars())
    return found


def find_same(cx: Connection, run_id: str, identity: str) -> str | None:
    """Return the newest run like this one that finished before it, and is not in the trash."""
    this = run.alias("this")
    query = (
        select(run.c.id)
        .join(this, this.c.id == run_id)
        .where(
            run.c.identity == identity,
            run.c.id != run_id,
            # Not by the column alone: nearly all runs are finished, and its index would be walked.
            func.coalesce(run.c.status, "") == "finished",
            run.c.trashed_at.is_(None),
            or_(
                run.c.started_at < this.c.started_at,
                and_(run.c.started_at == this.c.started_at, run.c.id < run_id),
            ),
        )
        .order_by(run.c.started_at.desc(), run.c.id.desc())
        .limit(1)
    )
    return cx.execute(query).scalar_one_or_none()
