"""Owns paging by place: rows in any order, and those that come after the last one of a page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, or_

from mlops_lab.core.errors import UnknownInputError

Scalar = str | int | float


class Place(msgspec.Struct, frozen=True):
    """One column of an order: never NULL, and all of them together tell rows apart."""

    column: ColumnElement[Any]
    ascending: bool = True


def order_of(places: Sequence[Place]) -> list[ColumnElement[Any]]:
    """Return the ORDER BY of the places."""
    return [p.column.asc() if p.ascending else p.column.desc() for p in places]


def after(places: Sequence[Place], values: Sequence[Scalar]) -> ColumnElement[bool]:
    """Return the condition that a row comes after the one with these values."""
    cases = []
    for index, place in enumerate(places):
        same = [p.column == value for p, value in zip(places[:index], values, strict=False)]
        value = values[index]
        beyond = place.column > value if place.ascending else place.column < value
        cases.append(and_(*same, beyond))
    return or_(*cases)


def write_token(values: Sequence[Scalar]) -> str:
    """Return the token of the page that begins after the row with these values."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(values))).decode().rstrip("=")


def read_token(token: str, places: Sequence[Place]) -> list[Scalar]:
    """Return the values that a token means.

    Raises:
        UnknownInputError: it is no token of a list in this order.
    """
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        values: list[Scalar] = msgspec.json.decode(text, type=list[str | int | float])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        values = []
    fits = len(values) == len(places) and all(
        _fits(value, place) for value, place in zip(values, places, strict=True)
    )
    if not fits:
        raise UnknownInputError(
            f"The page token {token[:60]!r} cannot be read.",
            hint="Begin again with the first page.",
        )
    return values


def _fits(value: Scalar, place: Place) -> bool:
    kind = place.column.type.python_type
    if kind is str:
        return isinstance(value, str) and "\x00" not in value
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return kind is float and isinstance(value, float)
