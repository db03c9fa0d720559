"""Owns how a small value of any known kind becomes a literal: paths, dates, enums, numpy's numbers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any
from uuid import UUID

from mlops_lab.core.secretshapes import MASKED

SCALARS = frozenset({int, float, str, bool, type(None)})
CONTAINERS = frozenset({list, tuple, set, frozenset, dict})

_MAX_INT_BITS = 10_000
_MAX_DEPTH = 20
_WRITTEN: dict[type, Callable[[Any], str]] = {
    **dict.fromkeys((PosixPath, PurePosixPath, WindowsPath, PureWindowsPath, UUID), str),
    **dict.fromkeys((timedelta, Fraction), str),
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
}
_LIBRARY_WRITTEN = frozenset(
    {("torch", "device"), ("torch", "dtype"), ("pandas", "Timestamp"), ("pandas", "Timedelta")}
)
_HIDDEN = frozenset({"SecretStr", "SecretBytes"})


class NotPlainError(Exception):
    """The value is none that a short literal can stand for."""


def plain_value(value: Any, *, items: int) -> Any:
    """Return ``value`` made of numbers, texts, bools, None and at most ``items`` of these.

    Paths, dates and members of enumerations become text, scalars of numpy the number that they
    hold. Nothing of a class that is not known is called.

    Raises:
        NotPlainError: it is, or holds, something else, or too much.
    """
    return _plain(value, [items], 0)


def _plain(value: Any, left: list[int], depth: int) -> Any:
    kind = type(value)
    if kind not in CONTAINERS:
        return plain_scalar(value)
    left[0] -= len(value)
    if left[0] < 0 or depth > _MAX_DEPTH:
        raise NotPlainError
    if kind is dict:
        return {
            _plain(key, left, depth + 1): _plain(part, left, depth + 1)
            for key, part in value.items()
        }
    try:
        return kind(_plain(part, left, depth + 1) for part in value)
    except TypeError:
        raise NotPlainError from None


def plain_scalar(value: Any) -> Any:
    """Return the number, text, bool or None that stands for ``value``.

    Raises:
        NotPlainError: none does.
    """
    kind = type(value)
    if kind in SCALARS:
        if kind is int and value.bit_length() > _MAX_INT_BITS:
            raise NotPlainError
        return value
    if kind in _WRITTEN:
        return _WRITTEN[kind](value)
    if kind is Decimal:
        return _decimal_value(value)
    if issubclass(kind, Enum):
        member = object.__getattribute__(value, "__dict__")
        return f"{kind.__name__}.{member.get('_name_') or member.get('_value_')}"
    return _library_value(value, kind)


def _decimal_value(value: Decimal) -> float | str:
    number = float(value)
    return number if number == value else str(value)


def _library_value(value: Any, kind: type) -> Any:
    root = str(getattr(kind, "__module__", "")).partition(".")[0]
    if root == "pydantic" and kind.__name__ in _HIDDEN:
        return MASKED
    if (root, kind.__name__) in _LIBRARY_WRITTEN:
        return str(value)
    numpy = sys.modules.get("numpy")
    if root != "numpy" or numpy is None or not issubclass(kind, numpy.generic):
        raise NotPlainError
    item = value.item()
    return item if type(item) in {int, float, str, bool} else str(value)
