"""Owns whether the process that wrote a spool still lives, as far as this machine can tell."""

from __future__ import annotations

from typing import Literal

from mlops_lab.core.records import SpoolHeader
from mlops_lab.store.processes import host_name, is_alive

Liveness = Literal["alive", "dead", "unknown"]
"""``unknown``: the process is one of another host."""


def liveness(header: SpoolHeader) -> Liveness:
    """Tell whether the process of a spool lives: the same host, number and start time."""
    if header.host != host_name():
        return "unknown"
    return "alive" if is_alive(header.pid, header.process_started_at) else "dead"
