"""Owns the thread that looks once a second at what a running cell takes; short cells never see it."""

from __future__ import annotations

import _thread
import atexit
import os
import time
from functools import cache
from typing import TYPE_CHECKING

from mlops_lab.kernel.display import own_fault

from .gpu import GpuReading, find_gpus
from .readings import Moved, Readings, cpu_s

if TYPE_CHECKING:
    from mlops_lab.kernel.run import RunLog

    from .energy import EnergyMeter
    from .processtree import ProcessTree, TreeReading

FIRST_AFTER_S = 0.75
"""A cell that ends earlier has no samples."""

SETTLE_S = 0.02
"""The network is read from then on; what a cell takes of it before is not counted."""

EVERY_S = 1.0
"""Samples of a cell that runs on are so far apart."""

END_S = 0.5
"""At the end of the process a reading that goes on is waited for so long."""

LINGER_S = 0.5
"""The thread waits so long for the next cell: to start one costs more than a cell may take."""


class Sampler:
    """Samples one cell from ``start`` to ``stop``, and keeps the extremes of what it saw.

    The series are named ``system/...``; their steps are whole seconds since the run began, their
    bytes those since the cell began.
    """

    def __init__(
        self,
        run: RunLog,
        *,
        readings: Readings,
        first_step: int,
        files: Moved,
        meter: EnergyMeter | None,
    ) -> None:
        self.samples = 0
        self.peak_memory = 0
        self.gpu_peak_memory: int | None = None
        self.tree: ProcessTree | None = None
        self._run = run
        self._readings = readings
        self._first_step = first_step
        self._files = files
        self._network: Moved | None = None
        self._meter = meter
        self._pid = os.getpid()
        self._started_s = time.monotonic()
        self._cpu_s = cpu_s()
        self._at_s = self._started_s
        self._ended = False
        self.due_s = self._started_s + SETTLE_S
        self._writing = _thread.allocate_lock()

    @property
    def goes_on(self) -> bool:
        """Whether there is a cell to sample; an interrupt may have kept ``stop`` from being called."""
        return not self._ended and self._run.is_open

    def start(self) -> None:
        """Begin to sample."""
        process_ticker().add(self)

    def stop(self) -> None:
        """Take no more samples."""
        if os.getpid() == self._pid:
            with self._writing:
                self._ended = True

    def network(self) -> Moved:
        """Return what the network has moved since the cell began; nothing known for a short cell."""
        return self._readings.network().since(self._network) if self._network else Moved()

    def tick(self) -> None:
        """Do what is due now, and set ``due_s`` (monotonic) to when something will be due again."""
        if not self.goes_on or time.monotonic() < self.due_s:
            return
        if self._network is None:
            # Most cells end before the first reading, and are not kept waiting by it.
            self._network = self._readings.network()
            self.due_s = self._started_s + FIRST_AFTER_S
            return
        self._sample()
        now_s = time.monotonic()
        past_s = (now_s - self._started_s - FIRST_AFTER_S) % EVERY_S
        self.due_s = now_s + max(EVERY_S / 10, EVERY_S - past_s)

    def _sample(self) -> None:
        children = self._children()
        now_s, used_s = time.monotonic(), cpu_s() + children.cpu_s
        memory = self._readings.memory().now or 0
        files, network = self._readings.files().since(self._files), self.network()
        gpus = find_gpus()
        readings = gpus.read() if gpus is not None else []
        if self._meter is not None:
            self._meter.read()
        past_s = max(now_s - self._at_s, 1e-3)
        busy_s = max(0.0, used_s - children.found_cpu_s - self._cpu_s)
        values: dict[str, float | None] = {
            "cpu_percent": round(100 * busy_s / past_s, 1),
            "memory_rss_bytes": memory + children.memory_bytes,
            "disk_read_bytes": files.inward,
            "disk_written_bytes": files.outward,
            "network_received_bytes": network.inward,
            "network_sent_bytes": network.outward,
        } | _gpu_values(readings)
        self._at_s, self._cpu_s = now_s, used_s
        self._keep(values, memory, readings)

    def _children(self) -> TreeReading:
        # Here, because most cells end before, or have no children.
        from .processtree import ProcessTree, TreeReading, has_children

        if self.tree is None:
            if not has_children():
                return TreeReading(0, 0.0, 0.0)
            self.tree = ProcessTree(self._started_s)
        return self.tree.read()

    def _keep(
        self, values: dict[str, float | None], memory: int, readings: list[GpuReading]
    ) -> None:
        with self._writing:
            if self._ended:
                return
            self.samples += 1
            self.peak_memory = max(self.peak_memory, memory)
            used = [one.memory_bytes for one in readings if one.memory_bytes is not None]
            if used:
                self.gpu_peak_memory = max(self.gpu_peak_memory or 0, sum(used))
            step = self._first_step + int(self._at_s - self._started_s + 0.5)
            for name, value in values.items():
                if value is not None:
                    self._run.log_system(f"system/{name}", float(value), step)


class Ticker:
    """The one thread that samples all cells. It lives while cells run, and a little longer.

    It is no object of ``threading``: users would see it there, and it would take longer to start.
    """

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._samplers: list[Sampler] = []
        self._lives = self._is_over = False
        self._sleeps_until_s = self._quiet_since_s = 0.0
        self._lock = _thread.allocate_lock()
        self._asleep = _thread.allocate_lock()
        self._living = _thread.allocate_lock()

    def add(self, sampler: Sampler) -> None:
        """Sample a cell until it ends."""
        if self._pid != os.getpid():
            # In a forked child there is no thread, and somebody may have held the locks.
            self._begin()
        with self._lock:
            self._samplers.append(sampler)
            if not self._lives and not self._is_over:
                living = _thread.allocate_lock()
                living.acquire()
                _thread.start_new_thread(self._run, (living,))
                self._lives, self._living = True, living
            elif self._sleeps_until_s > time.monotonic() + SETTLE_S and self._asleep.locked():
                self._asleep.release()

    def close(self) -> None:
        """End the thread: Python ends badly while one of its own runs that it does not know."""
        if self._pid != os.getpid():
            return
        with self._lock:
            self._is_over = True
            if self._asleep.locked():
                self._asleep.release()
        self._living.acquire(timeout=END_S)

    def _run(self, living: _thread.LockType) -> None:
        seen: list[Sampler] = []
        self._quiet_since_s = time.monotonic()
        try:
            while self._look(seen):
                for one in seen:
                    self._tick(one)
        finally:
            living.release()

    def _look(self, seen: list[Sampler]) -> bool:
        """Wait until something is due for ``seen``, or there is news; False when all is over."""
        now_s = time.monotonic()
        with self._lock:
            self._samplers = [one for one in self._samplers if one.goes_on]
            if self._samplers:
                self._quiet_since_s = now_s
            if self._is_over or now_s - self._quiet_since_s > LINGER_S:
                self._lives = False
                return False
            is_news = any(one not in seen for one in self._samplers)
            seen[:] = self._samplers
            self._sleeps_until_s = min((one.due_s for one in seen), default=now_s + SETTLE_S)
            self._asleep.acquire(blocking=False)
        if not is_news:
            self._asleep.acquire(timeout=max(0.0, self._sleeps_until_s - now_s))
        return True

    def _tick(self, sampler: Sampler) -> None:
        try:
            sampler.tick()
        except Exception as error:  # noqa: BLE001 - a thread of ours must not print a traceback
            sampler.stop()
            own_fault("sampling the machine", error)


@cache
def process_ticker() -> Ticker:
    """Return the one ticker of this process."""
    ticker = Ticker()
    atexit.register(ticker.close)
    return ticker


def _gpu_values(readings: list[GpuReading]) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for number, reading in enumerate(readings):
        values[f"gpu_{number}_utilization_percent"] = reading.utilization_percent
        values[f"gpu_{number}_memory_bytes"] = reading.memory_bytes
    return values
