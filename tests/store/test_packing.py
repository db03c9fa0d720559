"""Proves that no point is lost or doubled when packing processes meet, are killed, or are fed."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import delete, func, select

from mlops_lab.core.settings import Settings
from mlops_lab.store import metrics, pointpacking
from mlops_lab.store.point_tables import point_chunk, point_summary
from mlops_lab.store.pointsummaries import CHUNK_POINTS
from mlops_lab.store.store import Store
from mlops_lab.store.tables import metric_point
from mlops_lab.tracking.packing import pack_points

from .pointworld import Series, exactly, some_points

_SMALL = 1_000


def fill(series: Series, count: int) -> Series:
    """Add points in batches that are too small to be packed at once."""
    for begin in range(0, count, _SMALL):
        order = "jitter" if begin % 3_000 else "rising"
        series.add(some_points(_SMALL, seed=begin, order=order, begin=begin))
    return series


@contextmanager
def packer(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    program = Path(__file__).with_name("packer.py")
    child = subprocess.Popen(
        [sys.executable, program, settings.store_url, settings.data_dir],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def wait_for_lines(child: subprocess.Popen[str], lines: int) -> bool:
    """Read so many lines; False when the packing has ended before."""
    assert child.stdout is not None
    return all(child.stdout.readline().strip() in ("ready", "step") for _ in range(lines))


def check_whole(every: list[Series]) -> None:
    """Hold the chunks and rows of each series to its points: each ordinal is there once."""
    for series in every:
        assert exactly(series.streamed()) == exactly(series.points)
        stored = series.read()
        with series.store.read() as cx:
            chunks = cx.execute(
                select(point_chunk.c.first, point_chunk.c.count)
                .where(point_chunk.c.series_id == stored.id)
                .order_by(point_chunk.c.first)
            ).all()
            rows = cx.execute(
                select(metric_point.c.ordinal)
                .where(metric_point.c.series_id == stored.id)
                .order_by(metric_point.c.ordinal)
            ).scalars()
            end = 0
            for chunk in chunks:
                assert chunk.first == end
                end += chunk[1]
            assert list(rows) == list(range(end, len(series.points)))


def test_a_packing_process_that_is_killed_loses_nothing(
    any_store: Store, any_settings: Settings
) -> None:
    every = [fill(Series(any_store), 40_000), fill(Series(any_store, name="other"), 30_000)]
    dice = random.Random(3)  # noqa: S311 - a test's numbers, the same each time
    for lines in (1, 2, 3, 2):
        with packer(any_settings) as child:
            going = wait_for_lines(child, lines)
            # In the midst of a transaction as likely as between two.
            time.sleep(dice.random() * 0.02)
            child.kill()
            child.wait(timeout=60)
        check_whole(every)
        assert going
    pack_points(any_store, rest=lambda _: None)
    check_whole(every)
    with any_store.read() as cx:
        assert pointpacking.count_waiting(cx) == 0
        rows = cx.execute(select(func.count()).select_from(metric_point)).scalar_one()
    assert rows < 2 * CHUNK_POINTS


def test_two_processes_pack_while_points_come_in(any_store: Store, any_settings: Settings) -> None:
    every = [fill(Series(any_store, name=f"loss {n}"), 20_000) for n in range(3)]
    with packer(any_settings) as one, packer(any_settings) as two:
        for child in (one, two):
            assert wait_for_lines(child, 1)
        for part in range(20, 30):
            for series in every:
                series.add(some_points(500, seed=part, order="rising", begin=len(series.points)))
        for child in (one, two):
            # Not communicate(): it does not see what a readline() has read ahead.
            assert child.stdout is not None
            assert child.stdout.read().endswith("done\n")
    pack_points(any_store, rest=lambda _: None)
    check_whole(every)


def test_readers_see_every_point_while_rows_become_chunks(any_store: Store) -> None:
    series = fill(Series(any_store), 30_000)
    stored, expected = series.read(), exactly(series.points)
    by_time = sorted(series.points, key=lambda row: (row[1], row[0], row[2] or 0.0))
    packed = threading.Event()

    def pack() -> None:
        try:
            pack_points(any_store, rest=time.sleep)
        finally:
            packed.set()

    thread = threading.Thread(target=pack)
    thread.start()
    reads = 0
    while not packed.is_set() or not reads:
        with any_store.read() as cx:
            streamed = [row for part in metrics.stream_points(cx, stored) for row in part]
        with any_store.read() as cx:
            page = metrics.read_history(cx, stored, limit=40_000)
        with any_store.read() as cx:
            whole = metrics.read_points(cx, [stored])[stored.id]
        assert exactly(streamed) == expected
        assert exactly(page.points) == exactly(by_time)
        assert len(whole) == len(expected)
        reads += 1
    thread.join()


def test_summaries_stand_for_every_point_once(any_store: Store) -> None:
    series = fill(Series(any_store), 70_000)
    pack_points(any_store, rest=lambda _: None)
    stored = series.read()
    with any_store.read() as cx:
        rows = cx.execute(
            select(point_summary)
            .where(point_summary.c.series_id == stored.id)
            .order_by(point_summary.c.level, point_summary.c.first)
        ).all()
    assert [row.first for row in rows if row.level == 2] == [0, 32 * CHUNK_POINTS]
    for row in rows:
        part = series.points[row.first : row.first + row[3]]
        steps = [step for step, _, _ in part]
        elapsed = [time - stored.first_time for _, time, _ in part]
        assert (row.low_step, row.high_step) == (min(steps), max(steps))
        assert (row.low_elapsed, row.high_elapsed) == (min(elapsed), max(elapsed))
        assert row.nan_count == sum(value is None for _, _, value in part)


def test_rows_with_a_gap_are_left_alone(any_store: Store) -> None:
    fill(Series(any_store), 3_000)
    with any_store.write() as tx:
        # As if somebody had taken a row away by hand: what is left is not packed over the gap.
        tx.execute(delete(metric_point).where(metric_point.c.ordinal == 5))
    assert pack_points(any_store, rest=lambda _: None) == 0
    with any_store.read() as cx:
        rows = cx.execute(select(func.count()).select_from(metric_point)).scalar_one()
    assert rows == 2_999


def test_what_runs_leave_at_their_end_is_packed(any_store: Store) -> None:
    every = [Series(any_store) for _ in range(3)]
    for series in every:
        series.add(some_points(900, seed=1, order="rising"))
        series.end()
    assert pack_points(any_store, rest=lambda _: None) == 2_700
    check_whole(every)
