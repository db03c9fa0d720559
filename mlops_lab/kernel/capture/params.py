"""Owns which values are params, and how a value becomes the text of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mlops_lab.core.secretnames import is_secret_name
from mlops_lab.core.secrets import mask_value

from .metrics import to_number
from .plain import CONTAINERS, SCALARS, NotPlainError, plain_value

MAX_READ_ITEMS = 100
"""A global that holds more values than this is data, not a param, and is not captured."""

MAX_READ_CHARS = 4_096
"""A global text that is longer than this is data, not a param, and is not captured."""

MASK = "'***'"
"""What stands for the value of a param whose name says that it is secret."""

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
        if kind in CONTAINERS:
            left -= len(part)
            if left < 0:
                return False
            waiting.extend(part)
            if kind is dict:
                waiting.extend(part.values())
        elif kind not in SCALARS:
            return False
    return True


def param_text(name: str, value: Any) -> str:
    """Return the Python literal of ``value``, with every secret in it masked."""
    is_number = value is None or type(value) in {bool, int, float}
    return MASK if not is_number and is_secret_name(name) else repr(mask_value(name, value))


def masked_tag(name: str, text: str) -> str:
    """Return the text of a tag with every secret in it masked."""
    return str(mask_value(name, text))


def literal_text(name: str, value: Any, *, items: int = 1_000_000) -> str | None:
    """Return the literal that stands for a value of at most ``items`` parts; None when none does."""
    if is_simple(value, items=items):
        return param_text(name, value)
    try:
        return param_text(name, plain_value(value, items=items))
    except NotPlainError:
        return None


def option_text(name: str, value: Any) -> str | None:
    """Return the text of a value that the user named as a param; None when it is not simple."""
    text = literal_text(name, value)
    if text is not None:
        return text
    number = to_number(value)
    if number is not None:
        return repr(number)
    kind = type(value)
    if kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.size <= MAX_READ_ITEMS:
        return literal_text(name, value.tolist())
    return None


def is_one_of(value: Any, literals: Iterable[Any]) -> bool:
    """Tell whether a value is still one of the literals, by type and content."""
    same_type = [literal for literal in literals if type(literal) is type(value)]
    # A list may have been filled with objects whose == has effects, so this comes first.
    return bool(same_type) and is_simple(value) and any(value == literal for literal in same_type)
