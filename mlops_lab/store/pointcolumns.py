"""Owns points in memory: columns of neighbours, and how few of them show what they all do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from math import isnan
from operator import le

import msgspec

EACH = 2
"""Points that a bucket without NaN keeps: the lowest and the highest."""
EACH_WITH_GAPS = 3
"""Points that a bucket keeps where there may be NaNs."""

_NAN = float("nan")


class Columns(msgspec.Struct):
    """Points of one series; ``elapsed`` is milliseconds since its ``first_time``; NaN is NaN."""

    ordinals: list[int] = []
    steps: list[int] = []
    elapsed: list[int] = []
    values: list[float] = []

    def __len__(self) -> int:
        return len(self.ordinals)

    def extend(self, other: Columns) -> None:
        """Append the points of ``other``."""
        self.ordinals += other.ordinals
        self.steps += other.steps
        self.elapsed += other.elapsed
        self.values += other.values

    def part(self, low: int, high: int) -> Columns:
        """Return the points at the places from ``low`` up to ``high``."""
        return Columns(
            self.ordinals[low:high],
            self.steps[low:high],
            self.elapsed[low:high],
            self.values[low:high],
        )

    def take(self, places: Sequence[int]) -> Columns:
        """Return the points at these places."""
        return Columns(
            [self.ordinals[at] for at in places],
            [self.steps[at] for at in places],
            [self.elapsed[at] for at in places],
            [self.values[at] for at in places],
        )

    def is_sorted(self) -> bool:
        """Whether they came in the order of their steps."""
        return all(
            all(map(le, column, islice(column, 1, None))) for column in (self.steps, self.ordinals)
        )

    def by_step(self) -> Columns:
        """Return them by step, and those of one step by arrival."""
        places = sorted(range(len(self)), key=lambda at: (self.steps[at], self.ordinals[at]))
        return self.take(places)

    def nan_count(self) -> int:
        """Return how many values are NaN."""
        return sum(map(isnan, self.values))


def of_rows(rows: Iterable[tuple[int, int, int, float | bytes | None]]) -> Columns:
    """Return points that are stored as (ordinal, step, elapsed, value)."""
    whole = list(rows)
    if not whole:
        return Columns()
    ordinals, steps, elapsed, values = (list(column) for column in zip(*whole, strict=True))
    return Columns(ordinals, steps, elapsed, [_float_of(value) for value in values])


NEGATIVE_ZERO = b"-0.0"
"""What stands for -0.0 in a row of SQLite, which would store it as 0."""


def _float_of(value: float | bytes | None) -> float:
    if type(value) is float:
        return value
    return _NAN if value is None else float(value)


def has_gaps(values: Sequence[float]) -> bool:
    """Tell whether a value is NaN."""
    total = sum(values)
    # A NaN makes every sum NaN; so do infinities of both signs.
    return isnan(total) and any(map(isnan, values))


def even_edges(count: int, buckets: int) -> list[int]:
    """Return where ``buckets`` parts of ``count`` places begin, and the end of the last."""
    return [count * bucket // buckets for bucket in range(buckets + 1)]


def thin(points: Columns, edges: Sequence[int]) -> Columns:
    """Return the first and last point, and the lowest, the highest and a NaN between two edges."""
    kept = {0, len(points) - 1} if len(points) else set()
    for low, high in pairwise(edges):
        if low < high:
            kept.update(low + at for at in _extremes(points.values[low:high]))
    return points.take(sorted(kept))


def _extremes(values: list[float]) -> Iterable[int]:
    if not has_gaps(values):
        return values.index(min(values)), values.index(max(values))
    gaps = list(map(isnan, values))
    found = [gaps.index(True)]
    numbers = [value for value, is_gap in zip(values, gaps, strict=True) if not is_gap]
    if numbers:
        found += [values.index(min(numbers)), values.index(max(numbers))]
    return found
