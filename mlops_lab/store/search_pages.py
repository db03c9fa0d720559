"""Owns finding the runs of one page: walked along an index, or sorted where they are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, literal, or_, select

from .search import among
from .search_axes import MAX_NARROW, Axis, RunAxis, Scalar, count_upto
from .tables import run

Marks = tuple[Scalar, ...]
"""The values of a run in the columns of an order, the last one being its id."""

LOOKED_BACK = 64
"""So many values before a place are read, to see how many of them are alike."""


class Asked(msgspec.Struct, frozen=True):
    """Which runs a list holds, and in which order.

    ``condition`` is over the run; None asks for all. ``driver`` gives few runs, among which
    are all that meet the condition, if such a set is known. ``axes`` come first in the order; then
    follows ``started`` where it is not among them, the newest first, and then the id.
    """

    condition: ColumnElement[bool] | None
    axes: tuple[Axis, ...] = ()
    driver: Select[Any] | None = None
    ends: tuple[RunAxis, ...] = ()


def ends_of(axes: Sequence[Axis], *, id_descending: bool = True) -> tuple[RunAxis, ...]:
    """Return what tells runs apart that are alike in an order."""
    has_started = any(isinstance(a, RunAxis) and a.column is run.c.started_at for a in axes)
    started = () if has_started else (RunAxis(run.c.started_at, descending=True),)
    return (*started, RunAxis(run.c.id, descending=id_descending))


def find_page(
    cx: Connection, asked: Asked, *, after: Marks | None, count: int, skip: int = 0
) -> list[Marks]:
    """Return the marks of the next ``count`` runs behind ``after``, fewer at the end of the list.

    ``skip`` leaves out so many runs from the first on; it goes with no ``after``.
    """
    if asked.driver is not None:
        return _sorted(cx, asked, after, count, skip)
    if not asked.axes:
        return _newest(cx, asked, after, count, skip)
    if skip:
        return _skipped(cx, asked, count, skip)
    found: list[Marks] = []
    axis = asked.axes[0]
    start = None if after is None else after[0]
    if after is None or start is not None:
        if after is not None:
            found += _block(cx, asked, start, after[1:], count)
        if len(found) < count:
            found += _behind(cx, asked, start, count - len(found))
        after = None
    else:
        after = after[1:]
    if len(found) < count:
        rest = _without_first(asked, axis.absent())
        found += [(None, *m) for m in find_page(cx, rest, after=after, count=count - len(found))]
    return found


def _skipped(cx: Connection, asked: Asked, count: int, skip: int) -> list[Marks]:
    """Return the runs at a place of an order by columns, without a look at those before it."""
    axis = asked.axes[0]
    value, left = _value_at(cx, axis, asked.condition, skip)
    if value is None:
        rest = _without_first(asked, axis.absent())
        return [(None, *m) for m in find_page(cx, rest, after=None, count=count, skip=left)]
    found = _block(cx, asked, value, None, count, skip=left)
    if len(found) < count:
        found += _behind(cx, asked, value, count - len(found))
    if len(found) < count:
        rest = _without_first(asked, axis.absent())
        found += [(None, *m) for m in find_page(cx, rest, after=None, count=count - len(found))]
    return found


def _value_at(
    cx: Connection, axis: Axis, condition: ColumnElement[bool] | None, skip: int
) -> tuple[Scalar, int]:
    """Return the value that a column has at a place, and how many runs before that have it too.

    None says that fewer runs have a value; then the number is how many are left to skip.
    """
    looked_back = min(skip, LOOKED_BACK)
    upto = axis.step(condition, None, skip + 1)
    some = upto.limit(looked_back + 1).offset(skip - looked_back)
    values = list(cx.execute(some).scalars())
    if len(values) <= looked_back:
        held = select(func.count()).select_from(upto.subquery())
        return None, skip - int(cx.execute(held).scalar_one())
    value = values[-1]
    alike = values.count(value) - 1
    if alike == looked_back < skip:
        alike = _count_alike(cx, axis, condition, value, skip)
    return value, alike


def _count_alike(
    cx: Connection, axis: Axis, condition: ColumnElement[bool] | None, value: Scalar, skip: int
) -> int:
    """Return how many runs before a place have the value that the run at the place has."""
    column = axis.step(condition, None, skip).subquery()
    [held] = column.c
    alike = select(func.count()).select_from(column).where(held == value)
    return int(cx.execute(alike).scalar_one())


def _behind(cx: Connection, asked: Asked, start: Scalar, count: int) -> list[Marks]:
    """Return the next runs that have a value in the first column, behind ``start``."""
    axis = asked.axes[0]
    values = list(cx.execute(axis.step(asked.condition, start, count)).scalars())
    if not values:
        return []
    bound = values[-1]
    if len(values) < count:
        driver = axis.holding(start, None, equal=False)
        return _sorted(cx, msgspec.structs.replace(asked, driver=driver), None, count)
    found: list[Marks] = []
    if values[0] != bound:
        driver = axis.holding(start, bound, equal=False)
        found = _sorted(cx, msgspec.structs.replace(asked, driver=driver), None, count)
    return found + _block(cx, asked, bound, None, count - len(found))


def _block(
    cx: Connection,
    asked: Asked,
    value: Scalar,
    after: Marks | None,
    count: int,
    *,
    skip: int = 0,
) -> list[Marks]:
    """Return runs that are alike in the first column, in the order of the others."""
    if count <= 0:
        return []
    axis = asked.axes[0]
    alike = axis.holding(value, None, equal=True)
    if count_upto(cx, alike, MAX_NARROW + 1) <= MAX_NARROW:
        rest = msgspec.structs.replace(asked, axes=asked.axes[1:], driver=alike)
    else:
        rest = _without_first(asked, axis.value == literal(value))
    return [(value, *m) for m in find_page(cx, rest, after=after, count=count, skip=skip)]


def _without_first(asked: Asked, condition: ColumnElement[bool]) -> Asked:
    both = condition if asked.condition is None else and_(asked.condition, condition)
    return msgspec.structs.replace(asked, axes=asked.axes[1:], condition=both)


def _newest(
    cx: Connection, asked: Asked, after: Marks | None, count: int, skip: int
) -> list[Marks]:
    """Walk along the index of start times, the newest first."""
    ends = asked.ends
    first = ends[0]
    query = select(*(end.column for end in ends))
    if asked.condition is not None:
        query = query.where(asked.condition)
    if after is not None:
        last = after[0]
        # The plain bound is what an index can use; the exact one may not be.
        bound = first.column <= last if first.descending else first.column >= last
        query = query.where(bound, _is_behind(ends, after))
    if skip:
        # Up to the place the index alone is read.
        value, left = _value_at(cx, first, asked.condition, skip)
        if value is None:
            return []
        bound = first.column <= value if first.descending else first.column >= value
        query = query.where(bound).offset(left)
    order = [end.column.desc() if end.descending else end.column.asc() for end in ends]
    return [_marks(row) for row in cx.execute(query.order_by(*order).limit(count))]


def _sorted(
    cx: Connection, asked: Asked, after: Marks | None, count: int, skip: int = 0
) -> list[Marks]:
    """Sort all runs of a small set."""
    assert asked.driver is not None  # noqa: S101 - that is what callers have checked
    axes: list[Axis] = [*asked.axes, *asked.ends]
    values = [axis.value.label(f"mark{index}") for index, axis in enumerate(axes)]
    query = select(*values).select_from(run).where(among(asked.driver))
    if asked.condition is not None:
        query = query.where(asked.condition)
    marked = query.subquery()
    columns = list(marked.c)
    rows = select(*columns)
    if after is not None:
        held = [
            RunAxis(column, axis.descending) for column, axis in zip(columns, axes, strict=True)
        ]
        rows = rows.where(_is_behind(held, after))
    order: list[ColumnElement[Any]] = []
    for column, axis in zip(columns, axes, strict=True):
        way = column.desc() if axis.descending else column.asc()
        order.append(way.nulls_last())
    return [_marks(row) for row in cx.execute(rows.order_by(*order).limit(count).offset(skip))]


def _is_behind(axes: Sequence[RunAxis], marks: Marks) -> ColumnElement[bool]:
    """Return the condition that a run comes behind the one with these marks; NULL is last."""
    cases = []
    for index, axis in enumerate(axes):
        mark = marks[index]
        if mark is None:
            continue
        same = [
            a.column.is_(None) if m is None else a.column == m
            for a, m in zip(axes[:index], marks[:index], strict=True)
        ]
        column = axis.column
        beyond = column < mark if axis.descending else column > mark
        cases.append(and_(*same, or_(beyond, column.is_(None))))
    return or_(literal(value=False), *cases)


def _marks(row: Row[Any]) -> Marks:
    return tuple(row)
