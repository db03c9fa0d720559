"""Owns the structs of facets: what is captured of a run besides params, metrics, tags and cells."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .clock import Millis
from .data import DataVersion
from .numbers import WireNumber

FacetKind = Literal[
    "data", "model", "environment", "git", "resources", "outputs", "order", "reproduction"
]


class Package(msgspec.Struct, frozen=True):
    """An installed distribution. ``source`` is where it came from, if not from an index."""

    name: str
    version: str
    source: str | None = None
    editable: bool = False


class Environment(msgspec.Struct, frozen=True):
    """What the code ran in. Of variables only the names are kept.

    ``script`` is the file of a script, with its ``arguments`` and the ``folder`` it worked in.
    """

    python: str
    implementation: str
    platform: str
    machine: str
    packages: list[Package]
    kernel_name: str | None = None
    kernel_language: str | None = None
    variables: list[str] = []
    cpu_count: int | None = None
    memory_bytes: int | None = None
    gpus: list[str] = []
    seeds: dict[str, str] = {}
    script: str | None = None
    arguments: list[str] = []
    folder: str | None = None


class GitState(msgspec.Struct, frozen=True):
    """The working tree as the run found it. ``remote`` has no credentials.

    ``diff`` is that of tracked files against ``commit``; one beyond the limit is cut, and
    ``diff_bytes`` tells how long it was. ``note`` says what could not be read.
    """

    commit: str | None
    branch: str | None
    dirty: bool
    remote: str | None = None
    diff: str = ""
    diff_bytes: int = 0
    untracked: list[str] = []
    folder: str = ""
    note: str = ""


class Resources(msgspec.Struct, frozen=True):
    """What the run took. Bytes are counts over the run, ``peak_memory`` is of the kernel process."""

    wall_ms: Millis
    cpu_ms: Millis
    peak_memory: int | None = None
    memory_before: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None
    received_bytes: int | None = None
    sent_bytes: int | None = None
    gpu_peak_memory: int | None = None
    samples: int = 0
    energy_wh: float | None = None
    energy_source: Literal["measured", "estimated"] | None = None
    energy_note: str = ""


class Output(msgspec.Struct, frozen=True):
    """One output of the cell, as notebooks keep it: ``data`` maps MIME types to their content."""

    kind: Literal["stream", "display", "result", "error"]
    name: str = ""
    data: dict[str, Any] = {}
    cut_bytes: int = 0


class Outputs(msgspec.Struct, frozen=True):
    """What the cell showed. ``limit_bytes`` is the most that is kept; ``dropped`` counts the rest."""

    outputs: list[Output]
    limit_bytes: int
    dropped: int = 0


class SignatureColumn(msgspec.Struct, frozen=True):
    """A column that a model takes or gives."""

    name: str
    type: str


class ModelInfo(msgspec.Struct, frozen=True):
    """A fitted model. ``artifact`` is the path of its file in the run, if it was stored.

    ``safe`` says that loading the file runs no code of whoever wrote it.
    """

    name: str
    class_name: str
    library: str
    library_version: str | None
    hyperparameters: dict[str, str] = {}
    inputs: list[SignatureColumn] = []
    outputs: list[SignatureColumn] = []
    facts: dict[str, str] = {}
    artifact: str | None = None
    artifact_digest: str | None = None
    format: str | None = None
    safe: bool | None = None
    environment_digest: str | None = None


class Dependency(msgspec.Struct, frozen=True):
    """An earlier cell of the kernel that the run took names from.

    ``problem`` is None for one that stands in the notebook as it ran, above the run's cell.
    """

    position: int
    names: list[str]
    cell_id: str | None
    execution_count: int | None
    problem: Literal["deleted", "edited", "out_of_order", "unknown"] | None = None


class Order(msgspec.Struct, frozen=True):
    """Whether the run would be the same in the notebook run from top to bottom.

    ``looked_at`` tells which notebook the cells were held against: as saved on disk, or none.
    """

    dependencies: list[Dependency]
    looked_at: Literal["saved notebook", "nothing"]
    undefined: list[str] = []

    @property
    def problems(self) -> list[Dependency]:
        """The dependencies that a reader of the notebook would not expect."""
        return [one for one in self.dependencies if one.problem is not None]


class ReproducedMetric(msgspec.Struct, frozen=True):
    """A metric of the run and of its reproduction. ``agrees`` is within the tolerance."""

    name: str
    recorded: WireNumber | None
    reproduced: WireNumber | None
    agrees: bool


class Divergence(msgspec.Struct, frozen=True):
    """The first cell after which names hold something else than they did in the run."""

    position: int
    source: str
    names: list[str]
    cell_id: str | None = None
    execution_count: int | None = None
    error: str | None = None


class Difference(msgspec.Struct, frozen=True):
    """Something that may explain why a reproduction differs."""

    kind: Literal["package", "python", "platform", "data", "code", "seed"]
    name: str
    recorded: str | None
    reproduced: str | None


class Reproduction(msgspec.Struct, frozen=True):
    """The proof: the recorded code was run again in a clean kernel and its metrics compared."""

    id: str
    state: Literal["running", "agrees", "differs", "failed"]
    started_at: Millis
    ended_at: Millis | None
    environment: Literal["current", "replayed"]
    relative_tolerance: float
    absolute_tolerance: float
    metrics: list[ReproducedMetric] = []
    divergence: Divergence | None = None
    differences: list[Difference] = []
    cells: int = 0
    message: str = ""


class HistoryCell(msgspec.Struct, frozen=True):
    """A cell that ran in the kernel. ``bound`` maps names that it bound to a digest of their value.

    ``position`` counts the executions of the kernel from 0. A cell that ran before the extension
    was loaded has neither times nor ``bound``.
    """

    position: int
    source: str
    cell_id: str | None = None
    execution_count: int | None = None
    started_at: Millis | None = None
    duration_ms: Millis | None = None
    status: Literal["ok", "error", "unknown"] = "unknown"
    run_id: str | None = None
    bound: dict[str, str] = {}


class ArtifactRef(msgspec.Struct, frozen=True):
    """A file of a run: its path there, and the SHA-256 digest under which its bytes are kept."""

    path: str
    digest: str
    size: int
    media_type: str
    available: bool = True


class RunCapture(msgspec.Struct, frozen=True):
    """Everything that answers what exactly produced a run.

    ``history`` are the cells that ran in the kernel before the run's own; for the own run of a job,
    all that the job executed. ``own_history`` goes from the run's first cell to its last, with the
    cells between them where the run went on in a later one.
    """

    run_id: str
    environment: Environment | None = None
    git: GitState | None = None
    resources: Resources | None = None
    outputs: Outputs | None = None
    order: Order | None = None
    data: list[DataVersion] = []
    models: list[ModelInfo] = []
    artifacts: list[ArtifactRef] = []
    reproductions: list[Reproduction] = []
    history: list[HistoryCell] = []
    own_history: list[HistoryCell] = []


FACET_TYPES: dict[FacetKind, type[msgspec.Struct]] = {
    "data": DataVersion,
    "model": ModelInfo,
    "environment": Environment,
    "git": GitState,
    "resources": Resources,
    "outputs": Outputs,
    "order": Order,
    "reproduction": Reproduction,
}
"""The struct of each kind of facet: what its document decodes to."""
