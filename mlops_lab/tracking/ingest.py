"""Owns taking records in: a batch is sorted by kind, checked, and stored in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Connection

from mlops_lab.core.changes import ChangeAction
from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import ConflictError, InvalidInputError, LimitError
from mlops_lab.core.ids import is_id, short_id
from mlops_lab.core.limits import MAX_BATCH_RECORDS
from mlops_lab.core.paths import without_drive
from mlops_lab.core.records import Batch, Record, RunStarted
from mlops_lab.core.tracking import NotebookPlace
from mlops_lab.store import clientruns, experiments, outbox, runs, tracking, trash
from mlops_lab.store.rows import storable

from .captures import HISTORY_ID_CHARS
from .cellplace import place_of_cell
from .content import store_content
from .limits import in_int32, in_range
from .sorting import Sorted, sort_records

Locate = Callable[[str], NotebookPlace | None]
"""Gives the place of the notebook that a kernel id belongs to, when the front end knows one."""

_log = logging.getLogger(__name__)


def nowhere(_kernel_id: str) -> NotebookPlace | None:
    """Locate no notebook: for who has no front end to ask."""
    return None


def check_batch(batch: Batch) -> None:
    """Refuse a batch that can never be stored, whatever the store holds.

    Raises:
        InvalidInputError: the spool's id is not an id.
        LimitError: there are more than ``MAX_BATCH_RECORDS`` records.
    """
    if not is_id(batch.spool.spool_id):
        raise InvalidInputError(
            f"{batch.spool.spool_id!r} is not the id of a spool.", hint="It has 32 hex digits."
        )
    if len(batch.records) > MAX_BATCH_RECORDS:
        raise LimitError(
            f"The batch holds {len(batch.records):,} records.",
            hint=f"The limit is {MAX_BATCH_RECORDS:,}; deliver it in pieces.",
        )


def find_places(records: Iterable[Record], locate: Locate) -> dict[str, NotebookPlace]:
    """Ask once for each kernel that began a run in these records where its notebook is."""
    kernels = {r.kernel_id for r in records if type(r) is RunStarted and r.kernel_id}
    places = {kernel: locate(kernel) for kernel in sorted(kernels)}
    return {kernel: place for kernel, place in places.items() if place is not None}


def store_batch(
    tx: Connection,
    batch: Batch,
    *,
    places: Mapping[str, NotebookPlace],
    now: Millis,
    accept_gap: bool = False,
) -> tuple[int, int]:
    """Store what is new of a batch.

    Args:
        tx: a write transaction.
        batch: records of one spool; those that are stored already are skipped.
        places: where the notebook of each kernel is.
        now: the time, for what the records do not say.
        accept_gap: store what there is although records before it are missing, because nobody
            has them any more.

    Returns:
        The last sequence number that is stored now, and how many records were new.

    Raises:
        ConflictError: records are missing before or within the batch.
    """
    acknowledged = tracking.open_spool(tx, batch.spool, now=now)
    fresh = _fresh_records(batch, acknowledged, accept_gap=accept_gap)
    if not fresh:
        return acknowledged, 0
    content = sort_records(fresh)
    actions = _store_starts(tx, content, spool_id=batch.spool.spool_id, places=places, now=now)
    spool_id = batch.spool.spool_id
    store_content(tx, content, stored=set(actions), now=now, spool_id=spool_id)
    seq = fresh[-1].seq
    tracking.acknowledge(tx, batch.spool.spool_id, seq, now=now)
    outbox.put_changes(tx, "run", sorted(_with_parents(tx, content, actions).items()))
    return seq, len(fresh)


def _fresh_records(batch: Batch, acknowledged: int, *, accept_gap: bool) -> list[Record]:
    fresh = [record for record in batch.records if record.seq > acknowledged]
    numbers = [record.seq for record in fresh]
    expected = list(range(acknowledged + 1, acknowledged + 1 + len(fresh)))
    if numbers == expected:
        return fresh
    if accept_gap:
        return [record for _, record in sorted({record.seq: record for record in fresh}.items())]
    wanted, got = next(pair for pair in zip(expected, numbers, strict=True) if pair[0] != pair[1])
    raise ConflictError(
        f"Spool {batch.spool.spool_id} is stored up to record {acknowledged}; "
        f"record {wanted} was expected, but {got} came.",
        hint=f"Deliver its records in order, from {acknowledged + 1} on.",
    )


def _store_starts(
    tx: Connection,
    content: Sorted,
    *,
    spool_id: str,
    places: Mapping[str, NotebookPlace],
    now: Millis,
) -> dict[str, ChangeAction]:
    """Make the runs that the batch begins; return every run that can be stored, and how it moved."""
    # All who write hold experiments first, then runs, each in order: so nobody waits in a circle.
    experiments.hold_named(tx, {storable(r.name) for r in content.experiments})
    named = content.run_ids()
    usable = {run_id for run_id in named if is_id(run_id)}
    if usable != named:
        _log.warning("Records of runs without a usable id were dropped (spool %s).", spool_id)
    held = tracking.hold_existing(tx, usable)
    existing = held.keys()
    # A job that was given up is over: what its stalled kernel still sends changes nothing.
    settled = {run_id for run_id, one in held.items() if one.is_settled}
    if settled:
        _log.warning(
            "%d records of runs of jobs that have ended were dropped (spool %s).",
            content.count_of(settled),
            spool_id,
        )
    usable -= settled
    usable -= trash.purged_of(tx, usable - existing)
    begun = {r.run_id: _run_row(tx, r, spool_id, places) for r in content.starts}
    new = [row for run_id, row in begun.items() if run_id in usable - existing]
    for run_id in sorted(usable - existing - set(begun)):
        new.append(_headless_row(content, run_id, spool_id=spool_id, now=now))
        content.warnings.append(
            (run_id, "The beginning of this run was not delivered: its name and notebook are lost.")
        )
    named_experiments = {r.name for r in content.experiments if r.run_id in usable}
    if named_experiments:
        all_named = named_experiments | {row.experiment for row in new}
        experiments.experiment_ids(tx, all_named, now=now)
    tracking.add_runs(tx, new, now=now)
    trash.bring_back(tx, [row.id for row in new], now=now)
    return {run_id: "updated" if run_id in existing else "created" for run_id in usable}


def _with_parents(
    tx: Connection, content: Sorted, actions: Mapping[str, ChangeAction]
) -> dict[str, ChangeAction]:
    """Return the changes, and one for each run whose children have become more."""
    parents = {r.parent_run_id for r in content.starts if r.parent_run_id and r.run_id in actions}
    # Not held: a parent taken after its children would be waited for out of order.
    there = clientruns.known_runs(tx, parents - actions.keys()) if parents else set()
    return {**dict.fromkeys(there, "updated"), **actions}


def _run_row(
    tx: Connection, record: RunStarted, spool_id: str, places: Mapping[str, NotebookPlace]
) -> tracking.RunRow:
    place = place_of_cell(places.get(record.kernel_id or ""), record.cell_id)
    path = place.path if place else record.notebook_file
    history_id = record.history_id
    job = runs.find_job_link(tx, record.job_id) if record.job_id else None
    return tracking.RunRow(
        id=record.run_id,
        name=record.name,
        experiment=record.experiment,
        source=record.source,
        user=record.user,
        started_at=in_range(record.started_at),
        notebook_path=without_drive(path) if path else None,
        notebook_file=(place.file if place else None) or record.notebook_file,
        cell_id=record.cell_id,
        kernel_id=record.kernel_id,
        kernel_name=record.kernel_name,
        spool_id=spool_id,
        primary_metric=record.primary_metric,
        job=job,
        parent_run_id=_id_or_none(record.parent_run_id),
        history_id=storable(history_id)[:HISTORY_ID_CHARS] if history_id else None,
        history_position=in_int32(record.history_position),
    )


def _id_or_none(text: str | None) -> str | None:
    return text if text is not None and is_id(text) else None


def _headless_row(content: Sorted, run_id: str, *, spool_id: str, now: Millis) -> tracking.RunRow:
    times = [points.times[0] for (of_run, _), points in content.metrics.items() if of_run == run_id]
    return tracking.RunRow(
        id=run_id,
        name=f"run {short_id(run_id)}",
        experiment="",
        source="notebook",
        user="",
        started_at=in_range(min(times, default=now)),
        spool_id=spool_id,
    )
