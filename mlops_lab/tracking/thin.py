"""Owns thinning: a long series becomes as many points as a chart can show, extremes and gaps kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlalchemy import Connection

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.limits import MAX_POINTS, MIN_POINTS
from mlops_lab.core.numbers import to_wire
from mlops_lab.core.tracking import MetricPoint, MetricSeries
from mlops_lab.store import metrics
from mlops_lab.store.metrics import Row, SeriesRow

_NAN = float("nan")


class _UnsortedError(Exception):
    """The points did not come in the order of their steps."""


class _GapError(Exception):
    """There are NaNs, for which no room was planned."""


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
        rows = _thinned(cx, stored, max_points=max_points)
    return [_point(row) for row in rows]


def charted_series(
    cx: Connection, run_ids: Sequence[str], *, max_points: int
) -> list[MetricSeries]:
    """Return the metrics that have more than one point in any of the runs, thinned.

    Raises:
        InvalidInputError: ``max_points`` is not within 10 and 100,000.
    """
    _check(max_points)
    by_run = metrics.read_series(cx, run_ids)
    every = [stored for run_id in run_ids for stored in by_run.get(run_id, [])]
    lines = {stored.name for stored in every if stored.count > 1}
    charted = [stored for stored in every if stored.name in lines]
    short = metrics.read_points(cx, [s for s in charted if 1 < s.count <= max_points])
    found = []
    for stored in charted:
        if stored.count == 1:
            rows: Sequence[Row] = [(stored.last_step, stored.last_time, stored.last)]
        elif stored.id in short:
            rows = short[stored.id]
        else:
            rows = _thinned(cx, stored, max_points=max_points)
        points = [_point(row) for row in rows]
        found.append(
            MetricSeries(run_id=stored.run_id, name=stored.name, count=stored.count, points=points)
        )
    return found


def _check(max_points: int) -> None:
    if not MIN_POINTS <= max_points <= MAX_POINTS:
        raise InvalidInputError(
            f"A series of at most {max_points} points is not possible.",
            hint=f"Ask for {MIN_POINTS} to {MAX_POINTS:,}.",
        )


def _point(row: Row) -> MetricPoint:
    step, time, value = row
    return MetricPoint(step=step, time=time, value=to_wire(_NAN if value is None else value))


def _thinned(cx: Connection, stored: SeriesRow, *, max_points: int) -> list[Row]:
    """Read the series once, in order of arrival, which nearly always is the order of steps.

    Only when it turns out not to be, or when there are NaNs, which need room of their own, it is
    read anew.
    """
    by_step, each = False, 2
    while True:
        try:
            picked = _pick(cx, stored, max_points=max_points, by_step=by_step, each=each)
            return [(step, stored.first_time + elapsed, value) for step, elapsed, value in picked]
        except _UnsortedError:
            by_step = True
        except _GapError:
            each = 3


def _pick(
    cx: Connection, stored: SeriesRow, *, max_points: int, by_step: bool, each: int
) -> Iterator[Row]:
    buckets = (max_points - 2) // each
    inner = stored.count - 2
    edges = [inner * bucket // buckets for bucket in range(buckets + 1)]
    sizes = [1, *(high - low for low, high in pairwise(edges)), 1]
    step = None
    for portion in metrics.stream_points(cx, stored, by_step=by_step, sizes=sizes):
        steps, _, values = zip(*portion, strict=True)
        if not by_step and ((step is not None and steps[0] < step) or list(steps) != sorted(steps)):
            raise _UnsortedError
        step = steps[-1]
        for at in _extremes(values, with_gaps=each > 2):  # noqa: PLR2004 - lowest and highest
            yield portion[at]


def _extremes(values: Sequence[float | None], *, with_gaps: bool) -> list[int]:
    """Return where the lowest, the highest and the first NaN of a bucket are, in their order."""
    kept = set()
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        if not with_gaps and len(values) > 1:
            raise _GapError
        kept.add(values.index(None))
    if numbers:
        kept.add(values.index(min(numbers)))
        kept.add(values.index(max(numbers)))
    return sorted(kept)
