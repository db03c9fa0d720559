"""Owns the rows of metrics in a comparison: last, lowest, highest and best value of each run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from mlops_lab.core.comparison import ComparedMetric
from mlops_lab.core.metrics import SYSTEM_PREFIX, guess_direction
from mlops_lab.core.numbers import WireNumber, from_wire
from mlops_lab.core.tracking import Direction, MetricSummary, Run

Goals = Iterable[tuple[str, Direction]]
"""Metrics with the direction that somebody set for an experiment."""


def compare_metrics(runs: Sequence[Run], goals: Goals = ()) -> list[ComparedMetric]:
    """Return one row for each metric that any of the runs has: what differs first, then by name.

    Args:
        runs: the compared runs.
        goals: the primary metrics of their experiments with the direction that is set for each.
    """
    columns = [{metric.name: metric for metric in run.metrics} for run in runs]
    directions = set_directions(goals)
    rows = [
        _row(name, [column.get(name) for column in columns], direction_of(name, directions))
        for name in {name for column in columns for name in column}
    ]
    return sorted(rows, key=lambda row: (row.equal, row.name))


def set_directions(goals: Goals) -> dict[str, Direction]:
    """Return the direction of each metric for which all experiments that set one say the same."""
    told: dict[str, set[Direction]] = {}
    for name, direction in goals:
        told.setdefault(name, set()).add(direction)
    return {name: one for name, (one, *others) in told.items() if not others}


def direction_of(name: str, known: Mapping[str, Direction]) -> Direction | None:
    """Return which way a metric is better: what is set, or what its name says.

    None for what is measured of the machine, spreads and counts: neither way is a better result.
    """
    if name in known:
        return known[name]
    return None if name.startswith(SYSTEM_PREFIX) else guess_direction(name)


def _row(
    name: str, found: Sequence[MetricSummary | None], direction: Direction | None
) -> ComparedMetric:
    last: list[WireNumber | None] = [None if one is None else one.last for one in found]
    low: list[WireNumber | None] = [None if one is None else one.min for one in found]
    high: list[WireNumber | None] = [None if one is None else one.max for one in found]
    nothing: list[WireNumber | None] = [None] * len(found)
    equal = last[0] is not None and all(value == last[0] for value in last)
    return ComparedMetric(
        name=name,
        direction=direction,
        last=last,
        min=low,
        max=high,
        best=low if direction == "min" else high if direction == "max" else nothing,
        steps=[None if one is None else one.step for one in found],
        counts=[None if one is None else one.count for one in found],
        winners=[] if equal else winners(last, direction),
        equal=equal,
        is_kpi=any(one is not None and one.is_kpi for one in found),
    )


def winners(values: Sequence[WireNumber | None], direction: Direction | None) -> list[int]:
    """Return the places of the best values; none where fewer than two are numbers, or all are equal."""
    if direction is None:
        return []
    numbers = {at: from_wire(value) for at, value in enumerate(values) if value is not None}
    known = {at: number for at, number in numbers.items() if not math.isnan(number)}
    best = (min if direction == "min" else max)(known.values(), default=None)
    found = [at for at, number in known.items() if number == best]
    return found if len(found) < len(known) else []
