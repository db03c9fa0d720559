"""Holds the points that were sent again to a plain list, and to reading no more than it must."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from mlops_lab.core.limits import MAX_BATCH_POINTS
from mlops_lab.store import newestpoints
from mlops_lab.store.metrics import NewPoints, Row
from mlops_lab.store.newestpoints import stored_again
from mlops_lab.store.store import Store

from .pointworld import STARTED_AT, Series, some_points

NEWEST = 20_000


def asked(store: Store, series: list[Series], rows: list[Row]) -> list[set[Row]]:
    """Return for each series which of these points it has, as a retry asks."""
    new = NewPoints([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])
    with store.read() as cx:
        found = stored_again(cx, {(one.run_id, one.key_id): new for one in series})
    return [found.get((one.run_id, one.key_id), set()) for one in series]


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Give the statements that are executed meanwhile."""
    seen: list[str] = []

    def note(_cx: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    with store.read() as cx:
        engine = cx.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("order", ["rising", "jitter", "same", "falling", "shuffled"])
@pytest.mark.parametrize("count", [1, 2, 3, 1_500, 4_000])
def test_what_is_sent_again_is_found(any_store: Store, order: str, count: int) -> None:
    series, other = Series(any_store), Series(any_store, name="other")
    part = 700
    for begin in range(0, count, part):
        series.add(some_points(min(part, count - begin), seed=begin, order=order, begin=begin))
    for _ in range(2):
        known = series.points[-NEWEST:]
        sent = random.Random(count).sample(known, min(len(known), 40))  # noqa: S311 - of a test
        step, time, value = known[-1]
        fresh = [(step, time, 0.123), (step + 1, time, value), (step, time + 1, 0.25)]
        absent = set(fresh) - set(series.points)
        found, nothing = asked(any_store, [series, other], sent + fresh)
        assert found == (set(sent) | set(fresh)) - absent
        assert nothing == set()
        series.end()
        while series.pack_once():
            pass


def test_the_largest_batch_is_known_when_it_comes_again(any_store: Store) -> None:
    series = Series(any_store)
    points = some_points(MAX_BATCH_POINTS, seed=1, order="jitter")
    series.add(points)
    assert asked(any_store, [series], points) == [set(points)]


def test_only_the_newest_are_compared(any_store: Store) -> None:
    series = Series(any_store)
    for begin in range(0, NEWEST + 100, 900):
        series.add(some_points(900, seed=begin, order="rising", begin=begin))
    old, new = series.points[0], series.points[-NEWEST]
    assert asked(any_store, [series], [old, new]) == [{new}]


def test_new_points_cost_one_look_at_their_series(any_store: Store) -> None:
    series = [Series(any_store, name=f"m{number}") for number in range(5)]
    for one in series:
        one.add(some_points(1_500, seed=1, order="rising"))
        one.add(some_points(1_500, seed=1, order="rising", begin=1_500))
    with statements(any_store) as seen:
        asked(any_store, series, [(step, STARTED_AT + 10**6, 0.5) for step in range(2_999, 4_000)])
    assert len([one for one in seen if one.startswith("SELECT")]) == 2
    assert not [one for one in seen if "metric_point" in one or "point_chunk" in one]


def test_a_series_of_one_point_is_not_looked_into(any_store: Store) -> None:
    series = Series(any_store)
    series.add([(3, STARTED_AT, None)])
    with statements(any_store) as seen:
        found = asked(any_store, [series], [(3, STARTED_AT, None), (2, STARTED_AT, 1.0)])
    assert found == [{(3, STARTED_AT, None)}]
    assert not [one for one in seen if "metric_point" in one]


def test_a_batch_that_comes_again_is_read_and_not_what_is_before_it(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = Series(any_store)
    series.add(some_points(1_100, seed=1, order="rising"))
    series.add(some_points(900, seed=2, order="rising", begin=1_100))
    read: list[Any] = []
    loose = newestpoints._loose

    def counted(*given: Any) -> Iterator[Any]:
        for one in loose(*given):
            read.append(one)
            yield one

    monkeypatch.setattr(newestpoints, "_loose", counted)
    again = series.points[-20:]
    with statements(any_store) as seen:
        assert asked(any_store, [series], again) == [set(again)]
    assert len(read) == 20
    assert len([one for one in seen if "metric_point" in one or "point_chunk" in one]) == 2


def test_many_runs_are_asked_for_in_pieces(any_store: Store) -> None:
    series = Series(any_store)
    series.add([(1, STARTED_AT, 1.0)])
    new = NewPoints([1], [STARTED_AT], [1.0])
    pairs = {(f"{number:032x}", series.key_id): new for number in range(1_200)}
    with any_store.read() as cx, statements(any_store) as seen:
        found = stored_again(cx, pairs | {(series.run_id, series.key_id): new})
    assert found == {(series.run_id, series.key_id): {(1, STARTED_AT, 1.0)}}
    assert len(seen) == 4
