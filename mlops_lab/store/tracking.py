"""Owns the rows of runs and what they hold: experiments, params, tags, cells, warnings, spools."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Table,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from mlops_lab.core.clock import Millis
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import SpoolHeader
from mlops_lab.core.tracking import ErrorInfo, JobLink, RunSource, RunStatus

from .rows import pieces, storable, storable_or_none, upsert
from .tables import cell, experiment, param, run, run_warning, spool, tag

_NO_EXPERIMENT = "Default"

# In words of SQL and not as a bound value: only so is the partial index of the table used.
_IS_RUNNING = run.c.status == literal_column("'running'")


class RunRow(msgspec.Struct, frozen=True):
    """What is known of a run when it begins. Its experiment is given by name."""

    id: str
    name: str
    experiment: str
    source: RunSource
    user: str
    started_at: Millis
    notebook_path: str | None = None
    notebook_file: str | None = None
    cell_id: str | None = None
    kernel_id: str | None = None
    kernel_name: str | None = None
    spool_id: str | None = None
    primary_metric: str | None = None
    job: JobLink | None = None


class EndRow(msgspec.Struct, frozen=True):
    """How a run ended."""

    run_id: str
    status: RunStatus
    ended_at: Millis
    duration_ms: Millis
    primary_metric: str | None = None
    error: ErrorInfo | None = None


class HeldRun(msgspec.Struct, frozen=True):
    """What decides whether a run of the store takes records."""

    source: RunSource
    status: RunStatus

    @property
    def is_settled(self) -> bool:
        """Whether it is the run of a job whose worker, or who settled for it, has closed it."""
        return self.source == "job" and self.status != "running"


def hold_existing(tx: Connection, run_ids: Iterable[str]) -> dict[str, HeldRun]:
    """Return those of ``run_ids`` that the store has, locked until the transaction ends.

    With this as the first thing, writers of one run follow one another on PostgreSQL too.
    """
    found: dict[str, HeldRun] = {}
    for some in pieces(sorted(run_ids)):
        query = select(run.c.id, run.c.source, run.c.status).where(run.c.id.in_(some))
        rows = tx.execute(query.order_by(run.c.id).with_for_update())
        found.update((row.id, HeldRun(row.source, row.status)) for row in rows)
    return found


def add_runs(tx: Connection, rows: Sequence[RunRow], *, now: Millis) -> None:
    """Write new runs in state ``running``; one that is there already stays as it is."""
    if not rows:
        return
    experiments = _experiment_ids(tx, {row.experiment for row in rows}, now=now)
    tx.execute(
        upsert(tx, run).on_conflict_do_nothing(index_elements=["id"]),
        [_run_values(row, experiments[row.experiment]) for row in rows],
    )


def _run_values(row: RunRow, experiment_id: str) -> dict[str, Any]:
    job = row.job
    return {
        "id": row.id,
        "experiment_id": experiment_id,
        "name": storable(row.name),
        "status": "running",
        "source": row.source,
        "user": storable(row.user),
        "notebook_path": storable_or_none(row.notebook_path),
        "notebook_file": storable_or_none(row.notebook_file),
        "cell_id": storable_or_none(row.cell_id),
        "kernel_id": storable_or_none(row.kernel_id),
        "kernel_name": storable_or_none(row.kernel_name),
        "spool_id": row.spool_id,
        "started_at": row.started_at,
        "primary_metric": storable_or_none(row.primary_metric),
        "job_id": job.job_id if job else None,
        "definition_id": job.definition_id if job else None,
        "definition_name": job.definition_name if job else None,
        "revision": job.revision if job else None,
        "source_run_id": job.source_run_id if job else None,
    }


def _experiment_ids(tx: Connection, names: set[str], *, now: Millis) -> dict[str, str]:
    stored_names = {name: storable(name).strip() or _NO_EXPERIMENT for name in names}
    wanted = sorted(set(stored_names.values()))
    ids = _read_experiments(tx, wanted)
    missing = [name for name in wanted if name not in ids]
    if missing:
        tx.execute(
            upsert(tx, experiment).on_conflict_do_nothing(index_elements=["name"]),
            [{"id": new_id(), "name": name, "created_at": now} for name in missing],
        )
        ids |= _read_experiments(tx, missing)
    return {name: ids[stored] for name, stored in stored_names.items()}


def _read_experiments(cx: Connection, names: Iterable[str]) -> dict[str, str]:
    ids: dict[str, str] = {}
    for some in pieces(names):
        rows = cx.execute(
            select(experiment.c.name, experiment.c.id).where(experiment.c.name.in_(some))
        )
        ids.update((row.name, row.id) for row in rows)
    return ids


def end_runs(tx: Connection, rows: Sequence[EndRow], *, correct_killed: bool) -> None:
    """Write how runs ended; a run that has ended already keeps its end.

    Args:
        tx: a write transaction.
        rows: the ends.
        correct_killed: the process itself says how its run ended, which counts more than our
            conclusion that it was killed.
    """
    if not rows:
        return
    is_open = run.c.status == "running"
    if correct_killed:
        is_open = or_(is_open, run.c.status == "killed")
    query = (
        update(run)
        .where(run.c.id == bindparam("of_run"), is_open)
        .values(
            status=bindparam("new_status"),
            ended_at=bindparam("new_ended_at"),
            duration_ms=bindparam("new_duration_ms"),
            primary_metric=func.coalesce(run.c.primary_metric, bindparam("new_primary_metric")),
            error_name=bindparam("new_error_name"),
            error_message=bindparam("new_error_message"),
            error_traceback=bindparam("new_error_traceback"),
        )
    )
    tx.execute(query, [_end_values(row) for row in rows])


def _end_values(row: EndRow) -> dict[str, Any]:
    error = row.error
    return {
        "of_run": row.run_id,
        "new_status": row.status,
        "new_ended_at": row.ended_at,
        "new_duration_ms": row.duration_ms,
        "new_primary_metric": storable_or_none(row.primary_metric),
        "new_error_name": storable(error.name) if error else None,
        "new_error_message": storable(error.message) if error else None,
        "new_error_traceback": storable(error.traceback) if error else None,
    }


def add_params(tx: Connection, rows: Sequence[tuple[str, int, str, str]]) -> None:
    """Write params as (run id, key id, value, origin); one that is set already stays."""
    if not rows:
        return
    next_position = _next_positions(tx, param, {row[0] for row in rows})
    values = []
    for run_id, key_id, value, origin in rows:
        position = next_position[run_id]
        next_position[run_id] += 1
        values.append(
            {
                "run_id": run_id,
                "key_id": key_id,
                "value": storable(value),
                "number": number_of(value),
                "origin": origin,
                "position": position,
            }
        )
    conflict = upsert(tx, param).on_conflict_do_nothing(index_elements=["run_id", "key_id"])
    tx.execute(conflict, values)


def number_of(literal: str) -> float | None:
    """Return the finite number that a Python literal writes, or None when it is none."""
    try:
        value = float(literal)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def set_tags(tx: Connection, rows: Mapping[tuple[str, int], str]) -> None:
    """Write tags as (run id, key id) to value; a tag that is there takes the new value."""
    if not rows:
        return
    write = upsert(tx, tag)
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["run_id", "key_id"], set_={"value": write.excluded.value}
        ),
        [
            {"run_id": run_id, "key_id": key_id, "value": storable(value)}
            for (run_id, key_id), value in sorted(rows.items())
        ],
    )


def add_cells(tx: Connection, rows: Sequence[tuple[str, str, str | None, int | None]]) -> None:
    """Write cells as (run id, source, cell id, execution count), after those that are there."""
    if not rows:
        return
    next_position = _next_positions(tx, cell, {row[0] for row in rows})
    values = []
    for run_id, source, cell_id, execution_count in rows:
        values.append(
            {
                "run_id": run_id,
                "position": next_position[run_id],
                "source": storable(source),
                "cell_id": storable_or_none(cell_id),
                "execution_count": execution_count,
            }
        )
        next_position[run_id] += 1
    tx.execute(insert(cell), values)


def add_warnings(tx: Connection, rows: Sequence[tuple[str, str]]) -> None:
    """Write warnings as (run id, text), after those that are there."""
    if not rows:
        return
    next_position = _next_positions(tx, run_warning, {row[0] for row in rows})
    values = []
    for run_id, text in rows:
        values.append({"run_id": run_id, "position": next_position[run_id], "text": storable(text)})
        next_position[run_id] += 1
    tx.execute(insert(run_warning), values)


def _next_positions(tx: Connection, table: Table, run_ids: set[str]) -> dict[str, int]:
    positions = dict.fromkeys(run_ids, 0)
    for some in pieces(sorted(run_ids)):
        rows = tx.execute(
            select(table.c.run_id, func.max(table.c.position))
            .where(table.c.run_id.in_(some))
            .group_by(table.c.run_id)
        )
        positions.update((run_id, newest + 1) for run_id, newest in rows)
    return positions


def open_spool(tx: Connection, header: SpoolHeader, *, now: Millis) -> int:
    """Return the last sequence number that is stored of a spool, and hold the spool's row."""
    query = select(spool.c.acknowledged_seq).where(spool.c.id == header.spool_id).with_for_update()
    acknowledged = tx.execute(query).scalar_one_or_none()
    if acknowledged is not None:
        return int(acknowledged)
    values = {
        "id": header.spool_id,
        "host": storable(header.host),
        "pid": header.pid,
        "process_started_at": header.process_started_at,
        "acknowledged_seq": 0,
        "updated_at": now,
    }
    tx.execute(upsert(tx, spool).on_conflict_do_nothing(index_elements=["id"]), [values])
    return int(tx.execute(query).scalar_one())


def acknowledge(tx: Connection, spool_id: str, seq: int, *, now: Millis) -> None:
    """Note that the records of the spool up to ``seq`` are stored."""
    tx.execute(
        update(spool).where(spool.c.id == spool_id).values(acknowledged_seq=seq, updated_at=now)
    )


def read_acknowledged(cx: Connection, spool_id: str) -> int:
    """Return the last sequence number that is stored of a spool; 0 for one that is not known."""
    query = select(spool.c.acknowledged_seq).where(spool.c.id == spool_id)
    return int(cx.execute(query).scalar_one_or_none() or 0)


def spools_with_open_runs(cx: Connection) -> list[SpoolHeader]:
    """Return the spools from which runs are still ``running``."""
    rows = cx.execute(
        select(spool.c.id, spool.c.host, spool.c.pid, spool.c.process_started_at)
        .where(spool.c.id.in_(select(run.c.spool_id).where(_IS_RUNNING)))
        .order_by(spool.c.id)
    )
    return [SpoolHeader(row.id, row.host, row.pid, row.process_started_at) for row in rows]


def kill_runs(tx: Connection, spool_id: str, *, ended_at: Millis) -> list[str]:
    """End the runs of a spool that are still ``running`` as ``killed``; return their ids."""
    query = select(run.c.id).where(run.c.spool_id == spool_id, _IS_RUNNING).order_by(run.c.id)
    run_ids = list(tx.execute(query.with_for_update()).scalars())
    end = case((run.c.started_at < ended_at, ended_at), else_=run.c.started_at)
    for some in pieces(run_ids):
        tx.execute(
            update(run)
            .where(run.c.id.in_(some), _IS_RUNNING)
            .values(status="killed", ended_at=end, duration_ms=end - run.c.started_at)
        )
    return run_ids
