"""Owns whether the process that wrote a spool still lives, as far as this machine can tell."""

from __future__ import annotations

import socket
from typing import Literal

import psutil

from mlops_lab.core.records import SpoolHeader

Liveness = Literal["alive", "dead", "unknown"]
"""``unknown``: the process is one of another host."""

_START_TOLERANCE_S = 2.0


def liveness(header: SpoolHeader) -> Liveness:
    """Tell whether the process of a spool lives: the same host, number and start time."""
    if header.host != socket.gethostname():
        return "unknown"
    try:
        process = psutil.Process(header.pid)
        started_at = process.create_time()
        if process.status() == psutil.STATUS_ZOMBIE:
            return "dead"
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return "dead"
    except psutil.AccessDenied:
        return "alive"
    same = abs(started_at - header.process_started_at) < _START_TOLERANCE_S
    return "alive" if same else "dead"
