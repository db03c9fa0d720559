"""Owns what a logging call may be given: names, numbers, steps and times, and what is said if not."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.limits import check_key

from .capture.metrics import to_number
from .capture.params import option_text, param_text

_MIN_STEP, _MAX_STEP = -(2**63), 2**63 - 1
_MAX_SHOWN = 80


def checked_name(kind: str, name: Any) -> str:
    """Return ``name`` when it can name a ``kind``, such as a metric.

    Raises:
        InvalidInputError: it is no text.
        LimitError: it is empty, too long, or holds a control character.
    """
    if not isinstance(name, str):
        raise InvalidInputError(
            f"The name of a {kind} is a text; {name!r} is a {type(name).__name__}.",
            hint=f"Write it in quotes, such as {str(name)!r}.",
        )
    return check_key(kind, name)


def checked_number(name: str, value: Any) -> float:
    """Return the value of the metric ``name`` as a float.

    Raises:
        InvalidInputError: it is no real number, or one that no float can hold.
    """
    number = to_number(value)
    if number is not None:
        return number
    shown = repr(value) if isinstance(value, str | bool | int) else "it"
    raise InvalidInputError(
        f"The metric {name!r} needs a number; {shown[:_MAX_SHOWN]} is a {type(value).__name__}.",
        hint="Convert it first, for example with float(...), or log it as a param or tag.",
    )


def checked_step(name: str, step: Any) -> int:
    """Return the step of a point of the metric ``name``.

    Raises:
        InvalidInputError: it is no whole number of at most 64 bits.
    """
    try:
        whole = operator.index(step)
    except TypeError:
        whole = None
    if whole is None or isinstance(step, bool) or not _MIN_STEP <= whole < _MAX_STEP:
        raise InvalidInputError(
            f"The step of metric {name!r} is {step!r} ({type(step).__name__}).",
            hint="Give a whole number of at most 64 bits, or leave it out to count on.",
        )
    return whole


def checked_time(name: str, time: Any) -> Millis:
    """Return the time of a point in epoch milliseconds; a ``datetime`` without zone is local time.

    Raises:
        InvalidInputError: it is neither a whole number of milliseconds nor a ``datetime``.
    """
    if isinstance(time, datetime):
        return round(time.timestamp() * 1000)
    try:
        whole = operator.index(time)
    except TypeError:
        whole = -1
    if isinstance(time, bool) or not 0 <= whole < _MAX_STEP:
        raise InvalidInputError(
            f"The timestamp of metric {name!r} is {time!r} ({type(time).__name__}).",
            hint="Give milliseconds since 1970 as a whole number, or a datetime.",
        )
    return whole


def option_value_text(name: str, written: str, parse: Callable[[str], Any]) -> str:
    """Return the param text of ``NAME=VALUE``: a Python literal, and otherwise the text itself."""
    try:
        value = parse(written)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        value = written
    text = option_text(name, value)
    return param_text(name, written) if text is None else text
