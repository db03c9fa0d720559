"""Owns how a metric value travels: JSON has no NaN or infinity, so these three go as words."""

from __future__ import annotations

import math
from typing import Literal

WireNumber = float | Literal["NaN", "Infinity", "-Infinity"]
"""A metric value in JSON: a number, or one of three words."""


def to_wire(value: float) -> WireNumber:
    """Return ``value`` in the form that JSON can carry."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def from_wire(value: WireNumber) -> float:
    """Return the float that ``value`` stands for."""
    return float(value)
