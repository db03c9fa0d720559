"""Owns the packing of points: rows of a series become chunks, in steps that nothing can tear.

What is packed is said by ``series.packed``. One transaction moves it on, writes the chunks and
removes the rows, and only if it stands where it stood when the rows were read: of two who pack the
same points one wins, and who is killed leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, Integer, cast, delete, func, select, update

from .point_tables import point_backlog
from .pointcolumns import Columns, of_rows
from .pointsummaries import CHUNK_POINTS, ChunkRow, SummaryRow, chunk_rows, insert_chunks
from .rows import pieces, upsert
from .tables import metric_point, run, series

WORTH_PACKING = 2 * CHUNK_POINTS
"""Rows of a series of a running run from which on they are packed."""
WORTH_AT_END = 128
"""The same of a run that has ended."""
STEP_POINTS = 8 * CHUNK_POINTS
"""Most points that one transaction packs: others must not wait for it."""

_IS_OPEN = run.c.status.in_(("running", "scheduled"))


class Waiting(msgspec.Struct, frozen=True):
    """A series with points that are to be packed: ``take`` of them from ordinal ``packed`` on."""

    series_id: int
    packed: int
    take: int


class Packed(msgspec.Struct, frozen=True):
    """Points that were read and packed, to be stored if nobody else was faster."""

    of: Waiting
    rows: list[tuple[ChunkRow, SummaryRow]]


def queue(tx: Connection, series_ids: Iterable[int]) -> None:
    """Have these series packed."""
    rows = [{"series_id": series_id} for series_id in series_ids]
    if rows:
        tx.execute(upsert(tx, point_backlog).on_conflict_do_nothing(), rows)


def queue_ended(tx: Connection, run_ids: Iterable[str]) -> None:
    """Have what is left of the series of runs packed that have ended."""
    for some in pieces(run_ids):
        worth = select(series.c.id).where(
            series.c.run_seq.in_(select(run.c.seq).where(run.c.id.in_(some))),
            series.c.count - series.c.packed >= WORTH_AT_END,
        )
        insert = upsert(tx, point_backlog).from_select(["series_id"], worth)
        tx.execute(insert.on_conflict_do_nothing())


def count_waiting(cx: Connection) -> int:
    """Return how many points wait to be packed."""
    query = select(func.coalesce(func.sum(series.c.count - series.c.packed), 0)).where(
        series.c.id.in_(select(point_backlog.c.series_id))
    )
    return int(cx.execute(query).scalar_one())


def find_waiting(cx: Connection, *, after: int = 0, limit: int = 100) -> list[Waiting]:
    """Return series of the backlog by id, from the one behind ``after`` on."""
    query = (
        select(series.c.id, series.c.packed, series.c.count, _IS_OPEN.label("is_open"))
        .select_from(point_backlog)
        .join(series, series.c.id == point_backlog.c.series_id)
        .join(run, run.c.seq == series.c.run_seq)
        .where(point_backlog.c.series_id > after)
        .order_by(point_backlog.c.series_id)
        .limit(limit)
    )
    return [
        Waiting(row.id, row.packed, _how_many(row.count - row.packed, is_open=row.is_open))
        for row in cx.execute(query)
    ]


def find_next(cx: Connection, before: Waiting) -> Waiting | None:
    """Return what else of the same series is to be packed, None when nothing is."""
    found = find_waiting(cx, after=before.series_id - 1, limit=1)
    return found[0] if found and found[0].series_id == before.series_id else None


def _how_many(unpacked: int, *, is_open: bool) -> int:
    if unpacked < (WORTH_PACKING if is_open else WORTH_AT_END):
        return 0
    rest = unpacked % CHUNK_POINTS
    if is_open or rest < WORTH_AT_END:
        unpacked -= rest
    return min(unpacked, STEP_POINTS)


def pack_rows(cx: Connection, waiting: Waiting) -> Packed | None:
    """Read points and pack them; None when they are not there any more."""
    end = waiting.packed + waiting.take
    points = read_rows(cx, waiting.series_id, begin=waiting.packed, end=end)
    if points.ordinals != list(range(waiting.packed, end)):
        return None
    return Packed(waiting, list(chunk_rows(waiting.series_id, points)))


def read_rows(cx: Connection, series_id: int, *, begin: int, end: int) -> Columns:
    """Return the points that are rows, of the ordinals from ``begin`` up to ``end``."""
    query = (
        select(
            metric_point.c.ordinal,
            metric_point.c.step,
            metric_point.c.elapsed,
            metric_point.c.value,
        )
        .where(
            metric_point.c.series_id == series_id,
            metric_point.c.ordinal >= begin,
            metric_point.c.ordinal < end,
        )
        .order_by(metric_point.c.ordinal)
    )
    with cx.execute(query) as result:
        # The driver's own rows: SQLAlchemy's cost three times as much.
        return of_rows(result.cursor.fetchall() if result.cursor is not None else ())


def store_packed(tx: Connection, packed: Packed) -> bool:
    """Put packed points into the place of their rows; False when another was faster."""
    of = packed.of
    end = of.packed + of.take
    _hold_run(tx, of.series_id)
    moved = (
        update(series)
        .where(series.c.id == of.series_id, series.c.packed == of.packed)
        .values(packed=end)
    )
    if of.take and tx.execute(moved).rowcount != 1:
        return False
    insert_chunks(tx, packed.rows)
    rows = metric_point.c.series_id == of.series_id, metric_point.c.ordinal < end
    if of.take:
        tx.execute(delete(metric_point).where(*rows))
    _leave_backlog(tx, of.series_id)
    return True


def _hold_run(tx: Connection, series_id: int) -> None:
    """Have the run of a series stay as it stands: who ends it comes before this, or after it all."""
    # Before the series, as who records holds a run before its series.
    query = select(run.c.seq).join(series, series.c.run_seq == run.c.seq)
    tx.execute(query.where(series.c.id == series_id).with_for_update(read=True, of=run)).all()


def _leave_backlog(tx: Connection, series_id: int) -> None:
    """Take a series off the backlog unless more of it is worth packing."""
    query = (
        select(series.c.count - series.c.packed, cast(_IS_OPEN, Integer))
        .join(run, run.c.seq == series.c.run_seq)
        .where(series.c.id == series_id)
        # Who adds points waits here, and then finds the series gone from the backlog.
        .with_for_update(of=series)
    )
    left = tx.execute(query).one_or_none()
    if left is None or _how_many(left[0], is_open=bool(left[1])) == 0:
        tx.execute(delete(point_backlog).where(point_backlog.c.series_id == series_id))
