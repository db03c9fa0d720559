"""Owns how the profiles of a column differ: its values in short, and how far apart they lie (pure)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from mlops_lab.core.data import ColumnProfile, ColumnVersion
from mlops_lab.core.differences import ProfileDiff, ProfileStats
from mlops_lab.core.numbers import WireNumber, from_wire

MAX_NAMED = 10
"""Most gained and most lost values that are named."""


def diff_profiles(
    first: ColumnVersion | None, other: ColumnVersion | None, *, rows: Sequence[int | None]
) -> ProfileDiff | None:
    """Return how the profiles of a column differ; None where one of the two has none.

    ``rows`` is of how many rows missing values were counted, in the one run and in the other.
    """
    if first is None or other is None or first.profile is None or other.profile is None:
        return None
    before, after = first.profile, other.profile
    gained: list[str] = []
    lost: list[str] = []
    if before.top or after.top:
        gained, lost = _only_in(after, before), _only_in(before, after)
    return ProfileDiff(
        stats=[_stats(first, before, rows[0]), _stats(other, after, rows[1])],
        distance=_distance(before, after),
        gained=gained,
        lost=lost,
    )


def _stats(column: ColumnVersion, profile: ColumnProfile, rows: int | None) -> ProfileStats:
    quantiles = profile.quantiles
    missing = None if column.missing is None or not rows else min(1.0, column.missing / rows)
    return ProfileStats(
        rows=profile.rows,
        missing=missing,
        mean=profile.mean,
        std=profile.std,
        low=quantiles[0] if quantiles else None,
        median=_median(quantiles),
        high=quantiles[-1] if quantiles else None,
        distinct=profile.distinct,
    )


def _median(quantiles: Sequence[WireNumber]) -> WireNumber | None:
    if not quantiles:
        return None
    middle = len(quantiles) // 2
    if len(quantiles) % 2:
        return quantiles[middle]
    return (from_wire(quantiles[middle - 1]) + from_wire(quantiles[middle])) / 2


def _distance(before: ColumnProfile, after: ColumnProfile) -> float | None:
    if before.quantiles and after.quantiles:
        return _of_numbers(*([from_wire(q) for q in one.quantiles] for one in (before, after)))
    if before.top and after.top:
        return _of_categories(_shares(before), _shares(after))
    return None


def _of_numbers(before: Sequence[float], after: Sequence[float]) -> float | None:
    """Return the largest difference between the two distributions, looked at where they are known."""
    if not all(math.isfinite(value) for value in (*before, *after)):
        return None
    gap = 0.0
    for value in {*before, *after}:
        for including in (False, True):
            shares = [_share_below(value, known, including=including) for known in (before, after)]
            gap = max(gap, abs(shares[0] - shares[1]))
    return round(gap, 4)


def _share_below(value: float, known: Sequence[float], *, including: bool) -> float:
    """Return the share of values below ``value``, or up to it; between quantiles by a line."""
    last = len(known) - 1
    at = bisect_right(known, value) if including else bisect_left(known, value)
    if at <= 0:
        return 0.0
    if at > last:
        return 1.0
    low, high = known[at - 1], known[at]
    within = (value - low) / (high - low) if high > low else 0.0
    return (at - 1 + within) / last


def _of_categories(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    names = before.keys() | after.keys()
    told = sum(abs(before.get(name, 0.0) - after.get(name, 0.0)) for name in names)
    rest = abs(sum(before.values()) - sum(after.values()))
    return round(min(1.0, (told + rest) / 2), 4)


def _shares(profile: ColumnProfile) -> dict[str, float]:
    return {one.value: one.count / profile.rows for one in profile.top if profile.rows}


def _only_in(one: ColumnProfile, other: ColumnProfile) -> list[str]:
    """Return the frequent values of a column that the other profile would have named, and does not."""
    known = {top.value for top in other.top}
    # Where a profile keeps only the most frequent values, a rare one may be there unnamed.
    is_whole = other.distinct is not None and other.distinct <= len(other.top)
    least = min((top.count / max(1, other.rows) for top in other.top), default=0.0)
    return [
        top.value
        for top in one.top
        if top.value not in known and (is_whole or top.count / max(1, one.rows) > least)
    ][:MAX_NAMED]
