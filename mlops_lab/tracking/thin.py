"""Owns thinning: a long series becomes as many points as a chart can show, extremes and gaps kept."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.comparison import Curve
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.limits import MAX_COMPARED_POINTS, MAX_POINTS, MIN_POINTS
from mlops_lab.core.numbers import to_wire
from mlops_lab.core.tracking import MetricPoint, MetricSeries
from mlops_lab.store import metrics
from mlops_lab.store.metrics import Row, SeriesRow
from mlops_lab.store.pointcolumns import (
    EACH,
    EACH_WITH_GAPS,
    Columns,
    even_edges,
    has_gaps,
    thin,
)
from mlops_lab.store.pointreading import find_span, outline

_NAN = float("nan")

_SHORT = 2048
"""Series of so many points are read together, and thinned then."""


def chart_points(cx: Connection, stored: SeriesRow, *, max_points: int) -> list[MetricPoint]:
    """Return at most ``max_points`` points of a series, by step.

    The first and the last point are kept, and the lowest, the highest and one NaN of each bucket
    of neighbours.

    Raises:
        InvalidInputError: ``max_points`` is not within 10 and 100,000.
    """
    _check(max_points)
    if stored.count <= max_points:
        rows: Sequence[Row] = metrics.read_points(cx, [stored]).get(stored.id, [])
    else:
        rows = thinned_rows(cx, stored, max_points=max_points)
    return [_point(row) for row in rows]


def sparklines(
    cx: Connection, every: Sequence[SeriesRow], *, max_points: int
) -> dict[str, MetricSeries]:
    """Return a series of each of many runs, thinned, by the id of the run; few questions for all.

    A series of one point has no line, and is left out.
    """
    several = [stored for stored in every if stored.count > 1]
    short = metrics.read_points(cx, (one for one in several if one.count <= _SHORT))
    found: dict[str, MetricSeries] = {}
    for stored in several:
        rows: Sequence[Row] = short.get(stored.id, [])
        if stored.count > _SHORT:
            rows = thinned_rows(cx, stored, max_points=max(MIN_POINTS, max_points))
        if len(rows) > max_points:
            rows = _fewer(rows, max_points)
        points = [_point(row) for row in rows]
        found[stored.run_id] = MetricSeries(stored.run_id, stored.name, stored.count, points)
    return found


def _fewer(rows: Sequence[Row], most: int) -> Sequence[Row]:
    """Return some of the points of a short series: its ends, and the extremes where they fit."""
    buckets = (most - 2) // EACH_WITH_GAPS
    if not buckets:
        return [rows[0], rows[-1]]
    values = [_NAN if value is None else value for _, _, value in rows]
    ordinals = list(range(len(rows)))
    columns = Columns(ordinals, [row[0] for row in rows], [row[1] for row in rows], values)
    return [rows[at] for at in thin(columns, even_edges(len(rows), buckets)).ordinals]


class Charted(msgspec.Struct, frozen=True):
    """Series for charts, and the names of the metrics that did not fit among them."""

    series: list[MetricSeries]
    left_out: list[str]


def charted_series(
    cx: Connection,
    run_ids: Sequence[str],
    *,
    max_points: int,
    names: Collection[str] | None = None,
    room: int = MAX_COMPARED_POINTS,
) -> Charted:
    """Return the metrics that have more than one point in any of the runs, thinned.

    Args:
        cx: an open connection.
        run_ids: whole ids.
        max_points: most points of one series.
        names: of the metrics that are wanted; None means all.
        room: most points of all series; each is thinned to its share of it.

    Raises:
        InvalidInputError: ``max_points`` is not within 10 and 100,000.
    """
    _check(max_points)
    by_run = metrics.read_series(cx, run_ids)
    every = [stored for run_id in run_ids for stored in by_run.get(run_id, [])]
    lines = Counter(stored.name for stored in every)
    long = {stored.name for stored in every if stored.count > 1}
    fitting, left_out = _fitting(
        {name: lines[name] for name in sorted(long) if names is None or name in names}, room=room
    )
    charted = [stored for stored in every if stored.name in fitting]
    if sum(min(stored.count, max_points) for stored in charted) > room:
        max_points = max(MIN_POINTS, room // len(charted))
    short = metrics.read_points(cx, (one for one in charted if one.count <= max_points))
    found = []
    for stored in charted:
        if stored.id in short:
            rows: Sequence[Row] = short[stored.id]
        else:
            rows = thinned_rows(cx, stored, max_points=max_points)
        points = [_point(row) for row in rows]
        found.append(
            MetricSeries(run_id=stored.run_id, name=stored.name, count=stored.count, points=points)
        )
    return Charted(found, left_out)


def charted_curves(
    cx: Connection,
    run_ids: Sequence[str],
    *,
    names: Collection[str],
    max_points: int,
    steps: tuple[int, int] | None = None,
    room: int = MAX_COMPARED_POINTS,
) -> list[Curve]:
    """Return the named metrics of each run, thinned, a run after the other.

    Args:
        cx: an open connection.
        run_ids: whole ids.
        names: of the metrics.
        max_points: most points of one curve.
        steps: the lowest and the highest step that are wanted; None means all.
        room: most points of all curves; each is thinned to its share of it.

    Raises:
        InvalidInputError: ``max_points`` is not within 10 and 100,000, or there are too many curves.
    """
    _check(max_points)
    by_run = metrics.read_series(cx, run_ids)
    wanted = [
        stored for run_id in run_ids for stored in by_run.get(run_id, []) if stored.name in names
    ]
    if len(wanted) * MIN_POINTS > room:
        raise InvalidInputError(
            f"{len(wanted):,} curves are too many for one answer.", hint="Name fewer metrics."
        )
    most = min(max_points, room // max(1, len(wanted)))
    whole = metrics.read_points(cx, (one for one in wanted if steps is None and one.count <= most))
    return [
        _curve(
            stored,
            whole[stored.id]
            if stored.id in whole
            else thinned_rows(cx, stored, max_points=most, steps=steps),
        )
        for stored in wanted
    ]


def _curve(stored: SeriesRow, rows: Sequence[Row]) -> Curve:
    return Curve(
        run_id=stored.run_id,
        name=stored.name,
        count=stored.count,
        first_time=stored.first_time,
        steps=[step for step, _, _ in rows],
        elapsed=[time - stored.first_time for _, time, _ in rows],
        values=[to_wire(_NAN if value is None else value) for _, _, value in rows],
    )


def _fitting(lines: Mapping[str, int], *, room: int) -> tuple[set[str], list[str]]:
    """Return the names whose lines fit with the fewest points each, and those that do not."""
    fitting: set[str] = set()
    for name, count in lines.items():
        room -= MIN_POINTS * count
        if room < 0:
            break
        fitting.add(name)
    return fitting, [name for name in lines if name not in fitting]


def _check(max_points: int) -> None:
    if not MIN_POINTS <= max_points <= MAX_POINTS:
        raise InvalidInputError(
            f"A series of at most {max_points} points is not possible.",
            hint=f"Ask for {MIN_POINTS} to {MAX_POINTS:,}.",
        )


def _point(row: Row) -> MetricPoint:
    step, time, value = row
    return MetricPoint(step=step, time=time, value=to_wire(_NAN if value is None else value))


def thinned_rows(
    cx: Connection, stored: SeriesRow, *, max_points: int, steps: tuple[int, int] | None = None
) -> list[Row]:
    """Return at most ``max_points`` points of a series, by step, its extremes kept.

    Args:
        cx: an open connection.
        stored: the series.
        max_points: most points, at least 10.
        steps: the lowest and the highest step that are wanted; None means all.
    """
    if stored.is_alone:
        rows = metrics.rows_of(stored, stored.only_point())
        return [row for row in rows if steps is None or steps[0] <= row[0] <= steps[1]]
    buckets = (max_points - 2) // EACH
    begin, end = 0, stored.count
    if steps is not None:
        begin, end = find_span(cx, stored.id, steps=steps, count=stored.count)
    # Read from summaries where they stand for few enough points.
    found = outline(cx, stored.id, begin=begin, count=end, buckets=buckets)
    if steps is not None:
        found = found.between(*steps)
    if has_gaps(found.values):
        buckets = (max_points - 2) // EACH_WITH_GAPS
    if found.bucket > 1 and found.is_sorted():
        # Whole buckets of the summaries: what is the extreme of several is that of one of them.
        width = -((begin - end) // found.bucket // buckets) * found.bucket
        first = begin - begin % found.bucket
        edges = [bisect_left(found.ordinals, at) for at in range(first, end + width, width)]
        return metrics.rows_of(stored, thin(found, edges))
    ordered = found if found.is_sorted() else found.by_step()
    if len(ordered) <= max_points:
        return metrics.rows_of(stored, ordered)
    return metrics.rows_of(stored, thin(ordered, even_edges(len(ordered), buckets)))
