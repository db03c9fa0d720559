"""Owns the rows of runs and what they hold: experiments, params, tags, cells, warnings, spools."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Table,
    func,
    insert,
    select,
    update,
)

from mlops_lab.core.clock import Millis
from mlops_lab.core.records import SpoolHeader
from mlops_lab.core.tracking import JobLink, RunSource, RunStatus

from .experiments import experiment_ids
from .lifecycle import IS_RUNNING
from .rows import pieces, run_seqs, storable, storable_or_none, upsert
from .tables import cell, param, run, run_warning, spool
from .words import word_of_param


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
    parent_run_id: str | None = None
    history_id: str | None = None
    history_position: int | None = None


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
        rows = tx.execute(query.order_by(run.c.id).with_for_update(key_share=True))
        found.update((row.id, HeldRun(row.source, row.status)) for row in rows)
    return found


def add_runs(tx: Connection, rows: Sequence[RunRow], *, now: Millis) -> None:
    """Write new runs in state ``running``; one that is there already stays as it is."""
    if not rows:
        return
    experiments = experiment_ids(tx, {row.experiment for row in rows}, now=now)
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
        "parent_run_id": row.parent_run_id,
        "history_id": row.history_id,
        "history_position": row.history_position,
    }


def add_params(tx: Connection, rows: Sequence[tuple[str, int, str, str, str]]) -> None:
    """Write params as (run id, key id, value, origin, detail); one that is set already stays."""
    if not rows:
        return
    seqs = run_seqs(tx, (row[0] for row in rows))
    next_position = _next_params(tx, seqs.values())
    values = []
    for run_id, key_id, value, origin, detail in rows:
        run_seq = seqs[run_id]
        position = next_position[run_seq]
        next_position[run_seq] += 1
        number = number_of(value)
        literal = storable(value)
        values.append(
            {
                "run_seq": run_seq,
                "key_id": key_id,
                "value": literal,
                "number": number,
                "word": word_of_param(literal, number),
                "origin": origin,
                "position": position,
                "detail": storable(detail) or None,
            }
        )
    conflict = upsert(tx, param).on_conflict_do_nothing(index_elements=["run_seq", "key_id"])
    tx.execute(conflict, values)


def _next_params(tx: Connection, seqs: Iterable[int]) -> dict[int, int]:
    positions = dict.fromkeys(seqs, 0)
    for some in pieces(sorted(positions)):
        query = select(param.c.run_seq, func.max(param.c.position))
        query = query.where(param.c.run_seq.in_(some)).group_by(param.c.run_seq)
        positions.update((run_seq, newest + 1) for run_seq, newest in tx.execute(query))
    return positions


def number_of(literal: str) -> float | None:
    """Return the finite number that a Python literal writes, or None when it is none."""
    try:
        value = float(literal)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


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
        .where(spool.c.id.in_(select(run.c.spool_id).where(IS_RUNNING)))
        .order_by(spool.c.id)
    )
    return [SpoolHeader(row.id, row.host, row.pid, row.process_started_at) for row in rows]
