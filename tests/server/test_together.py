"""Proves that one reading answers many, and that nobody gets what was read before the question."""

from __future__ import annotations

import asyncio

import pytest

from mlops_lab.server.together import Together


class _Store:
    """Counts its readings; each waits until it is let go, and returns what was there at its begin."""

    def __init__(self) -> None:
        self.value = 0
        self.readings = 0
        self.go = asyncio.Semaphore(0)

    async def read(self) -> int:
        self.readings += 1
        value = self.value
        await self.go.acquire()
        return value


async def test_who_asks_before_it_begins_shares_a_reading() -> None:
    store, together = _Store(), Together[int]()
    first = [asyncio.create_task(together.read("a", store.read)) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert store.readings == 1
    store.value = 1
    later = [asyncio.create_task(together.read("a", store.read)) for _ in range(20)]
    for _ in range(2):
        store.go.release()
    assert await asyncio.gather(*first) == [0] * 20
    assert await asyncio.gather(*later) == [1] * 20
    assert store.readings == 2
    assert together._running == together._next == {}


async def test_other_questions_are_other_readings() -> None:
    store, together = _Store(), Together[int]()
    for _ in range(2):
        store.go.release()
    assert await asyncio.gather(together.read("a", store.read), together.read("b", store.read)) == [
        0,
        0,
    ]
    assert store.readings == 2


async def test_all_get_the_error_and_the_next_one_reads_again() -> None:
    together = Together[int]()

    async def broken() -> int:
        raise ZeroDivisionError

    tasks = [asyncio.create_task(together.read("a", broken)) for _ in range(3)]
    for task in tasks:
        with pytest.raises(ZeroDivisionError):
            await task

    async def whole() -> int:
        return 1

    assert await together.read("a", whole) == 1


async def test_who_goes_away_takes_nothing_from_the_others() -> None:
    store, together = _Store(), Together[int]()
    gone, stays = [asyncio.create_task(together.read("a", store.read)) for _ in range(2)]
    await asyncio.sleep(0)
    gone.cancel()
    store.go.release()
    assert await stays == 0
