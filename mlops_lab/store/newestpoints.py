"""Owns reading the newest points of series, to tell what is sent again."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from sqlalchemy import Connection, select

from mlops_lab.core.clock import Millis

from .point_tables import point_chunk
from .pointsummaries import CHUNK_POINTS, unpack_chunk
from .rows import pieces
from .tables import metric_point, run, series

_LOOKED_AT = 2_000
"""So many of the newest points of a series are compared: a batch of 1,000, and its neighbour."""

_Pair = tuple[str, int]
_Point = tuple[int, Millis, float | None]


def newest_points(
    cx: Connection, pairs: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], set[tuple[int, Millis, float | None]]]:
    """Return the newest points of each (run id, key id) as (step, time, value)."""
    found: dict[tuple[str, int], set[tuple[int, Millis, float | None]]] = {}
    run_ids = sorted({run_id for run_id, _ in pairs})
    for some in pieces(sorted({key_id for _, key_id in pairs})):
        query = (
            select(
                run.c.id,
                series.c.key_id,
                metric_point.c.step,
                series.c.first_time + metric_point.c.elapsed,
                metric_point.c.value,
            )
            .join(run, run.c.seq == series.c.run_seq)
            .join(metric_point, metric_point.c.series_id == series.c.id)
            .where(
                run.c.id.in_(run_ids),
                series.c.key_id.in_(some),
                metric_point.c.ordinal >= series.c.count - _LOOKED_AT,
            )
        )
        for run_id, key_id, step, time, value in cx.execute(query):
            known = float(value) if isinstance(value, bytes) else value
            found.setdefault((run_id, key_id), set()).add((step, time, known))
        _add_packed(cx, found, run_ids=run_ids, key_ids=some)
    return found


def _add_packed(
    cx: Connection, found: dict[_Pair, set[_Point]], *, run_ids: list[str], key_ids: list[int]
) -> None:
    """Add those that are packed; looked for after the rows, because rows become chunks."""
    wanted = series.c.count - _LOOKED_AT
    query = (
        select(
            run.c.id,
            series.c.key_id,
            series.c.first_time,
            point_chunk.c.first,
            point_chunk.c.packed,
        )
        .join(run, run.c.seq == series.c.run_seq)
        .join(point_chunk, point_chunk.c.series_id == series.c.id)
        .where(
            run.c.id.in_(run_ids),
            series.c.key_id.in_(key_ids),
            series.c.packed > wanted,
            point_chunk.c.first > wanted - CHUNK_POINTS,
        )
    )
    for run_id, key_id, since, first, packed in cx.execute(query):
        points = unpack_chunk(first, packed)
        values = (None if isnan(value) else value for value in points.values)
        times = (since + elapsed for elapsed in points.elapsed)
        newest = zip(points.steps, times, values, strict=True)
        found.setdefault((run_id, key_id), set()).update(newest)
