"""Owns what a run has taken of time and memory: read from the process, at no cost worth measuring."""

from __future__ import annotations

import sys
import time

from mlops_lab.core.clock import Millis


class Usage:
    """Wall and processor time since it was made, by clocks that no one can set back."""

    __slots__ = ("_cpu_ns", "_stopped", "_wall_ns")

    def __init__(self) -> None:
        self._wall_ns = time.monotonic_ns()
        self._cpu_ns = time.process_time_ns()
        self._stopped: tuple[int, int] | None = None

    def stop(self) -> None:
        """Count no further: what follows is not the user's."""
        self._stopped = time.monotonic_ns(), time.process_time_ns()

    def wall_ms(self) -> Millis:
        """Return the milliseconds that have passed."""
        wall_ns = self._stopped[0] if self._stopped else time.monotonic_ns()
        return (wall_ns - self._wall_ns) // 1_000_000

    def cpu_ms(self) -> Millis:
        """Return the milliseconds of processor time that the process has used, in all threads."""
        cpu_ns = self._stopped[1] if self._stopped else time.process_time_ns()
        return (cpu_ns - self._cpu_ns) // 1_000_000

    def peak_memory(self) -> int | None:
        """Return the most memory that the process has held in its life, in bytes, where known."""
        if sys.platform == "win32":
            return None
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
