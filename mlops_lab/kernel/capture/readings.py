"""Owns what the process has taken so far: processor time, memory, bytes read, written and received."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

import msgspec

_LINUX = sys.platform == "linux"
_KIB = 1_024
_READ = 65_536
_DEVICE_FIELDS = 9


class Memory(msgspec.Struct, frozen=True):
    """Resident memory of this process in bytes: now, and the most since the last ``reset_peak``."""

    now: int | None = None
    peak: int | None = None


class Moved(msgspec.Struct, frozen=True):
    """Bytes so far, in and out; None for what the system does not tell."""

    inward: int | None = None
    outward: int | None = None

    def since(self, before: Moved) -> Moved:
        """Return by how much both have grown; a count that began anew has not."""
        return Moved(_grown(self.inward, before.inward), _grown(self.outward, before.outward))


class Readings:
    """The readings of this process. On Linux their files stay open: a cell must not wait for them."""

    def __init__(self) -> None:
        self._status = _ProcFile("/proc/self/status", "Name:")
        self._io = _ProcFile("/proc/self/io", "rchar:")
        self._devices = _ProcFile("/proc/self/net/dev", "Inter-")

    def memory(self) -> Memory:
        """Return the resident memory."""
        if _LINUX:
            text = self._status.read()
            # Not by getrusage: its peak begins with that of the program that started this one.
            return Memory(_kib(text, "VmRSS:"), _kib(text, "VmHWM:"))
        with suppress(ImportError, OSError, AttributeError):
            import psutil

            info = psutil.Process().memory_info()
            return Memory(info.rss, _lifetime_peak(getattr(info, "peak_wset", None)))
        return Memory()

    def files(self) -> Moved:
        """Return what this process has read and written, also from the system's cache and pipes."""
        if _LINUX:
            fields = self._io.read().split()
            if len(fields) > 3 and fields[2] == "wchar:":  # noqa: PLR2004 - see proc(5), io
                return Moved(int(fields[1]), int(fields[3]))
            return Moved()
        with suppress(ImportError, OSError, AttributeError):
            import psutil

            counters = psutil.Process().io_counters()
            return Moved(counters.read_bytes, counters.write_bytes)
        return Moved()

    def network(self) -> Moved:
        """Return what the machine has received and sent, without what it sent to itself."""
        received = sent = 0
        if _LINUX:
            lines = self._devices.read().splitlines()[2:]
            for line in lines:
                device, _, numbers = line.partition(":")
                fields = numbers.split()
                if device.strip() != "lo" and len(fields) >= _DEVICE_FIELDS:
                    received += int(fields[0])
                    sent += int(fields[8])
            return Moved(received, sent) if lines else Moved()
        with suppress(ImportError, OSError, AttributeError):
            import psutil

            for device, counters in psutil.net_io_counters(pernic=True).items():
                if not device.lower().startswith("lo"):
                    received += counters.bytes_recv
                    sent += counters.bytes_sent
            return Moved(received, sent)
        return Moved()


def cpu_s() -> float:
    """Return the processor seconds of this process, and of children that have ended."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def reset_peak() -> bool:
    """Have the peak begin anew; return whether the system did that (proc(5), ``clear_refs``)."""
    if not _LINUX:
        return False
    try:
        place = os.open("/proc/self/clear_refs", os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.write(place, b"5")
    except OSError:
        return False
    finally:
        os.close(place)
    return True


def _grown(now: int | None, before: int | None) -> int | None:
    return None if now is None or before is None else max(0, now - before)


class _ProcFile:
    """A file of the proc file system that is read again and again; ``begins`` tells it from others."""

    __slots__ = ("_begins", "_fd", "_name", "_pid")

    def __init__(self, name: str, begins: str) -> None:
        self._name = name
        self._begins = begins
        self._fd = -1
        self._pid = -1

    def read(self) -> str:
        """Return the text; empty when it cannot be read."""
        # A forked child has its own; and whoever closes files that are not his may have closed it.
        if self._pid == os.getpid():
            text = self._read()
            if text.startswith(self._begins):
                return text
        try:
            self._fd = os.open(self._name, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return ""
        self._pid = os.getpid()
        return self._read()

    def _read(self) -> str:
        try:
            return os.pread(self._fd, _READ, 0).decode("ascii", "replace")
        except OSError:
            return ""


def _kib(text: str, name: str) -> int | None:
    at = text.find(name)
    return int(text[at + len(name) :].split(None, 1)[0]) * _KIB if at >= 0 else None


def _lifetime_peak(peak_wset: int | None) -> int | None:
    if sys.platform == "win32":
        return peak_wset
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIB
