"""Owns how texts are compared in SQL alike on both databases; values are bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, case, func, or_

from mlops_lab.core.query import Operator, Value

_QUOTES = ("'", '"')
_PLACEHOLDER = "\x01"
_ESCAPES = (("\\\\", _PLACEHOLDER), ("\\'", "'"), ("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"))

Text = ColumnElement[Any]


def contains(column: Text, part: str, dialect: str) -> ColumnElement[bool]:
    """Ask for a part of a text, in upper or lower case."""
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _ilike(column, f"%{escaped}%", dialect, escape="\\")


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
        ":": lambda: contains(column, text, dialect),
        "=": lambda: column == text,
        "!=": lambda: column != text,
        "like": lambda: _like(column, text, dialect),
        "ilike": lambda: _ilike(column, text, dialect),
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


def _like(column: Text, pattern: str, dialect: str) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return column.like(pattern.replace("\\", "\\\\"), escape="\\")
    # GLOB knows upper and lower case, which SQLite's LIKE does not.
    marks = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    found: ColumnElement[bool] = column.op("GLOB", is_comparison=True)(
        "".join(marks.get(character, character) for character in pattern)
    )
    return found


def _ilike(
    column: Text, pattern: str, dialect: str, *, escape: str | None = None
) -> ColumnElement[bool]:
    if dialect == "postgresql":
        if escape is None:
            pattern, escape = pattern.replace("\\", "\\\\"), "\\"
        return column.ilike(pattern, escape=escape)
    if pattern.isascii():
        return column.like(pattern, escape=escape)
    # SQLite itself knows upper and lower case of ASCII letters only.
    return or_(
        column.like(pattern, escape=escape),
        func.lab_casefold(column).like(pattern.casefold(), escape=escape),
    )
