"""Owns LIKE as MLflow means it, with case or without, in the words of either database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func


def like(column: ColumnElement[Any], pattern: str, *, dialect: str) -> ColumnElement[bool]:
    """Return that a text matches a pattern with ``%`` and ``_``; case counts."""
    if dialect == "sqlite":
        # SQLite's own LIKE takes ASCII letters of either case for the same.
        return column.op("GLOB")(_glob(pattern))
    return column.like(pattern.replace("\\", "\\\\"))


def ilike(column: ColumnElement[Any], pattern: str, *, dialect: str) -> ColumnElement[bool]:
    """Return that a text matches a pattern with ``%`` and ``_``, whatever the case."""
    if dialect == "sqlite":
        return func.lower(column).op("GLOB")(_glob(pattern.lower()))
    return column.ilike(pattern.replace("\\", "\\\\"))


def _glob(pattern: str) -> str:
    special = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return "".join(special.get(char, char) for char in pattern)
