"""Owns how a comparison of a filter becomes SQL that means the same in both databases."""

from __future__ import annotations

import operator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, or_, true

from mlops_lab.core.clauses import Value
from mlops_lab.core.errors import InvalidInputError

from .like import ilike, like
from .rows import storable

_PLAIN = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def compare(
    cx: Connection, column: ColumnElement[Any], comparator: str, value: Value
) -> ColumnElement[bool]:
    """Return ``column comparator value``. LIKE minds the case, ILIKE does not; ``%`` and ``_`` count.

    Raises:
        InvalidInputError: the comparator needs another kind of value, or is unknown.
    """
    if comparator == "IS NULL":
        return column.is_(None)
    if comparator == "IS NOT NULL":
        return column.is_not(None)
    if comparator in {"IN", "NOT IN"} and isinstance(value, tuple):
        wanted = [storable(item) for item in value]
        return column.in_(wanted) if comparator == "IN" else column.not_in(wanted)
    if isinstance(value, str):
        value = storable(value)
        if comparator in {"LIKE", "ILIKE"}:
            matches = like if comparator == "LIKE" else ilike
            return matches(column, value, dialect=cx.dialect.name)
    if comparator in _PLAIN and isinstance(value, str | float | int):
        compared: ColumnElement[bool] = _PLAIN[comparator](column, value)
        return compared
    raise InvalidInputError(f"Invalid comparator {comparator} for the value {value!r}.")


def all_of(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Return the condition that all of them hold; without any, one that always does."""
    return and_(*conditions) if conditions else true()


def any_of(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Return the condition that one of them holds; without any, one that never does."""
    return or_(*conditions) if conditions else false()
