"""A process is known by number and start time, and taken for dead only when it is."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from mlops_lab.store.processes import START_TOLERANCE_S, is_alive, own_start_time


def test_this_process_lives_and_another_of_its_number_does_not() -> None:
    me, started_at = os.getpid(), own_start_time()
    assert is_alive(me, started_at)
    assert is_alive(me, started_at - START_TOLERANCE_S / 2)
    assert not is_alive(me, started_at - 2 * START_TOLERANCE_S)


@pytest.mark.parametrize("pid", [2**22 + 1, -5, 2**70])
def test_a_number_that_nobody_has(pid: int) -> None:
    assert not is_alive(pid, 1.0)


def test_a_process_that_has_ended_and_was_not_waited_for_is_dead() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    assert child.stdin is not None
    try:
        process = psutil.Process(child.pid)
        started_at = process.create_time()
        assert is_alive(child.pid, started_at)
        child.stdin.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert process.status() == psutil.STATUS_ZOMBIE
        assert not is_alive(child.pid, started_at)
    finally:
        child.kill()
        child.wait()
    assert not is_alive(child.pid, started_at)
