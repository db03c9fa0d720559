"""Owns the readings of NVIDIA GPUs through NVML; without driver or library there are none."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

_DRIVER_FILES = ("/dev/nvidiactl", "/proc/driver/nvidia/version", "/dev/dxg")


class GpuReading(msgspec.Struct, frozen=True):
    """One GPU at one moment, all processes together: load in percent, memory in bytes."""

    utilization_percent: float | None
    memory_bytes: int | None


class Gpus:
    """The GPUs of this machine. The answer whether there are any is kept for the process."""

    def __init__(self, nvml: Any, handles: list[Any]) -> None:
        self._nvml = nvml
        self._handles = handles

    def names(self) -> list[str]:
        """Return the name of each GPU, with its memory."""
        found = []
        for handle in self._handles:
            name = self._ask("nvmlDeviceGetName", handle)
            text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
            memory = self._ask("nvmlDeviceGetMemoryInfo", handle)
            size = f" ({memory.total / 2**30:.0f} GiB)" if memory is not None else ""
            found.append(f"{text}{size}")
        return found

    def read(self) -> list[GpuReading]:
        """Return a reading of each GPU."""
        found = []
        for handle in self._handles:
            load = self._ask("nvmlDeviceGetUtilizationRates", handle)
            memory = self._ask("nvmlDeviceGetMemoryInfo", handle)
            found.append(
                GpuReading(
                    utilization_percent=None if load is None else float(load.gpu),
                    memory_bytes=None if memory is None else int(memory.used),
                )
            )
        return found

    def energy_j(self) -> float | None:
        """Return the joules that the GPUs have taken since the driver was loaded; None if unknown."""
        found = [self._ask("nvmlDeviceGetTotalEnergyConsumption", one) for one in self._handles]
        if not found or any(one is None for one in found):
            return None
        return float(sum(found)) / 1_000

    def _ask(self, question: str, handle: Any) -> Any:
        try:
            return getattr(self._nvml, question)(handle)
        except (self._nvml.NVMLError, AttributeError):
            return None


def find_gpus() -> Gpus | None:
    """Return the GPUs; None where there are none. The first call may take a tenth of a second."""
    with _lock():
        return _open(os.getpid())


def gpu_names() -> list[str]:
    """Return the names of the GPUs."""
    gpus = find_gpus()
    return gpus.names() if gpus is not None else []


@cache
def _lock() -> threading.Lock:
    return threading.Lock()


@cache
def _open(pid: int) -> Gpus | None:  # noqa: ARG001 - a forked child opens NVML for itself
    if sys.platform == "linux" and not any(map(os.path.exists, _DRIVER_FILES)):
        return None
    try:
        pynvml = import_module("pynvml")
    except ImportError:
        return None
    with suppress(pynvml.NVMLError, OSError):
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(count)]
        return Gpus(pynvml, handles) if handles else None
    return None
