"""Owns the thread that looks once a second at what a running cell takes; short cells never see it."""

from __future__ import annotations

import _thread
import os
import time
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
        # Held while the cell runs; the thread waits for it, which costs less than an event.
        self._running = _thread.allocate_lock()
        self._writing = _thread.allocate_lock()

    def start(self) -> None:
        """Begin to sample. The thread is no object of ``threading``: that takes five times as long."""
        self._running.acquire()
        _thread.start_new_thread(self._sample_all, ())

    def stop(self) -> None:
        """Take no more samples; the thread ends at once."""
        if os.getpid() != self._pid:
            return
        with self._writing:
            self._ended = True
        self._running.release()

    def network(self) -> Moved:
        """Return what the network has moved since the cell began; nothing known for a short cell."""
        return self._readings.network().since(self._network) if self._network else Moved()

    def _sample_all(self) -> None:
        try:
            # Most cells end before the first reading, and are not kept waiting by it.
            if self._running.acquire(timeout=SETTLE_S):
                return
            self._network = self._readings.network()
            wait_s = FIRST_AFTER_S - SETTLE_S
            # An interrupt may have kept ``stop`` from being called.
            while not self._running.acquire(timeout=wait_s) and self._run.is_open:
                self._sample()
                taken_s = time.monotonic() - self._started_s
                wait_s = max(EVERY_S / 10, EVERY_S - (taken_s - FIRST_AFTER_S) % EVERY_S)
        except Exception as error:  # noqa: BLE001 - a thread of ours must not print a traceback
            own_fault("sampling the machine", error)

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


def _gpu_values(readings: list[GpuReading]) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for number, reading in enumerate(readings):
        values[f"gpu_{number}_utilization_percent"] = reading.utilization_percent
        values[f"gpu_{number}_memory_bytes"] = reading.memory_bytes
    return values
