"""Owns chunks and the levels of summaries above them: how points become rows, and come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import msgspec
from sqlalchemy import Connection, select

from .point_tables import point_chunk, point_summary
from .pointcode import pack, unpack
from .pointcolumns import Columns, even_edges, thin
from .rows import insert_rows_sql

CHUNK_POINTS = 1024
FANOUT = 32
"""Buckets of a summary; a level stands for 32 times as many points as the one below."""
BUCKET_POINTS = CHUNK_POINTS // FANOUT
LEVELS = 3
"""Level 1 has a row a chunk; one row of level 3 stands for a million points."""

ChunkRow = tuple[int, int, int, bytes]
SummaryRow = tuple[int, int, int, int, int, int, int, int, int, bytes]


class Summary(msgspec.Struct, frozen=True):
    """Neighbouring points of a series in short: their ranges, and the points that a chart needs."""

    first: int
    count: int
    nan_count: int
    steps: tuple[int, int]
    elapsed: tuple[int, int]
    points: Columns

    def row(self, series_id: int, level: int) -> SummaryRow:
        """Return it as it is stored."""
        points = self.points
        offsets = [ordinal - self.first for ordinal in points.ordinals]
        packed = pack([offsets, points.steps, points.elapsed], points.values)
        ranges = (*self.steps, *self.elapsed)
        return (series_id, level, self.first, self.count, self.nan_count, *ranges, packed)


def bucket_points(level: int) -> int:
    """Return how many points one bucket of a full summary stands for; 1 at level 0."""
    return BUCKET_POINTS * FANOUT ** (level - 1) if level else 1


def chunk_rows(series_id: int, points: Columns) -> Iterator[tuple[ChunkRow, SummaryRow]]:
    """Give the rows of points that came one after the other, a chunk and its summary each."""
    for low in range(0, len(points), CHUNK_POINTS):
        part = points.part(low, low + CHUNK_POINTS)
        first = part.ordinals[0]
        packed = pack([part.steps, part.elapsed], part.values)
        yield (
            (series_id, first, len(part), packed),
            summarize(part, first=first).row(series_id, 1),
        )


def unpack_chunk(first: int, packed: bytes) -> Columns:
    """Return the points of a chunk."""
    (steps, elapsed), values = unpack(packed, 2)
    return Columns(list(range(first, first + len(values))), steps, elapsed, values)


def unpack_summary(first: int, packed: bytes) -> Columns:
    """Return the points that a summary keeps, by step."""
    (offsets, steps, elapsed), values = unpack(packed, 3)
    return Columns([first + offset for offset in offsets], steps, elapsed, values)


def summarize(points: Columns, *, first: int) -> Summary:
    """Return the summary of the points of one chunk; its buckets are neighbours by step."""
    sorted_points = points if points.is_sorted() else points.by_step()
    buckets = -(-len(points) // BUCKET_POINTS)
    edges = (
        [*range(0, len(points), BUCKET_POINTS), len(points)] if buckets > 1 else [0, len(points)]
    )
    return Summary(
        first=first,
        count=len(points),
        nan_count=points.nan_count(),
        steps=(min(points.steps), max(points.steps)),
        elapsed=(min(points.elapsed), max(points.elapsed)),
        points=thin(sorted_points, edges),
    )


def join_summaries(parts: Sequence[Summary]) -> Summary:
    """Return one summary for several that follow one another, a bucket for each of them.

    Where their steps overlap the buckets are neighbours by step, of equally many points.
    """
    points = Columns()
    for part in parts:
        points.extend(part.points)
    edges = [0, *accumulate(len(part.points) for part in parts)]
    if not points.is_sorted():
        points = points.by_step()
        edges = even_edges(len(points), len(parts))
    return Summary(
        first=parts[0].first,
        count=sum(part.count for part in parts),
        nan_count=sum(part.nan_count for part in parts),
        steps=(min(p.steps[0] for p in parts), max(p.steps[1] for p in parts)),
        elapsed=(min(p.elapsed[0] for p in parts), max(p.elapsed[1] for p in parts)),
        points=thin(points, edges),
    )


def insert_chunks(tx: Connection, rows: Sequence[tuple[ChunkRow, SummaryRow]]) -> None:
    """Store chunks of one series with their summaries, and the higher levels that become full."""
    if not rows:
        return
    tx.exec_driver_sql(insert_rows_sql(tx, point_chunk), [chunk for chunk, _ in rows])
    insert = insert_rows_sql(tx, point_summary)
    tx.exec_driver_sql(insert, [summary for _, summary in rows])
    series_id = rows[0][0][0]
    for level in range(1, LEVELS):
        made = list(_full_ones(tx, series_id, level))
        if not made:
            return
        tx.exec_driver_sql(insert, [one.row(series_id, level + 1) for one in made])


def _full_ones(tx: Connection, series_id: int, level: int) -> Iterator[Summary]:
    """Give the summaries above ``level`` that its rows are now enough for."""
    of_series = point_summary.c.series_id == series_id
    last = (
        select(point_summary.c.first + point_summary.c.count)
        .where(of_series, point_summary.c.level == level + 1)
        .order_by(point_summary.c.first.desc())
        .limit(1)
    )
    begin = tx.execute(last).scalar() or 0
    query = (
        select(point_summary)
        .where(of_series, point_summary.c.level == level, point_summary.c.first >= begin)
        .order_by(point_summary.c.first)
    )
    waiting: list[Summary] = []
    # By their names in a mapping: ``count`` of a row itself is the method of a tuple.
    for row in tx.execute(query).mappings():
        waiting.append(
            Summary(
                first=row["first"],
                count=row["count"],
                nan_count=row["nan_count"],
                steps=(row["low_step"], row["high_step"]),
                elapsed=(row["low_elapsed"], row["high_elapsed"]),
                points=unpack_summary(row["first"], row["packed"]),
            )
        )
        if len(waiting) == FANOUT:
            yield join_summaries(waiting)
            waiting = []
