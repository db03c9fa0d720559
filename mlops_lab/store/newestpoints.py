"""Owns finding the points that are stored already, to tell what is sent again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from math import isnan

import msgspec
from sqlalchemy import Connection, RowMapping, and_, select

from mlops_lab.core.clock import Millis
from mlops_lab.core.limits import MAX_BATCH_POINTS

from .metrics import NewPoints
from .point_tables import point_chunk, point_summary
from .pointsummaries import CHUNK_POINTS, unpack_chunk
from .rows import pieces, run_seqs
from .tables import metric_point, series

_LOOKED_AT = 2 * MAX_BATCH_POINTS
"""So many of the newest points of a series are compared: a largest batch, and its neighbour."""

_Pair = tuple[str, int]
_Point = tuple[int, Millis, float | None]
_Found = tuple[int, _Point]


class _Asked(msgspec.Struct, frozen=True):
    """The points that one series may have already."""

    pair: _Pair
    points: set[_Point]


class _Range(msgspec.Struct, frozen=True):
    """The steps and the times within which all wanted points of some series are."""

    steps: tuple[int, int]
    times: tuple[Millis, Millis]


def stored_again(cx: Connection, added: Mapping[_Pair, NewPoints]) -> dict[_Pair, set[_Point]]:
    """Return those of ``added`` that are among the newest points of their series.

    A series is looked into for a point that is not behind its last one: the others are new.

    Args:
        cx: an open connection.
        added: points that came, by (run id, key id).

    Returns:
        By (run id, key id) the points as (step, time, value); a NaN is None.
    """
    found: dict[_Pair, set[_Point]] = {}
    asked: dict[int, _Asked] = {}
    for run_id, row in _series_of(cx, added):
        pair = (run_id, row["key_id"])
        new = added[pair]
        last = (row["last_step"], row["first_time"] + row["last_elapsed"], row["last"])
        sent = zip(new.steps, new.times, new.values, strict=True)
        points = {point for point in sent if point[:2] <= last[:2]}
        if last in points:
            found[pair] = {last}
        if row["count"] > 1 and points - {last}:
            asked[row["id"]] = _Asked(pair, points)
    for some in pieces(asked):
        within = _range_of([asked[one] for one in some])
        # Chunks after the rows, because rows become chunks.
        both = chain(_loose(cx, some, within), _packed(cx, some, within))
        for series_id, point in both:
            if point in asked[series_id].points:
                found.setdefault(asked[series_id].pair, set()).add(point)
    return found


def _series_of(cx: Connection, pairs: Collection[_Pair]) -> Iterator[tuple[str, RowMapping]]:
    # By their numbers: joined by id, SQLite would go through all runs that have such a metric.
    of_seq = {seq: one for one, seq in run_seqs(cx, {one for one, _ in pairs}).items()}
    for seqs in pieces(sorted(of_seq)):
        for key_ids in pieces(sorted({key_id for _, key_id in pairs})):
            query = select(series).where(series.c.run_seq.in_(seqs), series.c.key_id.in_(key_ids))
            for row in cx.execute(query).mappings():
                run_id = of_seq[row["run_seq"]]
                if (run_id, row["key_id"]) in pairs:
                    yield run_id, row


def _range_of(every: Collection[_Asked]) -> _Range:
    steps = [point[0] for one in every for point in one.points]
    times = [point[1] for one in every for point in one.points]
    return _Range((min(steps), max(steps)), (min(times), max(times)))


def _loose(cx: Connection, series_ids: Collection[int], within: _Range) -> Iterator[_Found]:
    time = series.c.first_time + metric_point.c.elapsed
    query = (
        select(series.c.id, metric_point.c.step, time, metric_point.c.value)
        .join(metric_point, metric_point.c.series_id == series.c.id)
        .where(
            series.c.id.in_(series_ids),
            metric_point.c.ordinal >= series.c.count - _LOOKED_AT,
            metric_point.c.step.between(*within.steps),
            time.between(*within.times),
        )
    )
    for series_id, step, at, value in cx.execute(query):
        yield series_id, (step, at, value)


def _packed(cx: Connection, series_ids: Collection[int], within: _Range) -> Iterator[_Found]:
    """Give the points of the chunks whose summaries say that they may hold wanted ones."""
    wanted = series.c.count - _LOOKED_AT
    of_chunk = and_(
        point_summary.c.series_id == point_chunk.c.series_id,
        point_summary.c.level == 1,
        point_summary.c.first == point_chunk.c.first,
    )
    query = (
        select(series.c.id, series.c.first_time, point_chunk.c.first, point_chunk.c.packed)
        .join(point_chunk, point_chunk.c.series_id == series.c.id)
        .join(point_summary, of_chunk)
        .where(
            series.c.id.in_(series_ids),
            series.c.packed > wanted,
            point_chunk.c.first > wanted - CHUNK_POINTS,
            point_summary.c.high_step >= within.steps[0],
            point_summary.c.low_step <= within.steps[1],
            series.c.first_time + point_summary.c.high_elapsed >= within.times[0],
            series.c.first_time + point_summary.c.low_elapsed <= within.times[1],
        )
    )
    for series_id, since, first, packed in cx.execute(query):
        points = unpack_chunk(first, packed)
        columns = zip(points.steps, points.elapsed, points.values, strict=True)
        for step, elapsed, value in columns:
            yield series_id, (step, since + elapsed, None if isnan(value) else value)
