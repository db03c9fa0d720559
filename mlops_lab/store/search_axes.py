"""Owns the columns that a list can be sorted by: their values, and how an index walks along them."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, exists, func, literal_column, select, true

from mlops_lab.core.query import SortKey

from .search import COLUMNS
from .search_names import Known
from .search_text import plain_text
from .tables import experiment, param, run, series, tag

MAX_NARROW = 2_000
"""A set of so many runs is sorted as a whole; a larger one is walked along an index."""

Scalar = str | float | int | None


class Axis(Protocol):
    """One column of an order. ``value`` is an expression over the run; NULL comes last."""

    @property
    def descending(self) -> bool:
        """Whether the highest value comes first."""

    @property
    def value(self) -> ColumnElement[Any]:
        """The value of the run."""

    def holding(self, after: Scalar, upto: Scalar, *, equal: bool) -> Select[Any]:
        """Return the runs whose value is ``after``, or lies strictly between the two."""

    def absent(self) -> ColumnElement[bool]:
        """Return the condition that a run has no value."""

    def step(self, condition: ColumnElement[bool] | None, after: Scalar, count: int) -> Select[Any]:
        """Return the next ``count`` values behind ``after`` of runs that meet the condition."""


def _beyond(
    column: ColumnElement[Any], after: Scalar, upto: Scalar, *, descending: bool, equal: bool
) -> list[ColumnElement[bool]]:
    if equal:
        return [column == after]
    conditions: list[ColumnElement[bool]] = [column.is_not(None)]
    if after is not None:
        conditions.append(column < after if descending else column > after)
    if upto is not None:
        conditions.append(column > upto if descending else column < upto)
    return conditions


class RunAxis(msgspec.Struct, frozen=True):
    """A column of the run itself."""

    column: ColumnElement[Any]
    descending: bool

    @property
    def value(self) -> ColumnElement[Any]:
        """The value of the run."""
        return self.column

    def holding(self, after: Scalar, upto: Scalar, *, equal: bool) -> Select[Any]:
        """Return the runs whose value is ``after``, or lies strictly between the two."""
        other = run.alias("held")
        column = other.c[str(self.column.key)]
        return select(other.c.seq).where(
            *_beyond(column, after, upto, descending=self.descending, equal=equal)
        )

    def absent(self) -> ColumnElement[bool]:
        """Return the condition that a run has no value."""
        return self.column.is_(None)

    def step(self, condition: ColumnElement[bool] | None, after: Scalar, count: int) -> Select[Any]:
        """Return the next ``count`` values behind ``after`` of runs that meet the condition."""
        column = self.column
        beyond = _beyond(column, after, None, descending=self.descending, equal=False)
        query = select(column).where(*beyond)
        if condition is not None:
            query = query.where(condition)
        return query.order_by(column.desc() if self.descending else column.asc()).limit(count)


class HeldAxis(msgspec.Struct, frozen=True):
    """A column of a table that holds one row a run and key, such as the last value of a metric."""

    table: Any
    key_id: int
    column: str
    descending: bool
    only: ColumnElement[bool] | None = None
    """What a row must meet besides, such as being of several points."""
    other: HeldAxis | None = None
    """Where the rest of the values is: of a series of one point, its last value is its highest."""
    shown: ColumnElement[Any] | None = None
    """What is compared, where it is not the column alone."""

    @property
    def _whole(self) -> ColumnElement[Any]:
        """The value of any row of the table, whichever of the two columns holds it."""
        column = self.table.c[self.column] if self.shown is None else self.shown
        if self.other is None:
            return column
        return func.coalesce(column, self.table.c[self.other.column])

    @property
    def value(self) -> ColumnElement[Any]:
        """The value of the run."""
        query = select(self._whole).where(
            self.table.c.run_seq == run.c.seq, self.table.c.key_id == self.key_id
        )
        return query.correlate(run).scalar_subquery()

    def _rows(self, after: Scalar, upto: Scalar, *, equal: bool) -> list[ColumnElement[bool]]:
        column = self.table.c[self.column] if self.shown is None else self.shown
        found = _beyond(column, after, upto, descending=self.descending, equal=equal)
        found.append(self.table.c.key_id == self.key_id)
        return found if self.only is None else [*found, self.only]

    def holding(self, after: Scalar, upto: Scalar, *, equal: bool) -> Select[Any]:
        """Return the runs whose value is ``after``, or lies strictly between the two."""
        query = select(self.table.c.run_seq).where(*self._rows(after, upto, equal=equal))
        if self.other is None:
            return query
        rest = self.other.holding(after, upto, equal=equal)
        both = query.union_all(rest).subquery()
        return select(both.c.run_seq)

    def absent(self) -> ColumnElement[bool]:
        """Return the condition that a run has no value."""
        held = select(self.table.c.run_seq).where(
            self.table.c.run_seq == run.c.seq,
            self.table.c.key_id == self.key_id,
            self._whole.is_not(None),
        )
        return ~exists(held)

    def step(self, condition: ColumnElement[bool] | None, after: Scalar, count: int) -> Select[Any]:
        """Return the next ``count`` values behind ``after`` of runs that meet the condition."""
        column = self.table.c[self.column] if self.shown is None else self.shown
        query = select(column.label("value")).where(*self._rows(after, None, equal=False))
        if condition is not None:
            meets = exists(select(run.c.seq).where(run.c.seq == self.table.c.run_seq, condition))
            query = query.where(meets)
        ways = [column, self.table.c.run_seq] if self.shown is None else [column]
        query = query.order_by(*(w.desc() if self.descending else w.asc() for w in ways))
        query = query.limit(count)
        if self.other is None:
            return query
        rest = self.other.step(condition, after, count)
        both = (
            select(query.subquery().c.value).union_all(select(rest.subquery().c.value)).subquery()
        )
        order = both.c.value.desc() if self.descending else both.c.value.asc()
        return select(both.c.value).order_by(order).limit(count)


class ExperimentAxis(msgspec.Struct, frozen=True):
    """The name of the experiment of a run."""

    descending: bool

    @property
    def value(self) -> ColumnElement[Any]:
        """The value of the run."""
        query = select(experiment.c.name).where(experiment.c.id == run.c.experiment_id)
        return query.correlate(run).scalar_subquery()

    def holding(self, after: Scalar, upto: Scalar, *, equal: bool) -> Select[Any]:
        """Return the runs whose value is ``after``, or lies strictly between the two."""
        other = run.alias("held")
        beyond = _beyond(experiment.c.name, after, upto, descending=self.descending, equal=equal)
        named = select(experiment.c.id).where(*beyond)
        return select(other.c.seq).where(other.c.experiment_id.in_(named))

    def absent(self) -> ColumnElement[bool]:
        """Return the condition that a run has no value."""
        return ~true()

    def step(self, condition: ColumnElement[bool] | None, after: Scalar, count: int) -> Select[Any]:
        """Return the next ``count`` values behind ``after`` of runs that meet the condition."""
        name = experiment.c.name
        beyond = _beyond(name, after, None, descending=self.descending, equal=False)
        query = select(name).join_from(experiment, run, run.c.experiment_id == experiment.c.id)
        query = query.where(*beyond)
        if condition is not None:
            query = query.where(condition)
        return query.order_by(name.desc() if self.descending else name.asc()).limit(count)


def axes_of(key: SortKey, known: Known) -> list[Axis]:
    """Return the columns that a key of an order means: of a param, numbers first and then texts."""
    field, down = key.field, key.descending
    key_id = known.keys.get(field.name, -1)
    if field.kind == "metric":
        name, aspect = known.metric(field)
        return [_metric_axis(known.keys.get(name, -1), aspect, descending=down)]
    if field.kind == "tag":
        return [HeldAxis(tag.alias(), key_id, "value" if key.as_text else "word", down)]
    if field.kind == "param" and key.as_text:
        table = param.alias()
        return [HeldAxis(table, key_id, "value", down, shown=plain_text(table.c.value))]
    if field.kind == "param":
        return [HeldAxis(param.alias(), key_id, name, down) for name in ("number", "word")]
    if field.name == "experiment":
        return [ExperimentAxis(down)]
    return [RunAxis(COLUMNS[field.name], down)]


def _metric_axis(key_id: int, aspect: str, *, descending: bool) -> HeldAxis:
    table = series.alias()
    if aspect not in ("min", "max"):
        return HeldAxis(table, key_id, "last", descending)
    # In words of SQL and not as a bound value: only so is the partial index used.
    one: ColumnElement[int] = literal_column("1")
    lone = series.alias()
    alone = HeldAxis(lone, key_id, "last", descending, only=lone.c.count <= one)
    return HeldAxis(table, key_id, aspect, descending, only=table.c.count > one, other=alone)


def count_upto(cx: Connection, rows: Select[Any], limit: int) -> int:
    """Return how many rows there are, counting no further than ``limit``."""
    one: Select[Any] = rows.with_only_columns(
        literal_column("1").label("one"), maintain_column_froms=True
    )
    some = one.limit(limit).subquery()
    return int(cx.execute(select(func.count()).select_from(some)).scalar_one())
