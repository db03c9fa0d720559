"""Owns the one background thread of captures: what may wait does not keep the cell waiting."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from .display import own_fault

MAX_WAITING = 1_000
"""More calls than this do not wait: the next one is dropped, and the dropper is told."""


class Background:
    """A daemon thread that makes calls one after another. It starts with the first call."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting = 0
        self._thread: threading.Thread | None = None

    def submit(self, call: Callable[[], None]) -> bool:
        """Have ``call`` made; return False, and do nothing, when too many wait already."""
        with self._lock:
            if self._waiting >= MAX_WAITING:
                return False
            self._waiting += 1
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="mlops-lab-captures", daemon=True
                )
                self._thread.start()
        self._calls.put(call)
        return True

    def finish(self, *, timeout: float) -> bool:
        """Wait until nothing waits, for at most ``timeout`` seconds; return whether that is so."""
        deadline = time.monotonic() + timeout
        with self._idle:
            while self._waiting:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._idle.wait(left)
        return True

    def close(self, *, timeout: float) -> None:
        """End the thread when nothing waits, or after ``timeout`` seconds; a later call has a new one."""
        self.finish(timeout=timeout)
        with self._lock:
            if self._thread is None:
                return
            self._thread = None
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                call()
            except Exception as error:  # noqa: BLE001 - a thread of ours must not print a traceback
                own_fault("capturing in the background", error)
            finally:
                with self._idle:
                    self._waiting -= 1
                    self._idle.notify_all()
