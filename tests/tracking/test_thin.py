"""Holds thinning to what a chart needs: ends, extremes, gaps, order, and never too many points."""

from __future__ import annotations

import math
import random

import pytest

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.numbers import from_wire
from mlops_lab.core.records import Batch
from mlops_lab.core.tracking import MetricSeries
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.thin import charted_series

from .conftest import STARTED_AT, Recorder


def log(service: TrackingService, recorder: Recorder, points: list[tuple[int, float]]) -> str:
    run = recorder.start()
    for at, (step, value) in enumerate(points):
        recorder.metric(run, "loss", value, step=step, time=STARTED_AT + at)
    batch = recorder.batch()
    for begin in range(0, len(batch.records), 20_000):
        service.ingest(Batch(batch.spool, batch.records[begin : begin + 20_000]))
    return run


def check(series: MetricSeries, points: list[tuple[int, float]], max_points: int) -> None:
    kept = [(point.step, from_wire(point.value)) for point in series.points]
    assert series.count == len(points)
    assert len(kept) <= max_points
    assert len(kept) >= max_points // 4
    ordered = sorted(points, key=lambda point: point[0])
    assert [step for step, _ in kept] == sorted(step for step, _ in kept)
    assert kept[0][0] == ordered[0][0]
    assert kept[-1][0] == ordered[-1][0]
    numbers = [value for _, value in points if not math.isnan(value)]
    shown = [value for _, value in kept if not math.isnan(value)]
    assert min(shown) == min(numbers)
    assert max(shown) == max(numbers)


@pytest.mark.parametrize("max_points", [10, 11, 100, 999])
def test_extremes_are_kept(service: TrackingService, recorder: Recorder, max_points: int) -> None:
    dice = random.Random(1)  # noqa: S311 - a test's numbers, the same each time
    points = [(step, dice.gauss(0, 1)) for step in range(5_000)]
    run = log(service, recorder, points)
    series = service.get_series(run, "loss", max_points=max_points)
    check(series, points, max_points)
    first = series.points[0]
    assert (first.step, first.time, first.value) == (0, STARTED_AT, points[0][1])
    for point in series.points:
        assert point.time == STARTED_AT + point.step
        assert point.value == points[point.step][1]


def test_each_bucket_keeps_its_spike(service: TrackingService, recorder: Recorder) -> None:
    points = [(step, 100.0 if step % 500 == 250 else 0.0) for step in range(10_000)]
    run = log(service, recorder, points)
    series = service.get_series(run, "loss", max_points=200)
    assert sum(point.value == 100.0 for point in series.points) == 20


def test_gaps_are_kept(service: TrackingService, recorder: Recorder) -> None:
    points = [(step, math.nan if step % 100 == 50 else float(step)) for step in range(5_000)]
    run = log(service, recorder, points)
    series = service.get_series(run, "loss", max_points=300)
    check(series, points, 300)
    assert sum(point.value == "NaN" for point in series.points) == 50


def test_nothing_but_gaps(service: TrackingService, recorder: Recorder) -> None:
    run = log(service, recorder, [(step, math.nan) for step in range(1_000)])
    series = service.get_series(run, "loss", max_points=30)
    assert {point.value for point in series.points} == {"NaN"}
    assert series.points[-1].step == 999


@pytest.mark.parametrize("count", [60, 4_000])
def test_points_come_by_step_whatever_their_order(
    service: TrackingService, recorder: Recorder, count: int
) -> None:
    dice = random.Random(2)  # noqa: S311 - a test's numbers, the same each time
    points = [(step, float(step)) for step in range(count)]
    dice.shuffle(points)
    run = log(service, recorder, points)
    series = service.get_series(run, "loss", max_points=100)
    check(series, points, 100)


def test_a_short_series_is_whole(service: TrackingService, recorder: Recorder) -> None:
    points = [(step, float(step)) for step in range(100)]
    run = log(service, recorder, points)
    assert len(service.get_series(run, "loss", max_points=100).points) == 100
    assert len(service.get_series(run, "loss", max_points=99).points) <= 99


def test_all_series_of_a_comparison_share_one_room(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    points = [(step, float(step)) for step in range(500)]
    runs = [log(service, recorder, points) for _ in range(2)]
    with store.read() as cx:
        wide = charted_series(cx, runs, max_points=200, room=400)
        narrow = charted_series(cx, runs, max_points=200, room=100)
        none = charted_series(cx, runs, max_points=200, room=19)
    assert [100 < len(one.points) <= 200 for one in wide.series] == [True, True]
    assert [10 <= len(one.points) <= 50 for one in narrow.series] == [True, True]
    assert (none.series, none.left_out, narrow.left_out) == ([], ["loss"], [])


def test_only_the_metrics_that_are_named_are_charted(
    service: TrackingService, recorder: Recorder
) -> None:
    runs = [log(service, recorder, [(0, 1.0), (1, 2.0)]) for _ in range(2)]
    assert service.compare(runs, names=["auc"]).series == []
    assert {one.name for one in service.compare(runs, names=["loss"]).series} == {"loss"}
    assert [row.name for row in service.compare(runs, names=["auc"]).metrics] == ["loss"]


@pytest.mark.parametrize("max_points", [0, 9, 100_001])
def test_bad_limits(service: TrackingService, recorder: Recorder, max_points: int) -> None:
    run = log(service, recorder, [(0, 1.0)])
    with pytest.raises(InvalidInputError, match="is not possible"):
        service.get_series(run, "loss", max_points=max_points)
    with pytest.raises(InvalidInputError, match="is not possible"):
        service.compare([run, log(service, recorder, [(0, 1.0)])], max_points=max_points)
