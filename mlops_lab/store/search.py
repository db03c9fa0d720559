"""Owns the terms of a search over runs and the SQL conditions that they mean; values are bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from mlops_lab.core.errors import InvalidInputError

from .rows import storable
from .search_captured import CAPTURED_FIELDS, DOTTED, LOOKED_UP, PACKAGE, runs_with
from .tables import experiment as experiment_table, key, param, run, series, tag
from .tracking import number_of

Operator = Literal[":", "=", "!=", "<", "<=", ">", ">="]

_RUN_FIELDS = ("name", "notebook", "experiment", "user", "status", "source", "id")
TEXT_FIELDS = (*_RUN_FIELDS, *CAPTURED_FIELDS)
NAMED_FIELDS = ("params", "metrics", "tags", PACKAGE)

_COLUMNS: dict[str, ColumnElement[str]] = {
    "name": run.c.name,
    "notebook": run.c.notebook_path,
    "experiment": experiment_table.c.name,
    "user": run.c.user,
    "status": run.c.status,
    "source": run.c.source,
    "id": run.c.id,
    "parent": run.c.parent_run_id,
    "identity": run.c.identity,
}
NO_PARENT = "none"
"""Asks for runs that are nobody's children."""

_SEARCHED = ("name", "notebook", "experiment", "user", "status")
_LITERALS = {"true": "True", "false": "False", "none": "None"}


class Term(msgspec.Struct, frozen=True):
    """One condition on a run; ``position`` is where it stands in the user's text, from 1.

    A term without a field is a word that may be anywhere. ``name`` is that of a param, metric or
    tag, for the fields that hold many.
    """

    field: str | None
    name: str | None
    operator: Operator
    value: str
    position: int


def conditions(terms: Sequence[Term], *, dialect: str) -> list[ColumnElement[bool]]:
    """Return what a run must meet, over the tables ``run`` and ``experiment``.

    Raises:
        InvalidInputError: a term asks for an order of texts, or compares with what is no number.
    """
    return [_condition(term, dialect) for term in terms]


def in_notebook(path: str) -> ColumnElement[bool]:
    """Return the condition that a run is of the notebook with exactly this path."""
    return run.c.notebook_path == storable(path)


def exactly(
    *, experiment: str | None = None, identity: str | None = None
) -> list[ColumnElement[bool]]:
    """Return the conditions that a run is of exactly this experiment, and of this identity."""
    wanted = ((experiment_table.c.name, experiment), (run.c.identity, identity))
    return [column == storable(text) for column, text in wanted if text is not None]


def child_of(run_id: str | None) -> ColumnElement[bool]:
    """Return the condition that a run is a child of this one; of None, that it is nobody's."""
    if run_id is None:
        return run.c.parent_run_id.is_(None)
    return run.c.parent_run_id == run_id


def _condition(term: Term, dialect: str) -> ColumnElement[bool]:
    if term.field is None:
        return _anywhere(term.value, dialect)
    if term.field == "parent" and term.value.lower() == NO_PARENT:
        has_none = child_of(None)
        return ~has_none if term.operator == "!=" else has_none
    if term.field == PACKAGE or term.field in LOOKED_UP:
        return _captured(term, dialect)
    if term.field == "metrics":
        return exists(_metric(term))
    if term.field in ("params", "tags"):
        return exists(_param_or_tag(term, dialect))
    column = _COLUMNS[term.field]
    return _text(column, term, dialect)


def _anywhere(word: str, dialect: str) -> ColumnElement[bool]:
    names = select(key.c.id).where(_contains(key.c.name, word, dialect))
    has_param = exists(
        select(param.c.run_id).where(param.c.run_id == run.c.id, param.c.key_id.in_(names))
    )
    return or_(*(_contains(_COLUMNS[field], word, dialect) for field in _SEARCHED), has_param)


def _text(column: ColumnElement[str], term: Term, dialect: str) -> ColumnElement[bool]:
    if term.operator == ":":
        return _contains(column, term.value, dialect)
    if term.operator == "=":
        return column == term.value
    if term.operator == "!=":
        return func.coalesce(column, "") != term.value
    raise _no_order(term)


def _captured(term: Term, dialect: str) -> ColumnElement[bool]:
    """Ask for what is captured of the run; ``!=`` holds when none of it is equal."""

    def compare(column: ColumnElement[str]) -> ColumnElement[bool]:
        if term.operator == ":":
            return _contains(column, term.value, dialect)
        if term.field in DOTTED:
            return or_(column == term.value, _ends_with(column, f".{term.value}"))
        return column == term.value

    if term.operator not in (":", "=", "!="):
        raise _no_order(term)
    found = run.c.id.in_(runs_with(term.field or "", term.name, compare))
    return ~found if term.operator == "!=" else found


def _no_order(term: Term) -> InvalidInputError:
    field = f"{term.field}.{term.name}" if term.name else term.field
    return InvalidInputError(
        f"{field!r} has no order, at character {term.position} of the filter.",
        hint=f"Use {field}:{term.value} or {field} = {term.value}.",
    )


def _contains(column: ColumnElement[str], word: str, dialect: str) -> ColumnElement[bool]:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if dialect == "postgresql":
        return column.ilike(f"%{escaped}%", escape="\\")
    if word.isascii():
        return column.like(f"%{escaped}%", escape="\\")
    # SQLite itself knows upper and lower case of ASCII letters only.
    return func.lab_casefold(column).like(f"%{escaped.casefold()}%", escape="\\")


def _ends_with(column: ColumnElement[str], end: str) -> ColumnElement[bool]:
    # Not by LIKE: SQLite's knows no upper and lower case.
    return func.substr(column, func.length(column) - len(end) + 1) == end


def _metric(term: Term) -> Select[tuple[str]]:
    query = (
        select(series.c.run_id)
        .join(key, key.c.id == series.c.key_id)
        .where(series.c.run_id == run.c.id, key.c.name == term.name)
    )
    if term.value.lower() == "nan" and term.operator in (":", "=", "!="):
        is_nan = series.c.last.is_(None)
        return query.where(~is_nan if term.operator == "!=" else is_nan)
    return query.where(_number(series.c.last, term, _number_of(term)))


def _param_or_tag(term: Term, dialect: str) -> Select[tuple[str]]:
    table = param if term.field == "params" else tag
    query = (
        select(table.c.run_id)
        .join(key, key.c.id == table.c.key_id)
        .where(table.c.run_id == run.c.id, key.c.name == term.name)
    )
    if term.operator == ":":
        return query.where(_contains(table.c.value, term.value, dialect))
    if term.operator in ("=", "!="):
        same = _same_value(term)
        return query.where(~same if term.operator == "!=" else same)
    if table is tag:
        return query.where(_text(table.c.value, term, dialect))
    return query.where(_number(param.c.number, term, _number_of(term)))


def _same_value(term: Term) -> ColumnElement[bool]:
    if term.field == "tags":
        return tag.c.value == term.value
    # A param is stored as its Python literal; people type the bare word as well.
    forms = {term.value, repr(term.value), _LITERALS.get(term.value.lower(), term.value)}
    same: ColumnElement[bool] = param.c.value.in_(sorted(forms))
    number = number_of(term.value)
    if number is None:
        return same
    return or_(same, and_(param.c.number.is_not(None), param.c.number == number))


def _number_of(term: Term) -> float:
    try:
        number = float(term.value)
    except ValueError:
        number = float("nan")
    if number == number:  # noqa: PLR0124 - only NaN differs from itself
        return number
    raise InvalidInputError(
        f"{term.value!r} is not a number, at character {term.position} of the filter.",
        hint=f"Compare {term.field}.{term.name} with a number such as 0.8.",
    )


def _number(column: ColumnElement[float], term: Term, number: float) -> ColumnElement[bool]:
    match term.operator:
        case "<":
            return column < number
        case "<=":
            return column <= number
        case ">":
            return column > number
        case ">=":
            return column >= number
        case "!=":
            return column != number
        case _:
            return column == number
