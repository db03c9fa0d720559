"""Owns what living child processes take: joblib's workers, data loaders, and whatever a cell starts."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

RESCAN_EVERY = 5
"""Children are looked for with every so many readings: that takes milliseconds, a reading does not."""

MAX_CHILDREN = 256
"""More children than this are not counted."""


TICK_S = 0.02
"""The system counts in ticks: a process may seem older than it is by about one."""


class TreeReading(msgspec.Struct, frozen=True):
    """All living children at one moment: resident bytes, and processor seconds since the cell began.

    ``found_cpu_s`` is the part that children had used before they were found.
    """

    memory_bytes: int
    cpu_s: float
    found_cpu_s: float


class ProcessTree:
    """The children of this process; what they used before ``started_s`` (monotonic) is left out."""

    def __init__(self, started_s: float) -> None:
        self._started_at = _now_of_processes() - (time.monotonic() - started_s) - TICK_S
        self._children: dict[int, psutil.Process] = {}
        self._before_s = 0.0
        self._readings = 0

    def read(self) -> TreeReading:
        """Return what the children take now."""
        found_s = self._find() if self._readings % RESCAN_EVERY == 0 else 0.0
        self._readings += 1
        memory, cpu_s = 0, 0.0
        for pid, child in list(self._children.items()):
            try:
                with child.oneshot():
                    memory += child.memory_info().rss
                    cpu_s += _cpu_s(child)
            except psutil.Error:
                del self._children[pid]
        return TreeReading(memory, cpu_s - self._before_s, found_s)

    def _find(self) -> float:
        found_s = 0.0
        for pid in _children_of(os.getpid()):
            if pid in self._children or len(self._children) >= MAX_CHILDREN:
                continue
            with suppress(psutil.Error):
                child = psutil.Process(pid)
                used_s = _cpu_s(child)
                if child.create_time() < self._started_at:
                    self._before_s += used_s
                else:
                    found_s += used_s
                self._children[pid] = child
        return found_s


def _now_of_processes() -> float:
    """Return the time by the clock that processes are dated with.

    Linux dates them from its boot. A clock that was set, or a machine that slept, moves the time of
    day against that.
    """
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return time.time()
    return psutil.boot_time() + time.clock_gettime(time.CLOCK_BOOTTIME)


def has_children() -> bool:
    """Tell whether this process has children, by one system call, where that can be told so."""
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    except OSError:
        return True
    return True


def _children_of(pid: int) -> Iterator[int]:
    """Yield the children and theirs, by the list that Linux keeps (proc(5), ``task/*/children``).

    A look at every process of the machine takes a hundred times as long while the cell is busy.
    """
    if not Path(f"/proc/{pid}/task/{pid}/children").exists():
        with suppress(psutil.Error):
            yield from (child.pid for child in psutil.Process(pid).children(recursive=True))
        return
    seen: set[int] = set()
    with suppress(OSError):
        places = [str(task / "children") for task in Path(f"/proc/{pid}/task").iterdir()]
        while places and len(seen) < MAX_CHILDREN:
            with suppress(OSError):
                for word in Path(places.pop()).read_text(encoding="ascii").split():
                    child = int(word)
                    if child not in seen:
                        seen.add(child)
                        places.append(f"/proc/{child}/task/{child}/children")
                        yield child


def _cpu_s(child: psutil.Process) -> float:
    times = child.cpu_times()
    ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return float(times.user + times.system + ended)
