"""Owns the records that a kernel writes to its spool and the server takes in, and their encoding.

A spool file is a text file of one JSON array a line: ``["tag", seq, ...]``. ``seq`` starts at 1 for
each spool and grows by one, so that a batch that is delivered twice is stored once.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .clock import Millis
from .facets import FacetKind
from .numbers import WireNumber
from .tracking import Direction, ErrorInfo, ParamOrigin, RunSource, RunStatus


class _Record(msgspec.Struct, frozen=True, array_like=True):
    seq: int
    run_id: str


class RunStarted(_Record, frozen=True, array_like=True, tag="run"):
    """A run began. Paths are as the kernel knows them; the server adds what the front end knows."""

    name: str
    experiment: str
    source: RunSource
    user: str
    started_at: Millis
    notebook_file: str | None
    cell_id: str | None
    kernel_id: str | None
    kernel_name: str | None
    primary_metric: str | None
    job_id: str | None
    parent_run_id: str | None = None
    history_id: str | None = None
    history_position: int | None = None


class RunResumed(_Record, frozen=True, array_like=True, tag="resume"):
    """A run that had ended goes on in this spool."""

    resumed_at: Millis


class RunIdentified(_Record, frozen=True, array_like=True, tag="identity"):
    """What tells runs of the same code, data and params; ``same_as`` is an earlier run like this."""

    identity: str
    same_as: str | None = None


class ExperimentSet(_Record, frozen=True, array_like=True, tag="experiment"):
    """The primary metric of the run's experiment, and which way it is better."""

    name: str
    primary_metric: str
    direction: Direction


class CellCaptured(_Record, frozen=True, array_like=True, tag="cell"):
    """The source of a cell of the run, as it was executed."""

    source: str
    cell_id: str | None
    execution_count: int | None


class ParamLogged(_Record, frozen=True, array_like=True, tag="param"):
    """A param of the run."""

    name: str
    value: str
    origin: ParamOrigin
    detail: str = ""


class MetricLogged(_Record, frozen=True, array_like=True, tag="metric"):
    """One point of a metric."""

    name: str
    value: WireNumber
    step: int
    time: Millis


class TagSet(_Record, frozen=True, array_like=True, tag="tag"):
    """A tag of the run; the last one of a name counts. ``time`` is 0 where it is not known."""

    name: str
    value: str
    time: Millis = 0


class WarningNoted(_Record, frozen=True, array_like=True, tag="warning"):
    """Something that could not be captured, in words for the user."""

    text: str


class RunFinished(_Record, frozen=True, array_like=True, tag="end"):
    """A run ended. ``primary_metric`` names the metric that lists show."""

    status: RunStatus
    ended_at: Millis
    duration_ms: Millis
    primary_metric: str | None
    error: ErrorInfo | None
    cpu_ms: Millis | None = None
    peak_memory: int | None = None


class DocumentKept(_Record, frozen=True, array_like=True, tag="document"):
    """The JSON of a facet, under its SHA-256 digest; a spool holds each document once."""

    digest: str
    content: str


class FacetCaptured(_Record, frozen=True, array_like=True, tag="facet"):
    """A facet of the run; a later one of the same kind and name replaces it.

    ``digest`` names the document. ``key`` is what a search for it compares: the digest of data, the
    commit of git, the class of a model.
    """

    kind: FacetKind
    name: str
    digest: str
    key: str = ""


class ArtifactLogged(_Record, frozen=True, array_like=True, tag="artifact"):
    """A file of the run. Its bytes are uploaded, or lie beside the spool, before this record."""

    path: str
    digest: str
    size: int
    media_type: str


class CellExecuted(_Record, frozen=True, array_like=True, tag="history"):
    """A cell that ran in the kernel, tracked or not; ``history_id`` names the kernel's process.

    ``run_id`` is the run that had it recorded; see ``core.facets.HistoryCell`` for the rest.
    """

    history_id: str
    position: int
    source: str
    cell_id: str | None = None
    execution_count: int | None = None
    started_at: Millis | None = None
    duration_ms: Millis | None = None
    status: Literal["ok", "error", "unknown"] = "unknown"
    of_run: str | None = None
    bound: dict[str, str] = {}


Record = (
    RunStarted
    | RunResumed
    | RunIdentified
    | ExperimentSet
    | CellCaptured
    | ParamLogged
    | MetricLogged
    | TagSet
    | WarningNoted
    | DocumentKept
    | FacetCaptured
    | ArtifactLogged
    | CellExecuted
    | RunFinished
)


class SpoolHeader(msgspec.Struct, frozen=True):
    """The first line of every spool file: whose it is, so that an orphan can be recognised.

    ``delivers``: the process delivers its records to a server by itself. If it does not, whoever
    finds the file takes them in while the process lives.
    """

    spool_id: str
    host: str
    pid: int
    process_started_at: float
    delivers: bool = True


class Batch(msgspec.Struct, frozen=True):
    """Records of one spool, in order of ``seq``."""

    spool: SpoolHeader
    records: list[Record]


class BatchAcknowledged(msgspec.Struct, frozen=True):
    """Every record of the spool up to and including ``seq`` is stored for good."""

    seq: int
