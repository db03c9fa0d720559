"""Owns the structs of what is carried between stores: whole runs, and what an import did with them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .clock import Millis
from .evaluation import EvaluationDataset, EvaluationRecord
from .facets import FacetKind
from .inputs import DatasetInput
from .loggedmodels import LoggedModel, ModelRole
from .numbers import WireNumber
from .traces import Span, Trace
from .tracking import Cell, Direction, Param, RunSource, RunStatus, TagEntry

FORMAT = "mlops-lab-export"
VERSION = 1
"""The newest version of the format of an export file that this code reads and the one it writes."""

RunId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]


class CarriedFacet(msgspec.Struct, frozen=True):
    """A facet of a run; ``digest`` names the document that is carried beside the run."""

    kind: FacetKind
    name: str
    digest: Digest
    key: str = ""


class CarriedFile(msgspec.Struct, frozen=True):
    """A file of a run; ``digest`` names the bytes that are carried beside the run."""

    path: str
    digest: Digest
    size: int
    media_type: str


class CarriedRun(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one run but the points of its metrics, its documents, and the bytes of its files.

    The fields are the columns of a run, with the name of its experiment in place of the id. ``tags``
    are all values that tags have had, the oldest of a name first.
    """

    id: RunId
    experiment: str
    name: str
    status: RunStatus
    source: RunSource
    user: str
    started_at: Int64
    notebook_path: str | None = None
    notebook_file: str | None = None
    cell_id: str | None = None
    kernel_id: str | None = None
    kernel_name: str | None = None
    ended_at: Int64 | None = None
    duration_ms: Int64 | None = None
    primary_metric: str | None = None
    error_name: str | None = None
    error_message: str | None = None
    error_traceback: str | None = None
    job_id: RunId | None = None
    definition_id: RunId | None = None
    definition_name: str | None = None
    revision: _Int32 | None = None
    source_run_id: RunId | None = None
    parent_run_id: RunId | None = None
    history_id: Annotated[str, Meta(max_length=64)] | None = None
    history_position: _Int32 | None = None
    resumed_at: Int64 | None = None
    identity: str | None = None
    same_as: RunId | None = None
    cpu_ms: Int64 | None = None
    peak_memory: Int64 | None = None
    inferred_metric: str | None = None
    order_problems: bool | None = None
    trashed_at: Int64 | None = None
    trashed_by: str | None = None
    archived_at: Int64 | None = None
    params: list[Param] = []
    tags: list[TagEntry] = []
    cells: list[Cell] = []
    warnings: list[str] = []
    facets: list[CarriedFacet] = []
    files: list[CarriedFile] = []
    inputs: list[DatasetInput] = []


class CarriedPoints(msgspec.Struct, frozen=True):
    """Points of one metric in the order of their arrival; three lists of one length."""

    name: str
    steps: list[Int64]
    times: list[Int64]
    values: list[WireNumber]


class CarriedExperiment(msgspec.Struct, frozen=True):
    """An experiment with what is set of it."""

    name: str
    created_at: Int64
    primary_metric: str | None = None
    direction: Direction | None = None
    artifact_location: str | None = None
    trashed_at: Int64 | None = None
    tags: dict[str, str] = {}


class CarriedDocument(msgspec.Struct, frozen=True):
    """A document: the text of a facet, or the source of a cell of a kernel's history."""

    digest: Digest
    content: str


class CarriedHistory(msgspec.Struct, frozen=True):
    """A cell of a kernel's history; ``digest`` names the document with its source."""

    history_id: Annotated[str, Meta(min_length=1, max_length=64)]
    position: _Int32
    digest: Digest
    cell_id: str | None
    execution_count: _Int32 | None
    started_at: Int64 | None
    duration_ms: Int64 | None
    status: Literal["ok", "error", "unknown"]
    run_id: RunId | None
    bound: str


class Member(msgspec.Struct, frozen=True):
    """A member of an export file, and the digest of what it holds."""

    path: str
    size: int
    sha256: Digest


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an export file holds. ``missing`` are digests of files whose bytes were not there."""

    format: str
    version: int
    made_by: str
    made_at: Millis
    members: list[Member]
    runs: list[RunId] = []
    missing: list[Digest] = []


class ExportReport(msgspec.Struct, frozen=True):
    """What an export wrote; ``missing`` names files whose bytes were not there, as run and path."""

    file: str
    bytes: int
    runs: int
    files: int
    missing: list[str]


class NotTaken(msgspec.Struct, frozen=True):
    """Something that an import could not take: why, how often, and some of it by name."""

    reason: str
    count: int
    examples: list[str]


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. ``taken`` counts what is new in the store, by kind of record.

    ``skipped`` are runs that the store has from an earlier import; ``is_dry`` says that nothing was
    written, and what is counted as taken would have been.
    """

    origin: str
    taken: dict[str, int]
    skipped: int
    not_taken: list[NotTaken]
    is_dry: bool = False


class CarriedVersion(msgspec.Struct, frozen=True):
    """A model version; ``run_id`` is that of its run where it comes from."""

    number: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    source: str
    run_id: str | None = None
    run_link: str | None = None
    location: str | None = None
    description: str = ""
    stage: str = "None"
    created_at: Int64 = 0
    created_by: str = ""
    tags: dict[str, str] = {}


class CarriedModel(msgspec.Struct, frozen=True):
    """A registered model with versions, and the aliases that point at them."""

    name: str
    description: str = ""
    created_at: Int64 = 0
    tags: dict[str, str] = {}
    aliases: dict[str, int] = {}
    versions: list[CarriedVersion] = []


class CarriedUse(msgspec.Struct, frozen=True):
    """A run that takes in or gives out a logged model."""

    run_id: str
    role: ModelRole
    step: Int64 = 0


class CarriedLogged(msgspec.Struct, frozen=True):
    """A logged model of a run; the experiment counts by its name."""

    experiment: str
    model: LoggedModel
    uses: list[CarriedUse] = []
    files: list[CarriedFile] = []


class CarriedTrace(msgspec.Struct, frozen=True, tag="trace"):
    """A trace with what was judged of it; its spans follow."""

    experiment: str
    trace: Trace
    runs: list[str] = []
    files: list[CarriedFile] = []


class CarriedSpans(msgspec.Struct, frozen=True, tag="spans"):
    """Spans of the trace before them."""

    spans: list[Span]


class CarriedDataset(msgspec.Struct, frozen=True, tag="dataset"):
    """An evaluation dataset with the names of its experiments; its records follow."""

    dataset: EvaluationDataset
    experiments: list[str] = []


class CarriedRecord(msgspec.Struct, frozen=True, tag="record"):
    """A record of the evaluation dataset before it; ``digest`` is that of its inputs."""

    digest: Digest
    record: EvaluationRecord
