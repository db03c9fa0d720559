"""Owns the records that a kernel writes to its spool and the server takes in, and their encoding.

A spool file is a text file of one JSON array a line: ``["tag", seq, ...]``. ``seq`` starts at 1 for
each spool and grows by one, so that a batch that is delivered twice is stored once.
"""

from __future__ import annotations

import msgspec

from .clock import Millis
from .numbers import WireNumber
from .tracking import ErrorInfo, ParamOrigin, RunSource, RunStatus


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


class MetricLogged(_Record, frozen=True, array_like=True, tag="metric"):
    """One point of a metric."""

    name: str
    value: WireNumber
    step: int
    time: Millis


class TagSet(_Record, frozen=True, array_like=True, tag="tag"):
    """A tag of the run; the last one of a name counts."""

    name: str
    value: str


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


Record = (
    RunStarted | CellCaptured | ParamLogged | MetricLogged | TagSet | WarningNoted | RunFinished
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
