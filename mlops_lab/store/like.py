"""Owns how texts are matched in the words of either database: patterns, parts, beginnings, folders."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, collate, func, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from .rows import storable

_ESCAPE = "\\"
_GLOB_MARKS = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}


class ByBytes(FunctionElement[str]):
    """A text that is compared and sorted by its bytes, as SQLite does and no locale of PostgreSQL."""

    inherit_cache = True
    name = "by_bytes"
    type = Text()


@compiles(ByBytes)
def _plain(element: ByBytes, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(next(iter(element.clauses)), **options)


@compiles(ByBytes, "postgresql")
def _collated(element: ByBytes, compiler: SQLCompiler, **options: Any) -> str:
    return f'({compiler.process(next(iter(element.clauses)), **options)} COLLATE "C")'


def like(column: ColumnElement[Any], pattern: str, *, dialect: str) -> ColumnElement[bool]:
    """Return that a text matches a pattern with ``%`` and ``_`` and no escape; case counts."""
    if dialect == "postgresql":
        return column.like(_escaped(pattern, _ESCAPE), escape=_ESCAPE)
    # SQLite's own LIKE takes ASCII letters of either case for the same.
    return column.op("GLOB", is_comparison=True)(_glob(pattern))


def ilike(column: ColumnElement[Any], pattern: str, *, dialect: str) -> ColumnElement[bool]:
    """Return that a text matches a pattern with ``%`` and ``_`` and no escape, whatever the case."""
    return _ilike(column, _escaped(pattern, _ESCAPE), dialect)


def contains(column: ColumnElement[Any], part: str, *, dialect: str) -> ColumnElement[bool]:
    """Return that ``part`` is in a text, whatever the case."""
    return _ilike(column, f"%{_escaped(part, _ESCAPE, '%', '_')}%", dialect)


def begins(column: ColumnElement[Any], prefix: str, *, dialect: str) -> ColumnElement[bool]:
    """Return that a text begins so, whatever the case."""
    return _ilike(column, f"{_escaped(prefix, _ESCAPE, '%', '_')}%", dialect)


def holds(column: ColumnElement[Any], piece: str, *, dialect: str) -> ColumnElement[bool]:
    """Return that a text holds a piece anywhere, whatever the case."""
    return _ilike(column, f"%{_escaped(piece, _ESCAPE, '%', '_')}%", dialect)


def begins_with(column: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    """Return that a text begins with exactly these letters: a range, so that an index helps."""
    after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    text = ByBytes(column)
    return and_(text >= prefix, text < after)


def below(path: ColumnElement[Any], folder: str) -> ColumnElement[bool]:
    """Return that a path lies in a folder, or in one of its folders."""
    return begins_with(path, f"{storable(folder.rstrip('/'))}/")


def _ilike(column: ColumnElement[Any], escaped: str, dialect: str) -> ColumnElement[bool]:
    if dialect == "postgresql":
        # A column that is sorted by its bytes knows the case of ASCII letters only.
        return collate(column, "default").ilike(literal(escaped, Text()), escape=_ESCAPE)
    if escaped.isascii():
        return column.like(escaped, escape=_ESCAPE)
    # SQLite itself knows upper and lower case of ASCII letters only.
    return or_(
        column.like(escaped, escape=_ESCAPE),
        func.lab_casefold(column).like(escaped.casefold(), escape=_ESCAPE),
    )


def _escaped(text: str, *special: str) -> str:
    for one in special:
        text = text.replace(one, _ESCAPE + one)
    return text


def _glob(pattern: str) -> str:
    return "".join(_GLOB_MARKS.get(character, character) for character in pattern)
