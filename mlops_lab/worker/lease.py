"""Owns who a worker is, and whether it may judge others after it has slept itself."""

from __future__ import annotations

import os
from importlib.metadata import version

from mlops_lab.core.clock import Clock, now_ms
from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import Worker
from mlops_lab.jobs.records import LEASE_MS
from mlops_lab.store.processes import host_name, own_start_time


def new_worker() -> Worker:
    """Return this process as a new worker."""
    now = now_ms()
    return Worker(
        id=new_id(),
        host=host_name(),
        pid=os.getpid(),
        process_started_at=own_start_time(),
        started_at=now,
        heartbeat_at=now,
        alive=True,
        version=version("mlops-lab"),
    )


class SleepGuard:
    """Keeps a worker that has slept, with its machine or alone, from taking others for dead.

    Leases that ran out meanwhile belong to workers that may have slept as well; they get the time
    of one lease to renew them.
    """

    def __init__(self, *, clock: Clock = now_ms) -> None:
        self._clock = clock
        self._last = clock()
        self._awake_since = self._last - LEASE_MS

    def may_judge(self) -> bool:
        """Tell whether this worker has been awake for a lease; ask at least every few seconds."""
        now = self._clock()
        if not 0 <= now - self._last < LEASE_MS // 3:
            self._awake_since = now
        self._last = now
        return now - self._awake_since >= LEASE_MS
