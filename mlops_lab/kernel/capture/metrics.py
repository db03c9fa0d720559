"""Owns which values are metrics: real numbers, and arrays and tensors of no dimension."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Mapping
from numbers import Real
from typing import Any

from .cell import CellReading

_PLAIN_KINDS = frozenset({type, ABCMeta})


def to_number(value: Any) -> float | None:
    """Return ``value`` as a float when it is a real number but no bool, otherwise None.

    Scalars, arrays and tensors of no dimension of numpy, torch, JAX and the like give their item.
    """
    kind = type(value)
    if kind is float:
        return float(value)
    if kind is bool:
        return None
    try:
        if kind is int:
            return float(value)
        # A metaclass of the user's may compute something to answer; those of numbers do not.
        if issubclass(kind, float | int) or (type(kind) in _PLAIN_KINDS and issubclass(kind, Real)):
            return None if issubclass(kind, bool) else _real(value, kind)
        item = _scalar_item(value, kind)
        return float(item) if isinstance(item, int | float) and not isinstance(item, bool) else None
    except Exception:  # noqa: BLE001 - the user's object decides what it raises
        return None


def _real(value: Any, kind: type) -> float | None:
    # A subclass of the user's may compute something to answer; the number is in it all the same.
    for base in (float, int):
        if issubclass(kind, base):
            return base.__float__(value)
    return None if kind.__module__ == "__main__" else float(value)


def _scalar_item(value: Any, kind: type) -> Any:
    """Return the item of an array of no dimension of a library; None for anything else."""
    # On the class: an object may answer any attribute, or compute something to answer.
    if kind.__module__.partition(".")[0] in {"__main__", "builtins"} or not hasattr(kind, "ndim"):
        return None
    if not hasattr(kind, "item") and not hasattr(kind, "numpy"):
        return None
    if value.ndim != 0:
        return None
    return value.item() if hasattr(kind, "item") else value.numpy().item()


def numbers_before(reading: CellReading, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tells the numbers that names, which the cell may compute anew, hold before it.

    These are plain numbers themselves, and the identities of others: what the cell lets go of, such
    as a tensor with its graph, must go when it would go without us.
    """
    held = {name: namespace[name] for name in reading.computed if name in namespace}
    return {name: _mark(value) for name, value in held.items() if to_number(value) is not None}


def _mark(value: Any) -> Any:
    return value if type(value) in {int, float} else _Identity(id(value))


def _is_same(mark: Any, value: Any) -> bool:
    return mark.of == id(value) if type(mark) is _Identity else mark is value


class _Identity:
    __slots__ = ("of",)

    def __init__(self, of: int) -> None:
        self.of = of


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
        if name in before and not (certain and ended_well) and _is_same(before[name], value):
            continue
        number = to_number(value)
        if number is not None:
            found[name] = number
    return found
