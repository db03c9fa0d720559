"""Owns back-pressure: how much of what is sent to a server may be in its memory at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mlops_lab.core.errors import BusyError, LimitError
from mlops_lab.core.limits import (
    MAX_BATCH_BYTES,
    MAX_LONG_WORKS,
    MAX_WAITING_BODIES,
    MAX_WAITING_BYTES,
)

T = TypeVar("T")

RETRY_AFTER_S = 1
"""How long a caller is told to wait, in seconds."""

LONG_RETRY_S = 5
"""The same, while files are made."""

_LONG_THREADS = 2


def announced_size(text: str | None) -> int | None:
    """Return what Content-Length says; None where it says nothing, or what tornado refuses itself."""
    return int(text) if text is not None and text.isdecimal() and text.isascii() else None


class Gate:
    """Counts the bodies that are on their way into the store. Only for the event loop's thread."""

    def __init__(self, *, bodies: int = MAX_WAITING_BODIES, size: int = MAX_WAITING_BYTES) -> None:
        self._most_bodies = bodies
        self._most_bytes = size
        self.bodies = 0
        self.size = 0

    def enter(self, size: int) -> None:
        """Let a body of ``size`` bytes in, before its first byte is taken.

        Raises:
            BusyError: as many, or as large ones, are in already; says when to come again.
        """
        if self.bodies and (
            self.bodies >= self._most_bodies or self.size + size > self._most_bytes
        ):
            raise BusyError(
                f"The server is taking in {self.bodies} requests of {self.size:,} bytes.",
                hint=f"Send it again after {RETRY_AFTER_S} second; nothing of it was stored.",
                retry_after_s=RETRY_AFTER_S,
            )
        self.bodies += 1
        self.size += size

    def leave(self, size: int) -> None:
        """Count a body of ``size`` bytes out."""
        self.bodies -= 1
        self.size -= size


class Workplace:
    """Two threads for long work, and room for some to wait. Only for the event loop's thread."""

    def __init__(self, *, most: int = MAX_LONG_WORKS) -> None:
        self._executor = ThreadPoolExecutor(_LONG_THREADS, thread_name_prefix="mlops-lab-long")
        self._most = most
        self._inside = 0

    async def work(self, run: Callable[[], T]) -> T:
        """Run it when it is its turn.

        Raises:
            BusyError: as much waits already; says when to come again.
        """
        if self._inside >= self._most:
            raise BusyError(
                f"The server is making {self._inside} files already.",
                hint=f"Ask again after {LONG_RETRY_S} seconds; nothing was done.",
                retry_after_s=LONG_RETRY_S,
            )
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, run)
        finally:
            self._inside -= 1

    def close(self) -> None:
        """Wait for what is worked on; what waits is not begun."""
        self._executor.shutdown(cancel_futures=True)


class Intake:
    """The body of one request while it arrives; ``close`` it whatever comes of the request.

    Raises:
        LimitError: it is announced to be larger than ``limit`` bytes.
        BusyError: the gate does not let it in now.
    """

    def __init__(self, gate: Gate, *, announced: int | None, limit: int = MAX_BATCH_BYTES) -> None:
        self._limit = limit
        if announced is not None and announced > limit:
            raise self._too_large(announced)
        self._gate = gate
        self._size = limit if announced is None else announced
        gate.enter(self._size)
        self._is_in = True
        self._content = bytearray()

    def take(self, chunk: bytes) -> None:
        """Keep what has arrived.

        Raises:
            LimitError: the body is larger than its limit.
        """
        if len(self._content) + len(chunk) > self._limit:
            raise self._too_large(len(self._content) + len(chunk))
        self._content += chunk

    @property
    def content(self) -> bytearray:
        """The body, as far as it has arrived; there is no copy of it."""
        return self._content

    def close(self) -> None:
        """Let go of the body."""
        if self._is_in:
            self._is_in = False
            self._gate.leave(self._size)
            self._content = bytearray()

    def _too_large(self, size: int) -> LimitError:
        return LimitError(
            f"The body has {size:,} bytes or more.",
            hint=f"The limit is {self._limit:,} bytes; send less at once.",
        )
