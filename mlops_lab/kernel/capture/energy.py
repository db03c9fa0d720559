"""Owns how much energy a cell took: measured where the machine tells, otherwise estimated as such."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from .gpu import Gpus, find_gpus

WATTS_PER_CORE = 10.0
"""What a busy processor core is taken to draw, in watts: between a laptop's 5 and a server's 15."""

_POWERCAP = Path("/sys/class/powercap")
_JOULES_PER_WH = 3_600.0
_MICRO = 1e-6


class Energy(msgspec.Struct, frozen=True):
    """Watt-hours, where the number is from, and by what assumption."""

    watt_hours: float
    source: Literal["measured", "estimated"]
    note: str


class EnergyMeter:
    """Adds up energy from its making on. ``read`` must be called before a counter wraps: minutes."""

    def __init__(self, folder: Path = _POWERCAP) -> None:
        self._counters = _open_counters(folder)
        self._last = {place: _number(place / "energy_uj") for place in self._counters}
        self._cpu_j = 0.0
        self._gpus: Gpus | None = find_gpus()
        self._gpu_start_j = self._gpus.energy_j() if self._gpus is not None else None

    def read(self) -> None:
        """Add what the processors took since the last call."""
        for place, most in self._counters.items():
            now, last = _number(place / "energy_uj"), self._last[place]
            if now is None or last is None:
                continue
            # The counter begins again at 0 when it has reached its range.
            self._cpu_j += (now - last if now >= last else now + most - last) * _MICRO
            self._last[place] = now

    def finish(self, cpu_s: float) -> Energy:
        """Return the energy so far; ``cpu_s`` are the processor seconds that the cell used."""
        self.read()
        gpu_j = 0.0
        notes = []
        if self._gpus is not None and self._gpu_start_j is not None:
            gpu_j = max(0.0, (self._gpus.energy_j() or self._gpu_start_j) - self._gpu_start_j)
            notes.append("GPUs by NVML, all processes together.")
        elif self._gpus is not None:
            notes.append("Without the GPUs: they do not tell.")
        if self._counters:
            notes.insert(0, "Processors by RAPL, all processes together.")
            return Energy((self._cpu_j + gpu_j) / _JOULES_PER_WH, "measured", " ".join(notes))
        notes.insert(
            0, f"Processor time x {WATTS_PER_CORE:g} W a core; the counters are not readable."
        )
        watt_hours = (cpu_s * WATTS_PER_CORE + gpu_j) / _JOULES_PER_WH
        return Energy(watt_hours, "estimated", " ".join(notes))


def _open_counters(folder: Path) -> dict[Path, int]:
    """Return the readable counters of whole processor packages, and the range of each in microjoules."""
    found: dict[Path, int] = {}
    with suppress(OSError):
        for place in sorted(folder.iterdir()):
            # intel-rapl:0 is a package, intel-rapl:0:1 a part of it that is counted there already.
            is_whole = place.name.count(":") == 1 and _text(place / "name").startswith("package")
            most = _number(place / "max_energy_range_uj")
            if is_whole and most is not None and _number(place / "energy_uj") is not None:
                found[place] = most
    return found


def _number(file: Path) -> int | None:
    text = _text(file).strip()
    return int(text) if text.isdecimal() else None


def _text(file: Path) -> str:
    """Return what the file says; empty when it cannot be read, which is the rule for counters."""
    try:
        return file.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
