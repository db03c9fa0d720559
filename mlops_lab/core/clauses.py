"""Owns the filters of MLflow's registry and traces: comparisons that are joined by AND."""

from __future__ import annotations

import re
from typing import NoReturn

import msgspec

from .errors import InvalidInputError

MAX_FILTER_CHARS = 10_000
"""Longest filter."""

MAX_CLAUSES = 50
"""Most comparisons in one filter."""

_LEFT = re.compile(
    r"""\s*(?:(?P<entity>[A-Za-z_]\w*)\s*\.\s*(?P<quoted>`[^`]+`|"[^"]+")"""
    r"""|(?P<alone>`[^`]+`|"[^"]+")|(?P<bare>[A-Za-z_][\w.\-/:@]*))""",
    re.VERBOSE,
)
_COMPARATOR = re.compile(
    r"\s*(?P<word>!=|>=|<=|=|>|<|(?:NOT\s+)?I?LIKE\b|RLIKE\b|(?:NOT\s+)?IN\b"
    r"|IS\s+NOT\s+NULL\b|IS\s+NULL\b)",
    re.IGNORECASE,
)
_TEXT = r"""'(?:[^']|'')*'|"(?:[^"]|"")*\""""
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_VALUE = re.compile(
    rf"\s*(?:(?P<text>{_TEXT})|(?P<number>{_NUMBER})|(?P<word>true|false)\b)", re.IGNORECASE
)
_LIST = re.compile(rf"\s*\(\s*(?P<items>(?:{_TEXT})(?:\s*,\s*(?:{_TEXT}))*\s*,?)\s*\)")
_ITEM = re.compile(_TEXT)
_AND = re.compile(r"\s+AND\b", re.IGNORECASE)

Value = str | float | tuple[str, ...] | None


class Clause(msgspec.Struct, frozen=True):
    """One comparison. ``entity`` is the word before the dot, such as ``tags``; empty without one."""

    entity: str
    key: str
    comparator: str
    value: Value


class OrderBy(msgspec.Struct, frozen=True):
    """One column of an order."""

    entity: str
    key: str
    ascending: bool


def parse_clauses(text: str | None) -> list[Clause]:
    """Return the comparisons of a filter such as ``name LIKE 'x%' AND tags.a = '1'``.

    Raises:
        InvalidInputError: it cannot be read; the message says at which character.
    """
    text = _clean(text or "").rstrip()
    if len(text) > MAX_FILTER_CHARS:
        raise InvalidInputError(
            f"The filter has {len(text):,} characters.", hint=f"The limit is {MAX_FILTER_CHARS:,}."
        )
    clauses: list[Clause] = []
    place = 0
    while text.strip():
        clause, place = _read_clause(text, place)
        clauses.append(clause)
        if len(clauses) > MAX_CLAUSES:
            raise InvalidInputError(f"A filter takes at most {MAX_CLAUSES} comparisons.")
        if place >= len(text):
            break
        joined = _AND.match(text, place)
        if joined is None:
            _refuse(text, place)
        place = joined.end()
    return clauses


def parse_order(text: str) -> OrderBy:
    """Return the column and direction of a text such as ``name DESC``.

    Raises:
        InvalidInputError: it is neither a column nor a column with ASC or DESC.
    """
    text = _clean(text)
    left = _LEFT.match(text)
    rest = text[left.end() :].strip().upper() if left else "?"
    if left is None or rest not in {"", "ASC", "DESC"}:
        raise InvalidInputError(
            f"Invalid order_by clause '{text[:200]}'.", hint="Write a column, then ASC or DESC."
        )
    entity, key = _entity_and_key(left)
    return OrderBy(entity, key, rest != "DESC")


def _clean(text: str) -> str:
    # What no database can hold cannot be looked for either.
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _read_clause(text: str, place: int) -> tuple[Clause, int]:
    left = _LEFT.match(text, place)
    if left is None:
        _refuse(text, place)
    entity, key = _entity_and_key(left)
    found = _COMPARATOR.match(text, left.end())
    if found is None:
        _refuse(text, place)
    comparator = " ".join(found["word"].upper().split())
    if comparator.endswith("NULL"):
        return Clause(entity, key, comparator, None), found.end()
    if comparator.endswith("IN"):
        listed = _LIST.match(text, found.end())
        if listed is None:
            _refuse(text, place)
        items = tuple(_unquoted(item) for item in _ITEM.findall(listed["items"]))
        return Clause(entity, key, comparator, items), listed.end()
    value = _VALUE.match(text, found.end())
    if value is None:
        _refuse(text, place)
    if value["number"] is not None:
        return Clause(entity, key, comparator, float(value["number"])), value.end()
    written = value["word"].lower() if value["word"] else _unquoted(value["text"])
    return Clause(entity, key, comparator, written), value.end()


def _entity_and_key(left: re.Match[str]) -> tuple[str, str]:
    if left["quoted"] is not None:
        return left["entity"], left["quoted"][1:-1]
    if left["alone"] is not None:
        return "", left["alone"][1:-1]
    entity, dot, key = left["bare"].partition(".")
    return (entity, key) if dot else ("", entity)


def _unquoted(text: str) -> str:
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def _refuse(text: str, place: int) -> NoReturn:
    shown = text[place : place + 200].strip()
    raise InvalidInputError(
        f"Invalid clause(s) in filter string: '{shown}' at character {place + 1}.",
        hint="Write KEY COMPARATOR 'VALUE', and AND between two of them.",
    )
