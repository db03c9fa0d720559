"""Who a worker is, and what it does after sleep."""

from __future__ import annotations

import os

from jobs.production import HandClock

from mlops_lab.store.processes import is_alive
from mlops_lab.worker.lease import SleepGuard, new_worker


def test_a_worker_is_this_process() -> None:
    first, second = new_worker(), new_worker()
    assert first.id != second.id
    assert first.pid == os.getpid()
    assert is_alive(first.pid, first.process_started_at)


def test_a_worker_that_slept_gives_others_a_lease_to_wake() -> None:
    clock = HandClock()
    guard = SleepGuard(clock=clock)
    assert guard.may_judge()
    clock.move(seconds=4)
    assert guard.may_judge()
    clock.move(seconds=3600)
    for _ in range(5):
        assert not guard.may_judge()
        clock.move(seconds=3)
    assert guard.may_judge()
    clock.move(seconds=-60)
    assert not guard.may_judge()
