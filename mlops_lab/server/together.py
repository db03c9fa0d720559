"""Owns that many who ask the same at once are answered by one reading of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """Shares a reading among all who ask before it begins. Only for the event loop's thread.

    Who asks while one is under way gets the next one, which all who come meanwhile share: nobody
    is answered with what was read before the question.
    """

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[T]] = {}
        self._next: dict[Hashable, asyncio.Task[T]] = {}

    async def read(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """Return what ``work`` returns; it is the same work for the same ``key``."""
        task = self._next.get(key)
        if task is None:
            task = asyncio.create_task(self._begin(key, work))
            task.add_done_callback(_look_at)
            self._next[key] = task
        return await asyncio.shield(task)

    async def _begin(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        before = self._running.get(key)
        if before is not None:
            await asyncio.wait([before])
        mine = self._next.pop(key)
        self._running[key] = mine
        try:
            return await work()
        finally:
            if self._running.get(key) is mine:
                del self._running[key]


def _look_at(task: asyncio.Task[T]) -> None:
    """Keep asyncio from complaining of an error when everybody who asked has gone away."""
    if not task.cancelled():
        task.exception()
