"""Owns the way of a change from the store's outbox to Jupyter's event stream."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lab.core.changes import Change
from mlops_lab.core.errors import LabError

from .lab_access import LabAccess

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

SCHEMA_ID = "https://events.mlops-lab.org/change/v1"
SCHEMA_FILE = Path(__file__).with_name("change.v1.yaml")

LEAST_REST_S = 0.05
"""Rest after each drain, in which the changes of a burst gather."""

MOST_REST_S = 0.5
"""The same when many browsers listen: each event goes to each, and each asks for a page then."""

_REST_FOR_WORK = 5
"""How many times as long as the event loop took for the last events the next ones gather."""

_EASING = 0.8
"""So much of the rest before stays at least: one quick drain between slow ones means nothing."""

_RETRY_S = 2.0
_READ_AT_ONCE = 1000
_EMIT_AT_ONCE = 50


def coalesce(changes: Iterable[Change]) -> list[Change]:
    """Return one change for each record, the newest, in order; a creation stays a creation."""
    newest: dict[tuple[str, str], Change] = {}
    for change in changes:
        before = newest.pop((change.kind, change.id), None)
        is_new = before is not None and before.action == "created" and change.action == "updated"
        newest[change.kind, change.id] = (
            Change(seq=change.seq, kind=change.kind, id=change.id, action="created")
            if is_new
            else change
        )
    return list(newest.values())


def rest_after(took_s: float, before_s: float) -> float:
    """Return how long changes gather next, in seconds.

    Args:
        took_s: from when the event loop was given the last events to when they were sent.
        before_s: the rest before.
    """
    wanted = max(_REST_FOR_WORK * took_s, _EASING * before_s)
    return min(MOST_REST_S, max(LEAST_REST_S, wanted))


class EventBridge:
    """Reads changes in a thread of its own and emits them, in order, in the event loop.

    Commits of this process wake it at once; those of others are seen by ``StoreWatch``.
    """

    def __init__(
        self, access: LabAccess, emit: Callable[[Change], None], *, log: logging.Logger
    ) -> None:
        self._access = access
        self._emit = emit
        self._log = log
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._seq: int | None = None
        self._rest_s = LEAST_REST_S
        access.on_open(lambda lab: lab.store.on_commit(self._woken.set))

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open the store in the background and begin with the changes from now on."""
        self._thread = threading.Thread(
            target=self._run, args=(loop,), name="mlops-lab-events", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; takes at most as long as one query."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stopping.is_set():
            try:
                lab = self._access.get()
                self._follow(lab, loop)
            except LabError:
                # Told by LabAccess when the store is opened the next time.
                self._stopping.wait(_RETRY_S)
            except Exception:  # noqa: BLE001 - a fault of ours must not end the events
                self._log.exception("MLOps Lab's events failed; they go on in a moment.")
                self._stopping.wait(_RETRY_S)

    def _follow(self, lab: Lab, loop: asyncio.AbstractEventLoop) -> None:
        watch = lab.store.watch()
        try:
            while not self._stopping.is_set() and self._access.holds(lab):
                is_woken = self._woken.is_set()
                self._woken.clear()
                if watch.moved() or is_woken:
                    self._drain(lab, loop)
                self._woken.wait(watch.period_s)
        except LabError:
            self._access.forget(lab)
            raise
        finally:
            watch.close()

    def _drain(self, lab: Lab, loop: asyncio.AbstractEventLoop) -> None:
        changes = coalesce(self._read_new(lab))
        if not changes:
            return
        begun, sent = time.monotonic(), threading.Event()
        for start in range(0, len(changes), _EMIT_AT_ONCE):
            loop.call_soon_threadsafe(self._emit_all, changes[start : start + _EMIT_AT_ONCE])
        # An emitted event becomes a task for each listener; what is asked for then comes after them.
        loop.call_soon_threadsafe(loop.call_soon, sent.set)
        while not sent.wait(_RETRY_S) and not self._stopping.is_set():
            continue
        self._rest_s = rest_after(time.monotonic() - begun, self._rest_s)
        self._stopping.wait(self._rest_s)

    def _read_new(self, lab: Lab) -> Sequence[Change]:
        from mlops_lab.store.outbox import changes_after, last_seq

        with lab.store.read() as cx:
            newest = last_seq(cx)
            if self._seq is None or newest < self._seq:
                # The first look, or the store was replaced by a younger one.
                self._seq = newest
                return []
            found: list[Change] = []
            while self._seq < newest:
                page = changes_after(cx, self._seq, limit=_READ_AT_ONCE)
                found.extend(page)
                self._seq = page[-1].seq if page else newest
        return found

    def _emit_all(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._emit(change)
