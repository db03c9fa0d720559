"""Stands in for the part of a run that hardware is written to, and counts the threads of this process."""

from __future__ import annotations

import _thread
from pathlib import Path

from mlops_lab.core.facets import Resources

MIB = 1_048_576


class Run:
    """The part of a run that hardware is written to."""

    def __init__(self) -> None:
        self.is_open = True
        self.facets: list[Resources] = []
        self.points: list[tuple[str, float, int]] = []
        self.cpu_ms: int | None = None
        self.peak_memory: int | None = None

    def add_facet(self, _kind, _name, content):
        self.facets.append(content)

    def log_system(self, name, value, step):
        self.points.append((name, value, step))


def threads() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else _thread._count()
