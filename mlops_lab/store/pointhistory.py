"""Owns the history of a metric in the order of time, read a page at a time whatever its length.

The order is that of MLflow's SQL store: time, step, value, a NaN counting as 0; and then arrival.
Chunks are nearly always in this order already. Where clocks went back their times overlap, so a
page is looked for from the earliest chunk on, until no other one can hold an earlier point.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import pairwise
from math import isnan
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from mlops_lab.core.errors import InvalidInputError

from .point_tables import point_chunk, point_summary
from .pointcolumns import Columns, of_rows
from .pointsummaries import LEVELS, unpack_chunk
from .tables import metric_point

_Key = tuple[int, int, float, int]
_Found = tuple[int, int, float, int, float]
_PAGES_HELD = 2
_TOKEN_PARTS = 4


class Page(msgspec.Struct, frozen=True):
    """Points by time; ``after`` asks for the page behind them, None when nothing is there."""

    points: Columns
    after: str | None


def read_page(cx: Connection, series_id: int, *, count: int, after: str, limit: int) -> Page:
    """Return the first ``limit`` points behind ``after``.

    Args:
        cx: an open connection.
        series_id: the series.
        count: points from this ordinal on are left out.
        after: ``Page.after`` of the page before; empty for the first page.
        limit: most points of the page, at least 1.

    Raises:
        InvalidInputError: ``after`` is not of a page.
    """
    # One more tells whether there is a page behind this one.
    search = _Search(_read_token(after) if after else None, limit + 1)
    # Rows before chunks: what is packed in between is met twice, and is not lost.
    search.add(_first_rows(cx, series_id, count=count, search=search))
    nodes = [(node.low_elapsed, -node.level, node.first, node) for node in _roots(cx, series_id)]
    heapq.heapify(nodes)
    while nodes:
        low, _, _, node = heapq.heappop(nodes)
        if search.is_behind(low):
            break
        if not search.may_hold(node.high_elapsed):
            continue
        if node.level == 1:
            chunk = _read_chunk(cx, series_id, node.first)
            search.add(chunk.part(0, max(0, count - node.first)))
            continue
        for child in _children(cx, series_id, node):
            heapq.heappush(nodes, (child.low_elapsed, -child.level, child.first, child))
    return search.page(limit)


def page_of(points: Columns, *, after: str, limit: int) -> Page:
    """Return the first ``limit`` of these points behind ``after``, as ``read_page`` would.

    Raises:
        InvalidInputError: ``after`` is not of a page.
    """
    search = _Search(_read_token(after) if after else None, limit + 1)
    search.add(points)
    return search.page(limit)


class _Search:
    """The earliest points behind a key that were found so far."""

    def __init__(self, after: _Key | None, limit: int) -> None:
        self.after = after
        self.limit = limit
        self._found: list[_Found] = []
        self._last: _Found | None = None

    def add(self, points: Columns) -> None:
        values = points.values
        shown = [0.0 if isnan(value) else value for value in values]
        fresh: Iterator[_Found] = zip(
            points.elapsed, points.steps, shown, points.ordinals, values, strict=True
        )
        if self.after is not None:
            after = self.after
            fresh = (point for point in fresh if point[:4] > after)
        if self._last is not None:
            last = self._last
            fresh = (point for point in fresh if point < last)
        self._found += fresh
        full = self._last is None and len(self._found) >= self.limit
        if full or len(self._found) > _PAGES_HELD * self.limit:
            self._shorten()

    def _shorten(self) -> None:
        self._found.sort()
        # The same ordinal twice: a row that has become part of a chunk meanwhile.
        twice = {at + 1 for at, (one, two) in enumerate(pairwise(self._found)) if one[3] == two[3]}
        if twice:
            self._found = [point for at, point in enumerate(self._found) if at not in twice]
        del self._found[self.limit :]
        if len(self._found) == self.limit:
            self._last = self._found[-1]

    def may_hold(self, high_elapsed: int) -> bool:
        """Tell whether points up to this time can be behind the key."""
        return self.after is None or high_elapsed >= self.after[0]

    def is_behind(self, low_elapsed: int) -> bool:
        """Tell whether points from this time on are all behind what is wanted."""
        return self._last is not None and low_elapsed > self._last[0]

    def page(self, limit: int) -> Page:
        self._shorten()
        shown = self._found[:limit]
        points = Columns(
            [point[3] for point in shown],
            [point[1] for point in shown],
            [point[0] for point in shown],
            [point[4] for point in shown],
        )
        more = len(self._found) > limit
        return Page(points, _write_token(shown[-1]) if more else None)


def _write_token(point: _Found) -> str:
    elapsed, step, shown, ordinal, _ = point
    return f"{elapsed},{step},{shown.hex()},{ordinal}"


def _read_token(token: str) -> _Key:
    try:
        elapsed, step, shown, ordinal = token.split(",")
        # Without the sign of a zero, which counts for nothing in the order.
        return (int(elapsed), int(step), float.fromhex(shown) + 0.0, int(ordinal))
    except (ValueError, OverflowError):
        raise InvalidInputError(
            f"{token!r} names no page of a history.", hint="Take it from the page before."
        ) from None


_NODE = (
    point_summary.c.level,
    point_summary.c.first,
    point_summary.c.count,
    point_summary.c.low_elapsed,
    point_summary.c.high_elapsed,
)


def _roots(cx: Connection, series_id: int) -> Iterator[Any]:
    """Give the summaries that stand for all chunks, the highest level first."""
    begin = 0
    for level in range(LEVELS, 0, -1):
        query = select(*_NODE).where(
            point_summary.c.series_id == series_id,
            point_summary.c.level == level,
            point_summary.c.first >= begin,
        )
        for row in cx.execute(query.order_by(point_summary.c.first)):
            begin = row.first + row[2]
            yield row


def _children(cx: Connection, series_id: int, node: Any) -> Iterator[Any]:
    query = select(*_NODE).where(
        point_summary.c.series_id == series_id,
        point_summary.c.level == node.level - 1,
        point_summary.c.first >= node.first,
        point_summary.c.first < node.first + node[2],
    )
    yield from cx.execute(query)


def _read_chunk(cx: Connection, series_id: int, first: int) -> Columns:
    query = select(point_chunk.c.packed).where(
        point_chunk.c.series_id == series_id, point_chunk.c.first == first
    )
    packed = cx.execute(query).scalar_one_or_none()
    # Its run was deleted in between.
    return Columns() if packed is None else unpack_chunk(first, packed)


def _first_rows(cx: Connection, series_id: int, *, count: int, search: _Search) -> Columns:
    # Adding 0 makes a number also of what stands for -0.0 in SQLite.
    shown = func.coalesce(metric_point.c.value + 0.0, 0.0)
    key = (metric_point.c.elapsed, metric_point.c.step, shown, metric_point.c.ordinal)
    query = select(
        metric_point.c.ordinal, metric_point.c.step, metric_point.c.elapsed, metric_point.c.value
    ).where(metric_point.c.series_id == series_id, metric_point.c.ordinal < count)
    if search.after is not None:
        query = query.where(_is_behind(key, search.after))
    with cx.execute(query.order_by(*key).limit(search.limit)) as result:
        return of_rows(result.cursor.fetchall() if result.cursor is not None else ())


def _is_behind(key: tuple[ColumnElement[Any], ...], after: _Key) -> ColumnElement[bool]:
    return tuple_(*key) > tuple_(*after)
