"""Owns the files between worker and runner: the order, and the progress that comes back."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mlops_lab.core.clock import Millis
from mlops_lab.core.jobs import FailingCell
from mlops_lab.core.tracking import ErrorInfo

Phase = Literal["runner", "papermill", "kernel", "first_cell", "kernel_ended"]


class Order(msgspec.Struct, frozen=True):
    """What the runner shall do. ``parameters`` are only those that differ from their defaults."""

    job_id: str
    kernel_name: str
    working_dir: str
    parameters: dict[str, Any]
    runtime_dir: str


class PhaseReached(msgspec.Struct, frozen=True, tag="phase"):
    """The runner got this far: its own start, papermill loaded, kernel ready, first cell executed."""

    phase: Phase
    time: Millis


class CellsDone(msgspec.Struct, frozen=True, tag="cells"):
    """How many cells of the notebook are done, of how many."""

    done: int
    total: int


class Ended(msgspec.Struct, frozen=True, tag="end"):
    """How the notebook ended. ``cause`` is in words and starts with the outcome."""

    outcome: Literal["succeeded", "failed"]
    cause: str
    failing_cell: FailingCell | None = None
    error: ErrorInfo | None = None


Progress = PhaseReached | CellsDone | Ended
