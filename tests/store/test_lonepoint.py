"""Holds series of one point, which have no row of points, to a plain list of what was added."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st
from sqlalchemy import func, select

from mlops_lab.core.numbers import to_wire
from mlops_lab.store import metrics
from mlops_lab.store.metrics import NewPoints, Row
from mlops_lab.store.pointsummaries import CHUNK_POINTS
from mlops_lab.store.rows import key_ids
from mlops_lab.store.store import Store
from mlops_lab.store.tables import metric_point, series as series_table
from mlops_lab.tracking.thin import chart_points, charted_series, thinned_rows

from .pointworld import SPECIAL, STARTED_AT, Series, exactly, some_points

NAMES = ["auc", "loss", "zeta"]
VALUE = st.one_of(st.sampled_from(SPECIAL), st.floats(width=64))
POINT = st.tuples(
    st.sampled_from([-(2**63), -7, 0, 1, 2**63 - 1]),
    st.sampled_from([0, 1, STARTED_AT, STARTED_AT + 1, 10**18, 2**62]),
    VALUE.map(lambda value: None if math.isnan(value) else value),
)
BATCH = st.one_of(st.lists(POINT, min_size=1, max_size=3), st.integers(1_000, 1_100))
DELIVERY = st.dictionaries(st.sampled_from(NAMES), BATCH, min_size=1, max_size=3)


def deliver(store: Store, run_id: str, came: dict[str, list[Row]]) -> None:
    """Append points to several metrics of a run in one transaction."""
    with store.write() as tx:
        ids = key_ids(tx, came)
        new = {
            (run_id, ids[name]): NewPoints(
                [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
            )
            for name, rows in came.items()
        }
        metrics.add_points(tx, new)


def by_time(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row[1], row[0], row[2] or 0.0))


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deliveries=st.lists(DELIVERY, min_size=1, max_size=4))
def test_whatever_reads_points_reads_those_that_were_added(
    any_store: Store, deliveries: list[dict[str, list[Row] | int]]
) -> None:
    run_id = Series(any_store).run_id
    known: dict[str, list[Row]] = {}
    for number, delivery in enumerate(deliveries):
        came = {
            name: some_points(batch, seed=number, order="jitter")
            if isinstance(batch, int)
            else batch
            for name, batch in delivery.items()
        }
        deliver(any_store, run_id, came)
        for name, rows in came.items():
            known.setdefault(name, []).extend(rows)
        with any_store.read() as cx:
            stored = {one.name: one for one in metrics.read_series(cx, [run_id])[run_id]}
            at_once = metrics.read_points(cx, stored.values())
            charts = charted_series(cx, [run_id], max_points=5_000).series
            assert set(stored) == set(known)
            for name, rows in known.items():
                one = stored[name]
                by_step = sorted(rows, key=lambda row: row[0])
                arrived = [row for part in metrics.stream_points(cx, one) for row in part]
                assert exactly(arrived) == exactly(rows)
                assert exactly(at_once[one.id]) == exactly(by_step)
                assert exactly(history(any_store, one)) == exactly(by_time(rows))
                chart = chart_points(cx, one, max_points=5_000)
                assert [(p.step, p.time) for p in chart] == [row[:2] for row in by_step]
                check_summary(one, rows)
        assert {one.name for one in charts} == {name for name in known if len(known[name]) > 1}


def history(store: Store, stored: metrics.SeriesRow) -> list[Row]:
    """Return all points by time, in pages of one where they are few."""
    found: list[Row] = []
    after: str | None = ""
    while after is not None:
        with store.read() as cx:
            page = metrics.read_history(
                cx, stored, after=after, limit=1 if stored.count < 9 else 900
            )
        found += page.points
        after = page.after
    return found


def check_summary(stored: metrics.SeriesRow, rows: list[Row]) -> None:
    at = max(range(len(rows)), key=lambda n: (*rows[n][:2], n))
    summary = stored.summary()
    numbers = [value for _, _, value in rows if value is not None] or [math.nan]
    assert (summary.count, summary.step, stored.last_time) == (len(rows), *rows[at][:2])
    # The last of several at the same step and time is not always the last of several deliveries.
    same = [to_wire(math.nan if r[2] is None else r[2]) for r in rows if r[:2] == rows[at][:2]]
    assert summary.last in same
    assert (summary.min, summary.max) == (to_wire(min(numbers)), to_wire(max(numbers)))


def rows_of_points(store: Store) -> int:
    with store.read() as cx:
        return cx.execute(select(func.count()).select_from(metric_point)).scalar_one()


@pytest.mark.parametrize("value", [0.25, None, math.inf, -math.inf, 5e-324, -1e300])
def test_one_point_has_no_row_and_the_second_brings_both(
    any_store: Store, value: float | None
) -> None:
    series = Series(any_store)
    series.add([(-3, STARTED_AT + 7, value)])
    assert rows_of_points(any_store) == 0
    with any_store.read() as cx:
        kept = cx.execute(select(series_table)).mappings().one()
    assert (kept["last"], kept["min"], kept["max"], kept["last_elapsed"]) == (value, None, None, 0)
    assert exactly(series.streamed()) == exactly(series.points)
    series.add([(-4, STARTED_AT, 1.0)])
    assert rows_of_points(any_store) == 2
    assert exactly(series.streamed()) == exactly(series.points)
    assert exactly(series.by_step()) == exactly(series.points[::-1])


@pytest.mark.parametrize("value", [0.0, -0.0])
def test_a_zero_keeps_its_row_and_with_it_its_sign(any_store: Store, value: float) -> None:
    series = Series(any_store)
    series.add([(0, STARTED_AT, value)])
    assert rows_of_points(any_store) == 1
    assert [one.hex() for _, _, one in series.streamed()] == [value.hex()]
    series.add([(1, STARTED_AT, 2.0)])
    assert rows_of_points(any_store) == 2
    assert exactly(series.history(1)) == exactly(series.points)


def test_one_point_and_a_full_batch_behind_it_become_chunks(any_store: Store) -> None:
    series = Series(any_store)
    series.add([(0, STARTED_AT, 0.5)])
    series.add(some_points(CHUNK_POINTS, seed=1, order="rising", begin=1))
    assert series.read().count == CHUNK_POINTS + 1
    assert rows_of_points(any_store) == 1
    assert exactly(series.streamed()) == exactly(series.points)


def test_an_interval_of_steps_holds_the_point_or_does_not(any_store: Store) -> None:
    series = Series(any_store)
    series.add([(5, STARTED_AT, 0.5)])
    stored = series.read()
    with any_store.read() as cx:
        assert thinned_rows(cx, stored, max_points=10, steps=(5, 9)) == series.points
        assert thinned_rows(cx, stored, max_points=10) == series.points
        assert thinned_rows(cx, stored, max_points=10, steps=(6, 9)) == []


def test_a_series_that_was_read_before_its_second_point_has_one(any_store: Store) -> None:
    series = Series(any_store)
    series.add([(5, STARTED_AT, 0.5)])
    before = series.read()
    series.add([(4, STARTED_AT, 0.25)])
    with any_store.read() as cx:
        assert metrics.read_points(cx, [before])[before.id] == series.points[:1]
        assert metrics.read_history(cx, before, limit=5).points == series.points[:1]
