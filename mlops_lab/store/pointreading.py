"""Owns reading the points of series: few of one for a chart, or all of them.

Points move from rows into chunks while others read, and a transaction of PostgreSQL sees what was
committed meanwhile. Chunks and summaries never go, so whoever finds no row looks for a chunk again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from .point_tables import point_chunk, point_summary
from .pointcolumns import Columns, of_rows, thin
from .pointsummaries import CHUNK_POINTS, LEVELS, bucket_points, unpack_chunk, unpack_summary
from .tables import metric_point

_CHUNKS_AT_ONCE = 64
_ROWS_AT_ONCE = 8 * CHUNK_POINTS
_LOOKS = 2


class Outline(Columns):
    """Points that show a series: all of them, or the extremes of buckets of ``bucket`` points."""

    bucket: int = 1

    def between(self, low: int, high: int) -> Outline:
        """Return the points whose steps are from ``low`` to ``high``."""
        found = self.take([at for at, step in enumerate(self.steps) if low <= step <= high])
        return Outline(found.ordinals, found.steps, found.elapsed, found.values, bucket=self.bucket)


def outline(cx: Connection, series_id: int, *, count: int, buckets: int, begin: int = 0) -> Outline:
    """Return the points that a chart of so many buckets needs, by arrival or close to it.

    The first and the last step, the lowest and the highest value are among them, and a NaN
    wherever one is.

    Args:
        cx: an open connection.
        series_id: the series.
        count: points from this ordinal on are left out.
        buckets: how many the chart can have; at least half as many are read, if there are.
        begin: points before this ordinal need not be there.
    """
    level = 0
    while level < LEVELS and (count - begin) // bucket_points(level + 1) >= max(1, buckets // 2):
        level += 1
    found = Outline(bucket=bucket_points(level))
    for summary_level in range(level, 0, -1):
        begin = _add_summaries(cx, found, series_id, level=summary_level, begin=begin, count=count)
    for portion in by_arrival(cx, series_id, begin=begin, count=count):
        for low in range(0, len(portion), CHUNK_POINTS):
            part = portion.part(low, low + CHUNK_POINTS)
            found.extend(_shortened(part, found.bucket) if level else part)
    return found


def _shortened(part: Columns, bucket: int) -> Columns:
    """Return points that are not summarized yet as a summary would hold them."""
    ordered = part if part.is_sorted() else part.by_step()
    return thin(ordered, [*range(0, len(part), min(bucket, CHUNK_POINTS)), len(part)])


def _add_summaries(
    cx: Connection, found: Outline, series_id: int, *, level: int, begin: int, count: int
) -> int:
    """Add the summaries of a level from ``begin`` on; return up to where they go."""
    asked = {"of_series": series_id, "of_level": level, "begin": begin, "up_to": count}
    for first, stands_for, packed in _plain_rows(cx, _SUMMARIES, asked):
        points = unpack_summary(first, packed)
        # A row of a lower level stands for one bucket at most.
        lower = bucket_points(level) < found.bucket
        found.extend(thin(points, [0, len(points)]) if lower else points)
        begin = first + stands_for
    return begin


def find_span(
    cx: Connection, series_id: int, *, steps: tuple[int, int], count: int
) -> tuple[int, int]:
    """Return the ordinals from which and up to which the points of an interval of steps are.

    Args:
        cx: an open connection.
        series_id: the series.
        steps: the lowest and the highest step that are wanted.
        count: points from this ordinal on are left out.
    """
    end = point_summary.c.first + point_summary.c.count
    of_chunks = (
        point_summary.c.series_id == series_id,
        point_summary.c.level == 1,
        end <= count,
    )
    overlaps = (point_summary.c.high_step >= steps[0], point_summary.c.low_step <= steps[1])
    within = select(func.min(point_summary.c.first), func.max(end)).where(*of_chunks, *overlaps)
    rows = select(func.min(metric_point.c.ordinal), func.max(metric_point.c.ordinal) + 1).where(
        metric_point.c.series_id == series_id,
        metric_point.c.ordinal < count,
        metric_point.c.step >= steps[0],
        metric_point.c.step <= steps[1],
    )
    found = [tuple(cx.execute(query).one()) for query in (rows, within)]
    known = [(first, behind) for first, behind in found if first is not None]
    return min((one for one, _ in known), default=0), max((one for _, one in known), default=0)


def by_arrival(cx: Connection, series_id: int, *, begin: int, count: int) -> Iterator[Columns]:
    """Give the points of the ordinals from ``begin`` up to ``count`` in portions, by arrival."""
    looks = 0
    while begin < count and looks < _LOOKS:
        looks += 1
        for portion in _next_portions(cx, series_id, begin=begin, count=count):
            yield portion
            begin, looks = portion.ordinals[-1] + 1, 0


def _next_portions(cx: Connection, series_id: int, *, begin: int, count: int) -> Iterator[Columns]:
    asked = {"of_series": series_id, "begin": begin, "up_to": count}
    packed = _plain_rows(cx, _CHUNKS, {**asked, "after": begin - CHUNK_POINTS})
    for first, content in packed:
        whole = unpack_chunk(first, content)
        yield whole.part(max(0, begin - first), count - first)
    if packed:
        return
    found = of_rows(_plain_rows(cx, _ROWS, asked))
    # Rows behind a gap: what was before them has become a chunk just now.
    if len(found) and found.ordinals[0] == begin:
        yield found


_ROW = (
    metric_point.c.ordinal,
    metric_point.c.step,
    metric_point.c.elapsed,
    metric_point.c.value,
)


# Made once: a comparison asks each of them some hundred times.
_SUMMARIES = (
    select(point_summary.c.first, point_summary.c.count, point_summary.c.packed)
    .where(
        point_summary.c.series_id == bindparam("of_series"),
        point_summary.c.level == bindparam("of_level"),
        point_summary.c.first + point_summary.c.count > bindparam("begin"),
        point_summary.c.first + point_summary.c.count <= bindparam("up_to"),
    )
    .order_by(point_summary.c.first)
)
_CHUNKS = (
    select(point_chunk.c.first, point_chunk.c.packed)
    .where(
        point_chunk.c.series_id == bindparam("of_series"),
        point_chunk.c.first > bindparam("after"),
        point_chunk.c.first < bindparam("up_to"),
        point_chunk.c.first + point_chunk.c.count > bindparam("begin"),
    )
    .order_by(point_chunk.c.first)
    .limit(_CHUNKS_AT_ONCE)
)
_ROWS = (
    select(*_ROW)
    .where(
        metric_point.c.series_id == bindparam("of_series"),
        metric_point.c.ordinal >= bindparam("begin"),
        metric_point.c.ordinal < bindparam("up_to"),
    )
    .order_by(metric_point.c.ordinal)
    .limit(_ROWS_AT_ONCE)
)


def read_all(cx: Connection, series_ids: Collection[int]) -> dict[int, Columns]:
    """Return all points of several short series, by arrival; a series without any is left out."""
    by_series = (
        select(metric_point.c.series_id, *_ROW)
        .where(metric_point.c.series_id.in_(series_ids))
        .order_by(metric_point.c.series_id, metric_point.c.ordinal)
    )
    rows: dict[int, list[Any]] = {}
    for series_id, *row in _plain_rows(cx, by_series):
        rows.setdefault(series_id, []).append(row)
    # After the rows: what became a chunk in between is met twice, and is not lost.
    packed = (
        select(point_chunk.c.series_id, point_chunk.c.first, point_chunk.c.packed)
        .where(point_chunk.c.series_id.in_(series_ids))
        .order_by(point_chunk.c.series_id, point_chunk.c.first)
    )
    found: dict[int, Columns] = {}
    for series_id, first, content in _plain_rows(cx, packed):
        found.setdefault(series_id, Columns()).extend(unpack_chunk(first, content))
    for series_id, loose in rows.items():
        points = found.setdefault(series_id, Columns())
        points.extend(of_rows(row for row in loose if row[0] >= len(points)))
    return found


def _plain_rows(
    cx: Connection, query: Select[Any], asked: Mapping[str, int] | None = None
) -> Sequence[Any]:
    """Return the rows as the driver has them: SQLAlchemy's cost three times as much."""
    with cx.execute(query, asked) as result:
        return result.cursor.fetchall() if result.cursor is not None else ()
