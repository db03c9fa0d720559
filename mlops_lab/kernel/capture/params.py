"""Owns which values are params, and how a value becomes the text of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlops_lab.core.secrets import is_secret

from .cell import CellReading
from .metrics import to_number

MAX_READ_ITEMS = 100
"""A global that holds more values than this is data, not a param, and is not captured."""

MAX_READ_CHARS = 4_096
"""A global text that is longer than this is data, not a param, and is not captured."""

MASK = "'***'"
"""What stands for the value of a param whose name says that it is secret."""

_SCALARS = frozenset({int, float, str, bool, type(None)})
_CONTAINERS = frozenset({list, tuple, set, frozenset, dict})
_MAX_INT_BITS = 10_000


def is_simple(value: Any, *, items: int = 1_000_000) -> bool:
    """Tell whether ``value`` is a number, text, bool, None, or a container of at most ``items``."""
    left = items
    waiting = [value]
    while waiting:
        part = waiting.pop()
        kind = type(part)
        if kind is int and part.bit_length() > _MAX_INT_BITS:
            return False
        if kind in _CONTAINERS:
            left -= len(part)
            if left < 0:
                return False
            waiting.extend(part)
            if kind is dict:
                waiting.extend(part.values())
        elif kind not in _SCALARS:
            return False
    return True


def param_text(name: str, value: Any) -> str:
    """Return the Python literal of ``value``, or the mask when it is secret."""
    return MASK if is_secret(name, value) else repr(value)


def read_params(
    reading: CellReading, namespace: Mapping[str, Any], *, hidden: Mapping[str, Any]
) -> dict[str, str]:
    """Return the texts of the simple globals that the cell takes from what ran before it.

    Call it before the cell runs. ``hidden`` holds the names that IPython itself put there.
    """
    found: dict[str, str] = {}
    for name in reading.reads:
        value = namespace.get(name, found)
        if value is found or name.startswith("_") or hidden.get(name, found) is value:
            continue
        if isinstance(value, str) and len(value) > MAX_READ_CHARS:
            continue
        if is_simple(value, items=MAX_READ_ITEMS):
            text = param_text(name, value)
            if len(text) <= MAX_READ_CHARS:
                found[name] = text
    return found


def assigned_params(reading: CellReading, namespace: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of the names that still hold a literal that the cell gave them."""
    found: dict[str, str] = {}
    for name, literals in reading.literals.items():
        value = namespace.get(name, found)
        if name.startswith("_") or not _is_one_of(value, literals):
            continue
        found[name] = param_text(name, value)
    return found


def option_text(name: str, value: Any) -> str | None:
    """Return the text of a value that the user named as a param; None when it is not simple."""
    if is_simple(value):
        return param_text(name, value)
    number = to_number(value)
    return None if number is None else repr(number)


def _is_one_of(value: Any, literals: Iterable[Any]) -> bool:
    same_type = [literal for literal in literals if type(literal) is type(value)]
    # A list may have been filled with objects whose == has effects, so this comes first.
    return bool(same_type) and is_simple(value) and any(value == literal for literal in same_type)
