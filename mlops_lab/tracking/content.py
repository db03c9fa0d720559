"""Owns storing what runs hold: params, tags, metrics, cells, warnings, ends, and what is captured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from mlops_lab.core.clock import Millis
from mlops_lab.core.records import RunFinished, RunResumed
from mlops_lab.store import lifecycle, metrics, tags as tag_rows, tracking
from mlops_lab.store.rows import key_ids, storable

from .captures import store_captures, store_identities
from .limits import (
    Warnings,
    cell_fits,
    fitting_points,
    in_int32,
    in_range,
    in_range_or_none,
    param_fits,
    tag_fits,
)
from .sorting import Points, Sorted


def store_content(
    tx: Connection,
    content: Sorted,
    *,
    stored: set[str],
    now: Millis,
    spool_id: str | None = None,
) -> None:
    """Write what the runs of ``stored`` hold; what breaks a limit becomes a warning of its run.

    Args:
        tx: a write transaction.
        content: records by kind.
        stored: the runs that take records.
        now: the time, for what the records do not say.
        spool_id: the spool that they came from, if from one.
    """
    warnings = [(run_id, text) for run_id, text in content.warnings if run_id in stored]
    _store_named(tx, content, stored=stored, warnings=warnings, now=now)
    cells = [r for r in content.cells if r.run_id in stored and cell_fits(r, warnings)]
    tracking.add_cells(
        tx, [(r.run_id, r.source, r.cell_id, in_int32(r.execution_count)) for r in cells]
    )
    store_captures(tx, content, stored=stored, warnings=warnings, now=now)
    tracking.add_warnings(tx, warnings)
    _store_turns(tx, (r for r in content.turns if r.run_id in stored), spool_id=spool_id)
    store_identities(tx, content, stored=stored)


def _store_named(
    tx: Connection, content: Sorted, *, stored: set[str], warnings: Warnings, now: Millis
) -> None:
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
    tracking.add_params(
        tx, [(r.run_id, ids[clean[r.name]], r.value, r.origin, r.detail) for r in params]
    )
    tag_rows.set_tags(
        tx, [(r.run_id, ids[clean[r.name]], r.value, in_range(r.time) or now) for r in tags]
    )
    metrics.add_points(tx, _by_key(points, {name: ids[clean[name]] for name in clean}))


def _fitting(pair: tuple[str, str], came: Points, warnings: Warnings) -> metrics.NewPoints | None:
    return fitting_points(
        pair, steps=came.steps, times=came.times, values=came.values, warnings=warnings
    )


def _store_turns(
    tx: Connection, turns: Iterable[RunFinished | RunResumed], *, spool_id: str | None
) -> None:
    """Resume and end runs: of a run that went on, the first end after its last resumption counts."""
    resumed: dict[str, Millis] = {}
    ended: dict[str, RunFinished] = {}
    for turn in turns:
        if isinstance(turn, RunFinished):
            ended.setdefault(turn.run_id, turn)
            continue
        resumed[turn.run_id] = in_range(turn.resumed_at)
        ended.pop(turn.run_id, None)
    if spool_id is not None:
        lifecycle.resume_runs(tx, sorted(resumed.items()), spool_id=spool_id)
    ends = [_end_row(record) for _, record in sorted(ended.items())]
    lifecycle.end_runs(tx, ends, correct_killed=True, spool_id=spool_id)


def _end_row(record: RunFinished) -> lifecycle.EndRow:
    return lifecycle.EndRow(
        run_id=record.run_id,
        status=record.status,
        ended_at=in_range(record.ended_at),
        duration_ms=in_range(record.duration_ms),
        primary_metric=record.primary_metric,
        error=record.error,
        cpu_ms=in_range_or_none(record.cpu_ms),
        peak_memory=in_range_or_none(record.peak_memory),
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
