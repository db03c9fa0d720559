"""Holds stored points to a plain list of them, whatever is appended and packed, and when."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st
from sqlalchemy import func, select, text, update

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.store import metrics, pointpacking
from mlops_lab.store.point_tables import point_backlog, point_chunk, point_summary
from mlops_lab.store.pointsummaries import CHUNK_POINTS
from mlops_lab.store.store import Store
from mlops_lab.store.tables import metric_point

from .pointworld import STARTED_AT, Series, exactly, some_points

ORDERS = ["rising", "jitter", "same", "falling", "shuffled", "wide"]
SIZES = [1, 3, 100, CHUNK_POINTS - 1, CHUNK_POINTS, CHUNK_POINTS + 1, 3_000]
DEED = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(SIZES), st.sampled_from(ORDERS)),
    st.tuples(st.just("pack"), st.just(0), st.just("")),
    st.tuples(st.just("end"), st.just(0), st.just("")),
)


def by_time(rows: list[metrics.Row]) -> list[metrics.Row]:
    return sorted(rows, key=lambda row: (row[1], row[0], row[2] or 0.0))


def table_counts(series: Series) -> dict[str, int]:
    stored = series.read()
    with series.store.read() as cx:
        return {
            table.name: cx.execute(
                select(func.count()).select_from(table).where(table.c.series_id == stored.id)
            ).scalar_one()
            for table in (metric_point, point_chunk, point_summary, point_backlog)
        }


@hypothesis_settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=st.lists(DEED, min_size=1, max_size=8), limit=st.sampled_from([700, 5_000]))
def test_points_are_those_that_were_added(
    any_store: Store, deeds: list[tuple[str, int, str]], limit: int
) -> None:
    series = Series(any_store)
    series.add(some_points(2, seed=0, order="rising"))
    for number, (deed, size, order) in enumerate(deeds):
        if deed == "add":
            begin = len(series.points)
            series.add(some_points(size, seed=number, order=order, begin=begin))
        elif deed == "pack":
            series.pack_once()
        else:
            series.end()
        assert exactly(series.streamed()) == exactly(series.points)
    expected = sorted(series.points, key=lambda row: row[0])
    assert exactly(series.by_step()) == exactly(expected)
    assert exactly(series.history(limit)) == exactly(by_time(series.points))
    assert series.read().count == len(series.points)


def test_a_batch_that_fills_chunks_is_packed_at_once(any_store: Store) -> None:
    series = Series(any_store)
    series.add(some_points(500, seed=1, order="rising"))
    series.add(some_points(5 * CHUNK_POINTS, seed=2, order="rising", begin=500))
    counts = table_counts(series)
    assert (counts["metric_point"], counts["point_chunk"]) == (500, 5)
    assert exactly(series.streamed()) == exactly(series.points)


def test_many_small_batches_are_packed_in_the_background(any_store: Store) -> None:
    series = Series(any_store)
    for part in range(4):
        series.add(some_points(512, seed=1, order="rising", begin=512 * part))
        assert table_counts(series)["point_backlog"] == (part == 3)
    series.add(some_points(100, seed=1, order="rising", begin=len(series.points)))
    with any_store.read() as cx:
        assert pointpacking.count_waiting(cx) == len(series.points)
    assert series.pack_once()
    counts = table_counts(series)
    assert counts == {
        "metric_point": 100,
        "point_chunk": 2,
        "point_summary": 2,
        "point_backlog": 0,
    }
    with any_store.read() as cx:
        assert pointpacking.count_waiting(cx) == 0
    assert not series.pack_once()


@pytest.mark.parametrize(("count", "left"), [(127, 127), (128, 0), (700, 0)])
def test_the_rest_is_packed_when_the_run_ends(any_store: Store, count: int, left: int) -> None:
    series = Series(any_store)
    series.add(some_points(count, seed=1, order="rising"))
    assert not series.pack_once()
    series.end()
    assert series.pack_once() == (left == 0)
    assert table_counts(series)["metric_point"] == left
    assert exactly(series.streamed()) == exactly(series.points)


def test_a_run_that_goes_on_after_its_end_gets_more_chunks(any_store: Store) -> None:
    series = Series(any_store)
    series.add(some_points(700, seed=1, order="rising"))
    series.end()
    assert series.pack_once()
    series.add(some_points(2_500, seed=2, order="jitter", begin=700))
    series.add(some_points(900, seed=3, order="rising", begin=3_200))
    while series.pack_once():
        pass
    assert exactly(series.streamed()) == exactly(series.points)
    assert exactly(series.history(1_000)) == exactly(by_time(series.points))


def test_who_was_slower_changes_nothing(any_store: Store) -> None:
    series = Series(any_store)
    for begin in range(0, 3_000, 500):
        series.add(some_points(500, seed=1, order="rising", begin=begin))
    with any_store.read() as cx:
        (waiting,) = pointpacking.find_waiting(cx)
        slow, fast = (pointpacking.pack_rows(cx, waiting) for _ in range(2))
    assert slow is not None
    assert fast is not None
    with any_store.write() as tx:
        assert pointpacking.store_packed(tx, fast)
    with any_store.write() as tx:
        assert not pointpacking.store_packed(tx, slow)
    with any_store.read() as cx:
        assert pointpacking.pack_rows(cx, waiting) is None
    assert exactly(series.streamed()) == exactly(series.points)


def test_points_that_come_later_are_not_in_a_series_that_was_read_before(any_store: Store) -> None:
    series = Series(any_store)
    series.add(some_points(1_500, seed=1, order="rising"))
    before = series.read()
    known = list(series.points)
    series.add(some_points(4_000, seed=2, order="shuffled", begin=1_500))
    series.end()
    while series.pack_once():
        pass
    with any_store.read() as cx:
        streamed = [row for part in metrics.stream_points(cx, before) for row in part]
        whole = metrics.read_points(cx, [before])[before.id]
        page = metrics.read_history(cx, before, limit=10_000)
    assert exactly(streamed) == exactly(known)
    assert exactly(whole) == exactly(known)
    assert (exactly(page.points), page.after) == (exactly(by_time(known)), None)


def test_deleting_a_run_takes_its_chunks_along(any_store: Store) -> None:
    series = Series(any_store)
    series.add(some_points(5_000, seed=1, order="rising"))
    stored = series.read()
    with any_store.write() as tx:
        tx.execute(text("DELETE FROM run WHERE id = :id"), {"id": series.run_id})
    with any_store.read() as cx:
        for table in (metric_point, point_chunk, point_summary, point_backlog):
            query = select(func.count()).select_from(table).where(table.c.series_id == stored.id)
            assert cx.execute(query).scalar_one() == 0


def test_packed_points_need_few_bytes(any_store: Store) -> None:
    series = Series(any_store)
    series.add(some_points(20 * CHUNK_POINTS, seed=1, order="rising"))
    with any_store.read() as cx:
        size = sum(
            cx.execute(select(func.sum(func.length(table.c.packed)))).scalar_one()
            for table in (point_chunk, point_summary)
        )
    assert size / len(series.points) < 13


@pytest.mark.parametrize("after", ["x", "1,2,3", "1,2,0x1p5000,4", "1,2,nan,x"])
def test_a_page_that_never_was_is_refused(any_store: Store, after: str) -> None:
    series = Series(any_store)
    series.add([(0, STARTED_AT, 1.0)])
    stored = series.read()
    with any_store.read() as cx, pytest.raises(InvalidInputError, match="names no page"):
        metrics.read_history(cx, stored, after=after, limit=1)


def test_a_negative_zero_is_one_in_a_row_too(any_store: Store) -> None:
    series = Series(any_store)
    series.add([(0, STARTED_AT, -0.0), (1, STARTED_AT, 0.0)])
    with any_store.write() as tx:
        values = tx.execute(select(metric_point.c.value).order_by(metric_point.c.ordinal)).scalars()
        assert [value.hex() for value in values] == [(-0.0).hex(), (0.0).hex()]
        tx.execute(update(metric_point).values(value=-0.0))
    assert [value.hex() for _, _, value in series.streamed()] == [(-0.0).hex()] * 2
    assert len(series.history(1)) == 2
