"""Owns the structs of what clients log over HTTP: experiments, runs, points, as they were given."""

from __future__ import annotations

from typing import Literal

import msgspec

from .clock import Millis
from .errors import ConflictError, InvalidInputError
from .tracking import RunSource, RunStatus

Shown = Literal["active", "trashed", "all"]
"""Which records a reader wants: those that are in use, those in the trash, or both."""

HistoryRow = tuple[int, int, float | None]
"""A point of a metric's history: step, time, value; a NaN is None."""

ENDED: frozenset[RunStatus] = frozenset({"finished", "failed", "killed"})
"""How a run is over."""

DEFAULT_EXPERIMENT_ID = "0"
DEFAULT_EXPERIMENT = "Default"


class LoggedPoint(msgspec.Struct, frozen=True):
    """One value of a metric on its way in."""

    name: str
    value: float
    time: Millis
    step: int = 0


class LoggedParam(msgspec.Struct, frozen=True):
    """A param or tag as text."""

    name: str
    value: str


class LoggedMetric(msgspec.Struct, frozen=True):
    """The latest value of a metric; None stands for NaN."""

    name: str
    value: float | None
    time: Millis
    step: int


class LoggedExperiment(msgspec.Struct, frozen=True):
    """An experiment with its tags."""

    id: str
    name: str
    artifact_location: str | None
    created_at: Millis
    updated_at: Millis | None
    trashed_at: Millis | None
    tags: list[LoggedParam]


class LoggedRun(msgspec.Struct, frozen=True):
    """A run with what was logged into it; the values of params are plain text."""

    id: str
    name: str
    experiment_id: str
    artifact_location: str | None
    status: RunStatus
    source: RunSource
    user: str
    started_at: Millis
    ended_at: Millis | None
    trashed_at: Millis | None
    parent_run_id: str | None
    notebook_path: str | None
    cell_id: str | None
    params: list[LoggedParam]
    metrics: list[LoggedMetric]
    tags: list[LoggedParam]


class NewClientRun(msgspec.Struct, frozen=True):
    """The order to make a run that a program writes over HTTP."""

    experiment_id: str
    name: str = ""
    user: str = ""
    started_at: Millis | None = None
    tags: list[LoggedParam] = []
    params: list[LoggedParam] = []
    parent_run_id: str | None = None
    notebook_path: str | None = None
    cell_id: str | None = None
    status: RunStatus = "running"


class ParamChange(msgspec.Struct, frozen=True):
    """A param that has another value already."""

    name: str
    old: str
    new: str


class ParamChangedError(InvalidInputError):
    """A param of a run was given a second value."""

    code = "param_changed"

    def __init__(self, run_id: str, changes: list[ParamChange]) -> None:
        first = changes[0]
        super().__init__(
            f"The param {first.name!r} of run {run_id} is {first.old!r} already, not {first.new!r}.",
            hint="A param is set once; log the new value into a new run, or as a metric.",
        )
        self.run_id = run_id
        self.changes = changes


class NotActiveError(InvalidInputError):
    """The record is in the trash, where nothing is written into it."""

    code = "in_trash"


class NameTakenError(InvalidInputError):
    """Another record has the name."""

    code = "name_taken"


def check_goes_on(run_id: str, *, source: RunSource, status: RunStatus) -> None:
    """Refuse what is measured after a job is over: a kernel that was given up may still run.

    Raises:
        ConflictError: it is the run of a job that has ended.
    """
    if source == "job" and status in ENDED:
        raise ConflictError(
            f"Run {run_id} is of a job that has ended: it takes no more values.",
            hint="Log into a run of your own, or set a tag of this one.",
        )
