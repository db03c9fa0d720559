"""Owns what is looked at before runs are written: fields of a run, its params, times of points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError, did_you_mean
from mlops_lab.core.writing import Point, RunOrder

_PARAMS = (str, bool, int, float)


def order_of(fields: Mapping[str, Any]) -> RunOrder:
    """Return the order for a run of these fields.

    Raises:
        InvalidInputError: a field is unknown, or not what a run takes.
    """
    known = RunOrder.__struct_fields__
    for name in fields:
        if name not in known:
            hint = did_you_mean(name, known) or f"There are: {', '.join(known)}."
            raise InvalidInputError(f"A run has no field {name!r}.", hint=hint)
    check_params(fields.get("params") or {})
    try:
        return msgspec.convert(fields, RunOrder)
    except msgspec.ValidationError as error:
        raise InvalidInputError(
            f"The run cannot be made: {error}.", hint="See mlops_lab.core.writing.RunOrder."
        ) from error


def check_params(params: Mapping[str, Any]) -> None:
    """Look whether every param can be sent.

    Raises:
        InvalidInputError: one is neither text, number nor truth value; says which.
    """
    for name, value in params.items():
        what = _fault_of(value)
        if what is not None:
            raise InvalidInputError(
                f"The param {name!r} {what}; a param is a text, a finite number or a truth value.",
                hint=f"Leave it out, or send it as text: {str(value)[:80]!r}.",
            )


def _fault_of(value: Any) -> str | None:
    if value is None:
        return "has no value"
    if not isinstance(value, _PARAMS):
        return f"is of the type {type(value).__name__}"
    return f"is {value}" if isinstance(value, float) and not math.isfinite(value) else None


def with_times(points: Iterable[Point]) -> list[Point]:
    """Return the points; one that has no time gets the present one."""
    now = now_ms()
    return [
        point if point.time is not None else msgspec.structs.replace(point, time=now)
        for point in points
    ]
