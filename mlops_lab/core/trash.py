"""Owns the structs of the trash: what is in it, the orders to move or purge, and what came of them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from .clock import Millis

MAX_TRASH_ORDER = 1_000
"""Most records of one order."""

RunNames = Annotated[
    list[str],
    Meta(max_length=MAX_TRASH_ORDER, description="Ids of runs, or parts that name one."),
]
ExperimentNames = Annotated[
    list[str], Meta(max_length=MAX_TRASH_ORDER, description="Names of experiments.")
]

Days = Annotated[
    float, Meta(ge=0, le=100_000, description="Everything that was put there so long ago; 0: all.")
]


class TrashOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to put into the trash or to take out: ids of runs, or parts of them, and experiments."""

    runs: RunNames = []
    experiments: ExperimentNames = []


class PurgeOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to remove from the trash for good: named records, and all that lie there long enough.

    An order that names nothing removes nothing; ``older_than_days`` of 0 is everything.
    """

    runs: RunNames = []
    experiments: ExperimentNames = []
    older_than_days: Days | None = None


class Refused(msgspec.Struct, frozen=True):
    """A record that stayed as it was, and why."""

    kind: str
    name: str
    reason: str


class TrashOutcome(msgspec.Struct, frozen=True):
    """What an order did. ``runs`` also holds children that went with their run.

    ``artifacts`` and ``artifact_bytes`` were removed by a purge. What somebody may be about to name
    waits for ``mlops-lab gc``: ``artifacts_kept`` with ``artifact_bytes_kept`` were put again since
    their run came into the trash; ``documents_kept`` are captured texts that came within a day, or
    belong to a kernel that still runs.
    """

    runs: list[str]
    experiments: list[str]
    refused: list[Refused]
    artifacts: int = 0
    artifact_bytes: int = 0
    documents_kept: int = 0
    artifacts_kept: int = 0
    artifact_bytes_kept: int = 0


class TrashedRun(msgspec.Struct, frozen=True):
    """A run in the trash."""

    id: str
    name: str
    experiment: str
    started_at: Millis
    trashed_at: Millis
    trashed_by: str | None


class TrashedExperiment(msgspec.Struct, frozen=True):
    """An experiment in the trash, and how many runs it has."""

    name: str
    trashed_at: Millis
    runs: int


class TrashPage(msgspec.Struct, frozen=True):
    """A page of the trash, what came last first; all its experiments are on the first page."""

    runs: list[TrashedRun]
    experiments: list[TrashedExperiment]
    next_cursor: str | None
