"""Owns the structs of lineage: what a run came from, and what came from it."""

from __future__ import annotations

from typing import Literal

import msgspec

from .clock import Millis
from .data import DataRole
from .facets import Reproduction
from .registry import Stage
from .tracking import JobLink, RunSource, RunStatus

MAX_LINEAGE_RUNS = 5
"""Most runs that are named of a relation; the rest is counted."""

MAX_LINEAGE_COUNT = 200
"""How far the runs of a relation are counted."""

MAX_LINEAGE_THINGS = 50
"""Most data versions, models, registered versions and definitions of a run that are told."""


class LineageRun(msgspec.Struct, frozen=True):
    """A run in the lineage of another."""

    id: str
    name: str
    experiment: str
    status: RunStatus
    source: RunSource
    started_at: Millis


class LineageRuns(msgspec.Struct, frozen=True):
    """The newest runs of a relation. Where ``count`` is not exact there are at least so many."""

    runs: list[LineageRun]
    count: int
    is_exact: bool = True


class LineageData(msgspec.Struct, frozen=True):
    """One version of data that the run read or made.

    ``kind`` is ``dataset`` for one that a client named, ``artifact`` for a file of the run that
    other runs read. ``made_by`` and ``read_by`` are other runs with the same content.
    """

    name: str
    kind: Literal["table", "file", "dataset", "artifact"]
    role: DataRole
    digest: str
    shape: list[int]
    made_by: LineageRuns
    read_by: LineageRuns


class LineageModel(msgspec.Struct, frozen=True):
    """A model that the run fitted or logged. ``artifact`` is its file or folder in the run."""

    name: str
    class_name: str
    artifact: str | None = None


class LineageVersion(msgspec.Struct, frozen=True):
    """A version of a registered model that was made from the run, with the aliases that it has."""

    name: str
    version: int
    source: str
    aliases: list[str]
    stage: Stage
    description: str
    created_at: Millis
    created_by: str


class LineageDefinition(msgspec.Struct, frozen=True):
    """A job definition with those of its revisions, the newest first, that came from the run."""

    id: str
    name: str
    revisions: list[int]


class LineageProof(msgspec.Struct, frozen=True):
    """A reproduction of the run."""

    id: str
    state: Literal["running", "agrees", "differs", "failed"]
    started_at: Millis


class Lineage(msgspec.Struct, frozen=True):
    """What a run came from and what came from it. Runs in the trash are left out.

    ``job`` made the run; ``promoted_from`` is the run whose code that job executed. ``job_runs`` are
    those that jobs made of this run's code. ``same_as`` had the same code, data and params before.
    ``data_count`` counts what ``data`` does not tell, too.
    """

    run: LineageRun
    data: list[LineageData]
    data_count: int
    models: list[LineageModel]
    versions: list[LineageVersion]
    definitions: list[LineageDefinition]
    job_runs: LineageRuns
    children: LineageRuns
    reproductions: list[LineageProof]
    job: JobLink | None = None
    promoted_from: LineageRun | None = None
    parent: LineageRun | None = None
    same_as: LineageRun | None = None


def proof_of(done: Reproduction) -> LineageProof:
    """Return what the lineage tells of a reproduction."""
    return LineageProof(done.id, done.state, done.started_at)
