"""Owns which values are metrics: real numbers, and arrays and tensors of no dimension."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

from .cell import CellReading


def to_number(value: Any) -> float | None:
    """Return ``value`` as a float when it is a real number but no bool, otherwise None.

    Scalars, arrays and tensors of numpy, torch and the like give their single item.
    """
    kind = type(value)
    if kind is float:
        return float(value)
    if kind is bool:
        return None
    try:
        if not isinstance(value, Real):
            # On the class: an object may answer any attribute, or compute something to answer.
            if not (hasattr(kind, "item") and hasattr(kind, "ndim") and value.ndim == 0):
                return None
            value = value.item()
        return float(value) if isinstance(value, Real) and not isinstance(value, bool) else None
    except Exception:  # noqa: BLE001 - the user's object decides what it raises
        return None


def numbers_before(reading: CellReading, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers that names, which the cell may compute anew, hold before it runs."""
    held = {name: namespace[name] for name in reading.computed if name in namespace}
    return {name: value for name, value in held.items() if to_number(value) is not None}


def computed_metrics(
    reading: CellReading,
    namespace: Mapping[str, Any],
    *,
    before: Mapping[str, Any],
    ended_well: bool,
) -> dict[str, float]:
    """Return the numbers that the cell computed at top level, in the order of their last binding.

    A name that an ``if``, a loop or an error may have left alone counts only if it holds another
    object than ``before``: an old number is no metric of this run.
    """
    found: dict[str, float] = {}
    for name, certain in reading.computed.items():
        if name.startswith("_") or name not in namespace:
            continue
        value = namespace[name]
        if name in before and before[name] is value and not (certain and ended_well):
            continue
        number = to_number(value)
        if number is not None:
            found[name] = number
    return found
