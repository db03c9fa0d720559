"""Owns how a process is known again: by its machine, its number, and when it started."""

from __future__ import annotations

import socket

import psutil

START_TOLERANCE_S = 5.0
"""The system reckons a start time anew for each reader; a corrected clock moves it a little."""


def host_name() -> str:
    """Return the name under which this machine signs what it owns."""
    return socket.gethostname()


def own_start_time() -> float:
    """Return when this process started, in seconds since the epoch."""
    return psutil.Process().create_time()


def is_alive(pid: int, process_started_at: float) -> bool:
    """Tell whether the process with this number and start time still runs on this machine.

    One that may not be looked at counts as alive; one that has ended and was not waited for, and
    a number that no process can have, as dead.
    """
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - process_started_at) < START_TOLERANCE_S
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return False
    except psutil.AccessDenied:
        return True
