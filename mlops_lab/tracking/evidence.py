"""Owns what other runs of an experiment tell of a difference: pairs, trends, groups, noise (pure)."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Sequence
from statistics import fmean, pstdev

import msgspec

from mlops_lab.core.literals import plain_value

MIN_TREND_RUNS = 4
"""Fewer runs show no trend."""
MIN_TREND_VALUES = 3
"""With fewer values of a param the runs fall into groups."""
MIN_GROUP_RUNS = 2
"""Fewer runs with a value make no mean."""


class Observed(msgspec.Struct, frozen=True):
    """A run as evidence: the value of the metric, and what the run was made of, by feature.

    ``seeds`` are the features among them that only choose random numbers.
    """

    run_id: str
    value: float
    features: dict[str, str]
    seeds: frozenset[str] = frozenset()


class Pairs(msgspec.Struct, frozen=True):
    """Runs that differ in a feature alone, in the same way: how many, and the mean effect."""

    count: int
    effect: float


class Trend(msgspec.Struct, frozen=True):
    """The rank correlation (Spearman) between a numeric feature and the metric over some runs."""

    runs: int
    correlation: float


class Groups(msgspec.Struct, frozen=True):
    """Runs with the value before and after: how many, their means, and how far each group spreads."""

    counts: tuple[int, int]
    means: tuple[float, float]
    spread: float


class Noise(msgspec.Struct, frozen=True):
    """How far apart runs lay that differ in nothing but seeds, and how many they were."""

    range: float
    runs: int


def find_pairs(
    runs: Iterable[Observed], features: Collection[str], before: str | None, after: str | None
) -> Pairs | None:
    """Return the runs that differ in ``features`` alone, as from ``before`` to ``after``.

    Args:
        runs: the other runs.
        features: names that go together, such as a param and the hyperparameter that it becomes.
        before: the value of the first of them before.
        after: the value of the first of them after.
    """
    first = next(iter(features))
    groups: dict[Hashable, tuple[list[float], list[float]]] = {}
    for run in runs:
        value = run.features.get(first)
        if value not in (before, after):
            continue
        rest = frozenset(
            pair
            for pair in run.features.items()
            if pair[0] not in features and pair[0] not in run.seeds
        )
        groups.setdefault(rest, ([], []))[value == after].append(run.value)
    effects = [
        (min(len(old), len(new)), fmean(new) - fmean(old))
        for old, new in groups.values()
        if old and new
    ]
    count = sum(pairs for pairs, _ in effects)
    if not count:
        return None
    return Pairs(count, sum(pairs * effect for pairs, effect in effects) / count)


def find_trend(runs: Iterable[Observed], feature: str) -> Trend | None:
    """Return the rank correlation of a feature whose values are numbers with the metric."""
    points = [
        (number, run.value)
        for run in runs
        if (number := as_number(run.features.get(feature))) is not None
    ]
    if len(points) < MIN_TREND_RUNS or len({x for x, _ in points}) < MIN_TREND_VALUES:
        return None
    found = _correlation(_ranks([x for x, _ in points]), _ranks([y for _, y in points]))
    return None if found is None else Trend(len(points), found)


def find_groups(
    runs: Iterable[Observed], feature: str, before: str | None, after: str | None
) -> Groups | None:
    """Return the runs with either value of a feature, whatever else they differ in."""
    sides: tuple[list[float], list[float]] = ([], [])
    for run in runs:
        value = run.features.get(feature)
        if value in (before, after):
            sides[value == after].append(run.value)
    old, new = sides
    if min(len(old), len(new)) < MIN_GROUP_RUNS:
        return None
    spread = math.sqrt((pstdev(old) ** 2 + pstdev(new) ** 2) / 2)
    return Groups((len(old), len(new)), (fmean(old), fmean(new)), spread)


def find_noise(runs: Iterable[Observed], like: Sequence[Observed]) -> Noise | None:
    """Return how far runs lie apart that differ in nothing but seeds.

    Runs made as one of ``like``, with that one, go before all others.

    Args:
        runs: the other runs.
        like: the runs in question; they are not held against each other.
    """
    groups: dict[Hashable, list[float]] = {}
    for run in runs:
        groups.setdefault(_made_of(run), []).append(run.value)
    mine = [[*groups[key], one.value] for one in like if (key := _made_of(one)) in groups]
    several = mine or [values for values in groups.values() if len(values) > 1]
    if not several:
        return None
    return Noise(max(max(values) - min(values) for values in several), sum(map(len, several)))


def as_number(value: str | None) -> float | None:
    """Return the finite number that the literal of a param is; None for anything else."""
    if value is None:
        return None
    try:
        number = float(plain_value(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _made_of(run: Observed) -> Hashable:
    return frozenset(pair for pair in run.features.items() if pair[0] not in run.seeds)


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value; equal ones share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    begin = 0
    while begin < len(order):
        end = begin
        while end < len(order) and values[order[end]] == values[order[begin]]:
            end += 1
        for at in order[begin:end]:
            ranks[at] = (begin + end - 1) / 2
        begin = end
    return ranks


def _correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    mean_x, mean_y = fmean(x), fmean(y)
    spread = math.sqrt(sum((a - mean_x) ** 2 for a in x) * sum((b - mean_y) ** 2 for b in y))
    if spread == 0:
        return None
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread
