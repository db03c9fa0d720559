"""Owns the structs with which a program of any language writes experiments and runs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from .clock import MAX_TIME, Millis
from .limits import (
    MAX_BATCH_POINTS,
    MAX_BATCH_RUNS,
    MAX_BATCH_WORDS,
    MAX_NOTE_CHARS,
    MAX_PARAM_BYTES,
    KeyName as Name,
)
from .numbers import WireNumber
from .tracking import Run, RunStatus

NOTE_TAG = "mlflow.note.content"
"""The tag that holds the note of a run; MLflow shows the same one as its description."""

RunId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="32 lower-case hex digits.")]
Text = Annotated[str, Meta(max_length=MAX_PARAM_BYTES)]
Time = Annotated[Millis, Meta(ge=0, le=MAX_TIME, description="Milliseconds since 1970, UTC.")]
Step = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
ParamValue = bool | int | float | Text
"""A scalar of JSON; what has no form in JSON goes as text."""


class NewExperiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The order to make an experiment."""

    name: Name
    tags: Annotated[dict[Name, Text], Meta(max_length=MAX_BATCH_WORDS)] = {}


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a metric; without a time it is that of its arrival."""

    name: Name
    value: WireNumber
    step: Step = 0
    time: Time | None = None


class RunOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The order to make a run; an ``id`` of the caller's own makes the order safe to repeat.

    The experiment is made if there is none of this name.
    """

    experiment: Name = "Default"
    id: RunId | None = None
    name: Name | None = None
    params: Annotated[dict[Name, ParamValue], Meta(max_length=MAX_BATCH_WORDS)] = {}
    tags: Annotated[dict[Name, Text], Meta(max_length=MAX_BATCH_WORDS)] = {}
    started_at: Time | None = None
    parent_run_id: RunId | None = None
    notebook_path: Annotated[str, Meta(max_length=4096)] | None = None
    status: RunStatus = "running"


class RunBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to add to a run: all of it, or on an error nothing. Repeating it adds nothing."""

    params: Annotated[dict[Name, ParamValue], Meta(max_length=MAX_BATCH_WORDS)] = {}
    metrics: Annotated[list[Point], Meta(max_length=MAX_BATCH_POINTS)] = []
    tags: Annotated[dict[Name, Text], Meta(max_length=MAX_BATCH_WORDS)] = {}


class RunBatchOf(RunBatch, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to add to the run that is named."""

    run_id: RunId


class Batches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to add to several runs, each for itself."""

    batches: Annotated[list[RunBatchOf], Meta(min_length=1, max_length=MAX_BATCH_RUNS)]


class BatchOutcome(msgspec.Struct, frozen=True):
    """What became of the batch of one run; ``code`` is None when it is stored."""

    run_id: str
    code: str | None = None
    detail: str = ""


class BatchOutcomes(msgspec.Struct, frozen=True):
    """What became of each batch, in the order in which they were given."""

    outcomes: list[BatchOutcome]


class RunUpdate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to set of a run; what is left out stays. An end is the time of arrival if not given.

    Children are archived with their run, and come out with it.
    """

    status: RunStatus | None = None
    ended_at: Time | None = None
    name: Name | None = None
    archived: bool | None = None


class TagValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of a tag."""

    value: Text


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text about a run; an empty one takes the note away."""

    text: Annotated[str, Meta(max_length=MAX_NOTE_CHARS)]


class RunIds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which runs to read."""

    run_ids: Annotated[list[RunId], Meta(min_length=1, max_length=MAX_BATCH_RUNS)]


class RunList(msgspec.Struct, frozen=True):
    """The runs that were asked for, in that order; ``missing`` are ids that no run has."""

    runs: list[Run]
    missing: list[str]
