"""Owns taking records in: a batch is sorted by kind, checked, and stored in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.changes import ChangeAction
from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import ConflictError, InvalidInputError, LimitError
from mlops_lab.core.ids import is_id, short_id
from mlops_lab.core.limits import MAX_BATCH_RECORDS
from mlops_lab.core.numbers import WireNumber
from mlops_lab.core.paths import without_drive
from mlops_lab.core.records import (
    Batch,
    CellCaptured,
    MetricLogged,
    ParamLogged,
    Record,
    RunFinished,
    RunStarted,
    TagSet,
    WarningNoted,
)
from mlops_lab.core.tracking import NotebookPlace
from mlops_lab.store import metrics, outbox, runs, tracking
from mlops_lab.store.rows import key_ids, storable

from .limits import (
    Warnings,
    cell_fits,
    fitting_points,
    in_int32,
    in_range,
    param_fits,
    tag_fits,
)

Locate = Callable[[str], NotebookPlace | None]
"""Gives the place of the notebook that a kernel id belongs to, when the front end knows one."""

_log = logging.getLogger(__name__)


def nowhere(_kernel_id: str) -> NotebookPlace | None:
    """Locate no notebook: for who has no front end to ask."""
    return None


class Points(msgspec.Struct):
    """The points of one metric of one run, as they came in."""

    steps: list[int] = []
    times: list[Millis] = []
    values: list[WireNumber] = []


class Sorted(msgspec.Struct):
    """The records of a batch by kind; metrics by (run id, name)."""

    starts: list[RunStarted] = []
    ends: list[RunFinished] = []
    params: list[ParamLogged] = []
    tags: list[TagSet] = []
    cells: list[CellCaptured] = []
    metrics: dict[tuple[str, str], Points] = {}
    warnings: list[tuple[str, str]] = []

    def run_ids(self) -> set[str]:
        """Return the ids of all runs that the batch names."""
        named = {record.run_id for record in self._single_records()}
        named.update(run_id for run_id, _ in self.metrics)
        named.update(run_id for run_id, _ in self.warnings)
        return named

    def count_of(self, run_ids: Collection[str]) -> int:
        """Return how many records are about these runs."""
        single = sum(record.run_id in run_ids for record in self._single_records())
        noted = sum(run_id in run_ids for run_id, _ in self.warnings)
        points = sum(len(p.steps) for (run_id, _), p in self.metrics.items() if run_id in run_ids)
        return single + noted + points

    def _single_records(self) -> Iterator[Record]:
        return chain(self.starts, self.ends, self.params, self.tags, self.cells)


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
    store_content(tx, content, stored=set(actions))
    seq = fresh[-1].seq
    tracking.acknowledge(tx, batch.spool.spool_id, seq, now=now)
    outbox.put_changes(tx, "run", sorted(actions.items()))
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


def sort_records(records: Iterable[Record]) -> Sorted:
    """Sort records by kind."""
    content = Sorted()
    by_name = content.metrics
    for record in records:
        if type(record) is MetricLogged:
            points = by_name.get((record.run_id, record.name))
            if points is None:
                points = by_name[record.run_id, record.name] = Points()
            points.steps.append(record.step)
            points.times.append(record.time)
            points.values.append(record.value)
        elif isinstance(record, ParamLogged):
            content.params.append(record)
        elif isinstance(record, TagSet):
            content.tags.append(record)
        elif isinstance(record, RunStarted):
            content.starts.append(record)
        elif isinstance(record, RunFinished):
            content.ends.append(record)
        elif isinstance(record, CellCaptured):
            content.cells.append(record)
        elif isinstance(record, WarningNoted):
            content.warnings.append((record.run_id, record.text))
    return content


def _store_starts(
    tx: Connection,
    content: Sorted,
    *,
    spool_id: str,
    places: Mapping[str, NotebookPlace],
    now: Millis,
) -> dict[str, ChangeAction]:
    """Make the runs that the batch begins; return every run that can be stored, and how it moved."""
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
    begun = {r.run_id: _run_row(tx, r, spool_id, places) for r in content.starts}
    new = [row for run_id, row in begun.items() if run_id in usable - existing]
    for run_id in sorted(usable - existing - set(begun)):
        new.append(_headless_row(content, run_id, spool_id=spool_id, now=now))
        content.warnings.append(
            (run_id, "The beginning of this run was not delivered: its name and notebook are lost.")
        )
    tracking.add_runs(tx, new, now=now)
    return {run_id: "updated" if run_id in existing else "created" for run_id in usable}


def _run_row(
    tx: Connection, record: RunStarted, spool_id: str, places: Mapping[str, NotebookPlace]
) -> tracking.RunRow:
    place = places.get(record.kernel_id or "")
    path = place.path if place else record.notebook_file
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
    )


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


def store_content(tx: Connection, content: Sorted, *, stored: set[str]) -> None:
    """Write what the runs of ``stored`` hold; what breaks a limit becomes a warning of its run."""
    warnings = [(run_id, text) for run_id, text in content.warnings if run_id in stored]
    params = [r for r in content.params if r.run_id in stored and param_fits(r, warnings)]
    tags = [r for r in content.tags if r.run_id in stored and tag_fits(r, warnings)]
    points = {
        pair: usable
        for pair, came in content.metrics.items()
        if pair[0] in stored and (usable := _fitting(pair, came, warnings)) is not None
    }
    names = [r.name for r in params] + [r.name for r in tags] + [name for _, name in points]
    clean = {name: storable(name) for name in names}
    ids = key_ids(tx, clean.values())
    tracking.add_params(tx, [(r.run_id, ids[clean[r.name]], r.value, r.origin) for r in params])
    tracking.set_tags(tx, {(r.run_id, ids[clean[r.name]]): r.value for r in tags})
    metrics.add_points(tx, _by_key(points, {name: ids[clean[name]] for name in clean}))
    cells = [r for r in content.cells if r.run_id in stored and cell_fits(r, warnings)]
    tracking.add_cells(
        tx, [(r.run_id, r.source, r.cell_id, in_int32(r.execution_count)) for r in cells]
    )
    tracking.add_warnings(tx, warnings)
    tracking.end_runs(
        tx, [_end_row(r) for r in content.ends if r.run_id in stored], correct_killed=True
    )


def _fitting(pair: tuple[str, str], came: Points, warnings: Warnings) -> metrics.NewPoints | None:
    return fitting_points(
        pair, steps=came.steps, times=came.times, values=came.values, warnings=warnings
    )


def _end_row(record: RunFinished) -> tracking.EndRow:
    return tracking.EndRow(
        run_id=record.run_id,
        status=record.status,
        ended_at=in_range(record.ended_at),
        duration_ms=in_range(record.duration_ms),
        primary_metric=record.primary_metric,
        error=record.error,
    )


def _by_key(
    points: Mapping[tuple[str, str], metrics.NewPoints], ids: Mapping[str, int]
) -> dict[tuple[str, int], metrics.NewPoints]:
    """Key the points by the integer of their name; names that are stored alike are one metric."""
    keyed: dict[tuple[str, int], metrics.NewPoints] = {}
    for (run_id, name), added in points.items():
        there = keyed.setdefault((run_id, ids[name]), added)
        if there is not added:
            there.steps.extend(added.steps)
            there.times.extend(added.times)
            there.values.extend(added.values)
    return keyed
