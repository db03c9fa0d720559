"""Owns how texts are compared in SQL alike on both databases; values are bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, case, func

from mlops_lab.core.query import Operator, Value

from .like import contains, ilike, like

_QUOTES = ("'", '"')
_PLACEHOLDER = "\x01"
_ESCAPES = (("\\\\", _PLACEHOLDER), ("\\'", "'"), ("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"))

Text = ColumnElement[Any]


def ends_with(column: Text, end: str) -> ColumnElement[bool]:
    """Ask for the end of a text, exactly."""
    # Not by LIKE: SQLite's knows no upper and lower case.
    return func.substr(column, func.length(column) - len(end) + 1) == end


def compare(column: Text, operator: Operator, value: Value, dialect: str) -> ColumnElement[bool]:
    """Return a comparison of a text that is there; of one that is NULL it may be NULL.

    ``LIKE`` knows upper and lower case and ``ILIKE`` does not, as in MLflow; neither has an escape.
    """
    if operator in ("is null", "is not null"):
        return column.is_(None) if operator == "is null" else column.is_not(None)
    if operator.startswith("not "):
        positive: Operator = cast("Operator", operator.removeprefix("not "))
        return ~compare(column, positive, value, dialect)
    if isinstance(value, tuple):
        return column.in_(value)
    text = str(value)
    conditions: dict[str, Callable[[], ColumnElement[bool]]] = {
        ":": lambda: contains(column, text, dialect=dialect),
        "=": lambda: column == text,
        "!=": lambda: column != text,
        "like": lambda: like(column, text, dialect=dialect),
        "ilike": lambda: ilike(column, text, dialect=dialect),
    }
    return conditions[operator]()


def is_there(column: Text, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition that is false, and not NULL, for a column that is NULL."""
    return and_(column.is_not(None), condition)


def plain_text(literal: Text) -> ColumnElement[str]:
    """Return what is in the quotes of a Python literal of a text, and any other literal as it is."""
    inner: ColumnElement[str] = func.substr(literal, 2, func.length(literal) - 2)
    for written, meant in (*_ESCAPES, (_PLACEHOLDER, "\\")):
        inner = func.replace(inner, written, meant)
    return case((func.substr(literal, 1, 1).in_(_QUOTES), inner), else_=literal)
