"""Proves that a server packs what waits, also what an older version left, and stops in between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from mlops_lab.core.settings import Settings
from mlops_lab.server.lab_access import LabAccess
from mlops_lab.server.packing import PointPacking
from mlops_lab.store import pointpacking
from mlops_lab.store.store import Store
from tests.store.pointworld import Series, exactly, some_points

_DEADLINE_S = 60


@pytest.fixture
def access(settings: Settings) -> Iterator[LabAccess]:
    opened = LabAccess(settings, log=logging.getLogger("test"))
    yield opened
    opened.close()


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as made:
        yield made


def fill(store: Store, count: int) -> Series:
    series = Series(store)
    for begin in range(0, count, 1_000):
        series.add(some_points(1_000, seed=begin, order="rising", begin=begin))
    return series


def waiting(store: Store) -> int:
    with store.read() as cx:
        return pointpacking.count_waiting(cx)


async def test_a_server_packs_what_waits(
    access: LabAccess, store: Store, executor: ThreadPoolExecutor
) -> None:
    series = fill(store, 5_000)
    packing = PointPacking(access, executor=executor, log=logging.getLogger("test"))
    task = asyncio.create_task(packing.run())
    async with asyncio.timeout(_DEADLINE_S):
        while waiting(store):  # noqa: ASYNC110 - in the store
            await asyncio.sleep(0.05)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert exactly(series.streamed()) == exactly(series.points)


async def test_a_server_that_stops_leaves_the_rest(
    access: LabAccess, store: Store, executor: ThreadPoolExecutor
) -> None:
    series = fill(store, 60_000)
    packing = PointPacking(access, executor=executor, log=logging.getLogger("test"))
    task = asyncio.create_task(packing.run())
    async with asyncio.timeout(_DEADLINE_S):
        while waiting(store) == 60_000:  # noqa: ASYNC110 - in the store
            await asyncio.sleep(0.001)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await asyncio.to_thread(executor.shutdown)
    assert exactly(series.streamed()) == exactly(series.points)


async def test_the_extension_packs(extension, lab) -> None:
    series = fill(lab.store, 3_000)
    async with asyncio.timeout(_DEADLINE_S):
        while waiting(lab.store):  # noqa: ASYNC110 - in the store
            await asyncio.sleep(0.05)
    assert exactly(series.streamed()) == exactly(series.points)
