"""Owns the capture of what a run takes: time, memory, bytes moved, and energy when asked for."""

from __future__ import annotations

import os
import time
import weakref
from typing import TYPE_CHECKING, Any

import msgspec

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.facets import Resources

from .base import Outcome, Watched
from .gitcommand import Git
from .readings import Memory, Moved, Readings, cpu_s, reset_peak
from .sampler import Sampler

if TYPE_CHECKING:
    from mlops_lab.kernel.run import RunLog

    from .energy import EnergyMeter

NEGLIGIBLE_BYTES = 262_144
"""A peak that is nearer to what is held now need not begin anew."""


class _Watch:
    """One cell while it runs. ``peak`` is the most memory that was seen by whoever reset the peak."""

    __slots__ = (
        "cpu_s",
        "files",
        "git_cpu_s",
        "memory",
        "meter",
        "peak",
        "pid",
        "sampler",
        "start_ns",
    )

    def __init__(
        self, sampler: Sampler, *, memory: Memory, files: Moved, meter: EnergyMeter | None
    ) -> None:
        self.pid = os.getpid()
        self.sampler = sampler
        self.memory = memory
        self.files = files
        self.meter = meter
        self.peak = 0
        self.git_cpu_s = 0.0
        self.cpu_s = cpu_s()
        self.start_ns = time.perf_counter_ns()


class HardwareCapture:
    """Records what each cell took; of several cells of one run the sum, and the highest peak."""

    kind: CaptureKind = "hardware"

    def __init__(self, git: Git) -> None:
        self._git = git
        self._readings = Readings()
        self._totals: weakref.WeakKeyDictionary[RunLog, Resources] = weakref.WeakKeyDictionary()
        self._watches: list[_Watch] = []

    def before(self, cell: Watched) -> Any:
        """Note what was taken until now, and begin to sample."""
        meter = _make_meter() if getattr(cell.options, "energy", False) else None
        known = self._totals.get(cell.run)
        first_step = known.wall_ms // 1_000 if known is not None else 0
        files = self._readings.files()
        sampler = Sampler(
            cell.run,
            readings=self._readings,
            first_step=first_step,
            files=files,
            meter=meter,
        )
        memory = self._begin_peak()
        watch = _Watch(sampler, memory=memory, files=files, meter=meter)
        watch.git_cpu_s = self._git.cpu_s
        self._watches.append(watch)
        sampler.start()
        return watch

    def after(self, cell: Watched, seen: Any, outcome: Outcome) -> None:  # noqa: ARG002 - any end
        """Stop sampling, and record what the cell took."""
        watch: _Watch = seen
        if watch.pid != os.getpid():
            return
        wall_ms = (time.perf_counter_ns() - watch.start_ns) // 1_000_000
        used_s = cpu_s() - watch.cpu_s - (self._git.cpu_s - watch.git_cpu_s)
        files, memory = self._readings.files().since(watch.files), self._readings.memory()
        network = watch.sampler.network()
        watch.sampler.stop()
        self._watches = [one for one in self._watches if one is not watch]
        if watch.sampler.tree is not None:
            used_s += watch.sampler.tree.read().cpu_s
        taken = Resources(
            wall_ms=wall_ms,
            cpu_ms=round(max(0.0, used_s) * 1_000),
            peak_memory=_peak(watch, memory),
            memory_before=watch.memory.now,
            read_bytes=files.inward,
            written_bytes=files.outward,
            received_bytes=network.inward,
            sent_bytes=network.outward,
            gpu_peak_memory=watch.sampler.gpu_peak_memory,
            samples=watch.sampler.samples,
        )
        if watch.meter is not None:
            energy = watch.meter.finish(used_s)
            taken = msgspec.structs.replace(
                taken,
                energy_wh=energy.watt_hours,
                energy_source=energy.source,
                energy_note=energy.note,
            )
        total = _sum(self._totals.get(cell.run), taken)
        self._totals[cell.run] = total
        cell.run.cpu_ms, cell.run.peak_memory = total.cpu_ms, total.peak_memory
        cell.run.add_facet("resources", "", total)

    def _begin_peak(self) -> Memory:
        """Have the peak of the process begin anew, without a loss for cells that run already."""
        memory = self._readings.memory()
        for watch in self._watches:
            watch.peak = max(watch.peak, memory.peak or 0)
        if memory.peak is None or memory.peak - (memory.now or 0) < NEGLIGIBLE_BYTES:
            return memory
        reset_peak()
        return self._readings.memory()


def _make_meter() -> EnergyMeter:
    # Here, because few cells ask for it.
    from .energy import EnergyMeter

    return EnergyMeter()


def _peak(watch: _Watch, memory: Memory) -> int | None:
    """Return the most memory during the cell.

    Where the peak cannot be reset it tells of the cell only if it rose; samples fill in.
    """
    seen = [watch.peak, watch.sampler.peak_memory, watch.memory.now or 0, memory.now or 0]
    if memory.peak is not None and memory.peak > (watch.memory.peak or 0):
        seen.append(memory.peak)
    return max(seen) or None


def _sum(known: Resources | None, taken: Resources) -> Resources:
    """Return what two cells of one run took together."""
    if known is None:
        return taken
    return Resources(
        wall_ms=known.wall_ms + taken.wall_ms,
        cpu_ms=known.cpu_ms + taken.cpu_ms,
        peak_memory=max(known.peak_memory or 0, taken.peak_memory or 0) or None,
        memory_before=known.memory_before,
        read_bytes=_add(known.read_bytes, taken.read_bytes),
        written_bytes=_add(known.written_bytes, taken.written_bytes),
        received_bytes=_add(known.received_bytes, taken.received_bytes),
        sent_bytes=_add(known.sent_bytes, taken.sent_bytes),
        gpu_peak_memory=max(known.gpu_peak_memory or 0, taken.gpu_peak_memory or 0) or None,
        samples=known.samples + taken.samples,
        energy_wh=_add(known.energy_wh, taken.energy_wh),
        energy_source=taken.energy_source or known.energy_source,
        energy_note=taken.energy_note or known.energy_note,
    )


def _add(known: Any, taken: Any) -> Any:
    return taken if known is None else known if taken is None else known + taken
