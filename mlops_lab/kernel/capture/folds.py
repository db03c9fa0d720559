"""Owns how the results of a cross-validation become metrics: one point a fold, mean and spread."""

from __future__ import annotations

import statistics
from typing import Any

from .families import is_of
from .metrics import to_number

VALIDATORS = frozenset({"cross_val_score", "cross_validate", "permutation_test_score"})
"""The functions whose results have one number a fold."""

MAX_FOLDS = 1_000
"""An array with more numbers than this holds no folds."""

MAX_SERIES = 100
"""Of a frame so many columns are looked at."""


def folds_of(name: str, result: Any) -> dict[str, list[float]]:
    """Return the numbers of each series of folds in what a validator returned, by metric.

    ``cross_val_score`` gives one array, named ``name``; ``cross_validate`` a dict of arrays, such as
    ``name.test_score``. So does the frame that such a dict was made to.
    """
    if is_of(result, "pandas", "DataFrame"):
        result = {str(key): result[key].to_numpy() for key in result.columns[:MAX_SERIES]}
    if type(result) is dict:
        parts = {f"{name}.{key}": _numbers(part) for key, part in result.items()}
        return {key: numbers for key, numbers in parts.items() if numbers}
    numbers = _numbers(result)
    return {name: numbers} if numbers else {}


def mean_and_spread(numbers: list[float]) -> tuple[float, float]:
    """Return the arithmetic mean and the standard deviation of the sample (n - 1; 0 for one)."""
    try:
        mean = statistics.fmean(numbers)
        return mean, statistics.stdev(numbers) if len(numbers) > 1 else 0.0
    except (OverflowError, ValueError, AttributeError):
        # The sum of infinities of both signs is no number; older versions fail on NaN and inf.
        return float("nan"), float("nan")


def _numbers(part: Any) -> list[float]:
    kind = type(part)
    if kind.__module__ != "numpy" or kind.__name__ != "ndarray" or part.ndim != 1:
        return []
    if not 0 < part.size <= MAX_FOLDS or part.dtype.kind not in "fiu":
        return []
    return [number for number in map(to_number, part.tolist()) if number is not None]
