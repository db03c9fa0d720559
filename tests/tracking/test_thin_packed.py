"""Holds charts of packed series to the same as of rows: ends, extremes, gaps, order, few points."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st
from sqlalchemy import event

from mlops_lab.core.numbers import from_wire
from mlops_lab.core.tracking import MetricPoint
from mlops_lab.store.metrics import Row
from mlops_lab.store.store import Store
from mlops_lab.tracking.packing import pack_points
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.thin import chart_points, charted_series, thinned_rows
from tests.store.pointworld import STARTED_AT, Series, exactly, some_points

from .conftest import Recorder

ORDERS = ["rising", "jitter", "same", "falling", "shuffled"]
BATCH = st.tuples(st.sampled_from([1, 500, 1_024, 4_000, 9_000]), st.sampled_from(ORDERS))


def chart(series: Series, max_points: int) -> list[MetricPoint]:
    stored = series.read()
    with series.store.read() as cx:
        return chart_points(cx, stored, max_points=max_points)


def check(shown: list[MetricPoint], points: list[Row], max_points: int) -> None:
    """Hold a chart to the points: what is shown is one of them, and what must be is shown."""
    assert len(shown) <= max_points
    assert len(shown) >= min(len(points), max_points // 4)
    kept = [(one.step, one.time, repr(float(from_wire(one.value)))) for one in shown]
    every = {(step, time, "nan" if value is None else repr(value)) for step, time, value in points}
    assert set(kept) <= every
    steps = [step for step, _, _ in kept]
    assert steps == sorted(steps)
    ordered = sorted(points, key=lambda row: row[0])
    assert (kept[0][:2], kept[-1][:2]) == (ordered[0][:2], ordered[-1][:2])
    numbers = [value for _, _, value in points if value is not None]
    values = [from_wire(one.value) for one in shown]
    if numbers:
        real = [value for value in values if not math.isnan(value)]
        assert (min(real), max(real)) == (min(numbers), max(numbers))
    assert any(map(math.isnan, values)) == (len(numbers) < len(points))


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(st.tuples(BATCH, st.booleans()), min_size=1, max_size=4),
    max_points=st.sampled_from([10, 11, 60, 500, 2_000]),
)
def test_what_matters_is_shown_however_it_is_packed(
    store: Store, batches: list[tuple[tuple[int, str], bool]], max_points: int
) -> None:
    series = Series(store)
    for seed, ((count, order), packs) in enumerate(batches):
        rows = some_points(count, seed=seed, order=order, begin=len(series.points))
        for begin in range(0, count, 700):
            series.add(rows[begin : begin + 700])
        if packs:
            pack_points(store, rest=lambda _: None)
    check(chart(series, max_points), series.points, max_points)


@pytest.fixture
def long_series(store: Store) -> Series:
    """A series of 200,000 points with a spike every 1,000 and a gap every 5,000."""
    series = Series(store)
    for begin in range(0, 200_000, 20_000):
        series.add(
            [
                (at, STARTED_AT + at, None if at % 5_000 == 77 else float(at % 1_000 == 500))
                for at in range(begin, begin + 20_000)
            ]
        )
    return series


def test_each_bucket_keeps_its_spike_and_its_gap(long_series: Series) -> None:
    shown = chart(long_series, 2_000)
    check(shown, long_series.points, 2_000)
    assert sum(one.value == 1.0 for one in shown) == 200
    assert sum(one.value == "NaN" for one in shown) == 40


def test_a_chart_of_many_points_reads_summaries_alone(long_series: Series, store: Store) -> None:
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    stored = long_series.read()
    with store.read() as cx:
        event.listen(cx, "before_cursor_execute", note)
        try:
            assert len(chart_points(cx, stored, max_points=200)) > 100
        finally:
            event.remove(cx, "before_cursor_execute", note)
    # What no summary of the second level stands for yet is read from those below, and at the end
    # come the points that fill no chunk.
    assert sum("FROM point_summary" in one for one in statements) == 2
    assert sum("FROM point_chunk" in one for one in statements) <= 2
    assert len(statements) <= 6


def test_a_comparison_has_the_charts_of_all_runs(long_series: Series, store: Store) -> None:
    short = Series(store)
    short.add([(0, STARTED_AT, -0.0)])
    run_ids = [long_series.run_id, short.run_id]
    with store.read() as cx:
        found = charted_series(cx, run_ids, max_points=500).series
    assert [(one.run_id, one.count) for one in found] == [(run_ids[0], 200_000), (run_ids[1], 1)]
    check(found[0].points, long_series.points, 500)
    assert math.copysign(1.0, from_wire(found[1].points[0].value)) == -1.0


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("low", "high"), [(0, 30_000), (-5_000, 900), (7, 7), (50, 40)])
def test_a_chart_of_an_interval_of_steps(store: Store, order: str, low: int, high: int) -> None:
    series = Series(store)
    for begin in (0, 20_000):
        series.add(some_points(20_000, seed=begin, order=order, begin=begin))
    stored = series.read()
    with store.read() as cx:
        shown = thinned_rows(cx, stored, max_points=500, steps=(low, high))
    assert len(shown) <= 500
    assert [step for step, _, _ in shown] == sorted(step for step, _, _ in shown)
    within = [row for row in series.points if low <= row[0] <= high]
    assert set(exactly(shown)) <= set(exactly(within))
    # Points of any order are summarized by their arrival, so few of an interval are known.
    if within and order != "shuffled":
        assert len(shown) >= min(100, len(within) // 4)


def test_times_that_no_clock_has_are_refused_and_told(
    service: TrackingService, recorder: Recorder
) -> None:
    run_id = recorder.start()
    for step, time in enumerate([2**63 - 1, STARTED_AT, -(2**63), STARTED_AT + 1]):
        recorder.metric(run_id, "loss", 0.5, step=step, time=time)
    service.ingest(recorder.batch())
    points = service.get_series(run_id, "loss").points
    assert [(one.step, one.time) for one in points] == [(1, STARTED_AT), (3, STARTED_AT + 1)]
    assert "2 points of metric 'loss' were not stored" in service.get_run(run_id).warnings[0]
