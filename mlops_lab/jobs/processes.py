"""Owns process trees: who is alive, and how a whole tree is ended, whatever groups it made."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
import time
from collections.abc import Iterable

import psutil

from mlops_lab.store.processes import host_name, is_alive

ORPHANED = 70
"""The exit status of a process that ended because its owner did."""

_TERMINATE_S = 0.5
_KILL_S = 10.0
_PR_SET_CHILD_SUBREAPER = 36


def is_ours_and_dead(*, host: str, pid: int, process_started_at: float) -> bool:
    """Tell whether a process of this machine has ended; of other machines nothing is known."""
    return host == host_name() and not is_alive(pid, process_started_at)


def adopt_orphans() -> None:
    """Make this process the parent of what its dead descendants leave behind (Linux only).

    Without it, a process that leaves its session and loses its parent could not be found again.
    """
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_descendants(pid: int) -> None:
    """End every process below ``pid``: asked first, killed half a second later, until none is left."""
    deadline = time.monotonic() + _KILL_S
    _end(_descendants(pid), politely=True)
    while (left := _descendants(pid)) and time.monotonic() < deadline:
        _end(left, politely=False)


def kill_tree(pid: int) -> None:
    """End every process below ``pid``, then the process itself."""
    # Top last: while it lives, it adopts what its descendants leave behind, so nothing escapes.
    kill_descendants(pid)
    with contextlib.suppress(psutil.NoSuchProcess):
        _end([psutil.Process(pid)], politely=False)


def kill_marked(variable: str, value: str) -> None:
    """End every process of this user whose environment has ``variable`` set to ``value``.

    It finds what a tree left behind whose top was killed before it could adopt it.
    """
    deadline = time.monotonic() + _KILL_S
    while (left := _marked(variable, value)) and time.monotonic() < deadline:
        _end(left, politely=False)


def end_with_owner(runtime_dir: str) -> None:
    """Wait for the end of standard input, then end this process with all that it started.

    The owner holds the other end: it closes when the owner ends, whatever way. ``runtime_dir`` is
    removed. Run it in a thread; it does not return.
    """
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            continue
    kill_descendants(os.getpid())
    shutil.rmtree(runtime_dir, ignore_errors=True)
    os._exit(ORPHANED)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        found = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [process for process in found if _runs(process)]


def _marked(variable: str, value: str) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(variable) == value:
                found.append(process)
    return [process for process in found if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _end(processes: Iterable[psutil.Process], *, politely: bool) -> None:
    ended = list(processes)
    for process in ended:
        with contextlib.suppress(psutil.Error):
            if politely:
                process.terminate()
            else:
                process.kill()
    psutil.wait_procs(ended, timeout=_TERMINATE_S)
