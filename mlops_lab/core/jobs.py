"""Owns the structs of the jobs column: definitions, revisions, schedules, jobs, workers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from .clock import Millis
from .limits import KeyName
from .numbers import WireNumber
from .tracking import Direction, ErrorInfo

JobState = Literal["queued", "running", "succeeded", "failed", "cancelled", "lost"]
ACTIVE_STATES: tuple[JobState, ...] = ("queued", "running")

MAX_REVISION = 2**31 - 1
"""Largest number of a revision."""

MAX_PAST_JOBS = 12
"""Newest jobs of a definition that are told with it."""

MAX_MADE_MODELS = 20
"""Most versions with an alias that are told with a definition."""

ParameterType = Literal["str", "int", "float", "bool", "list", "dict", "none"]


class Parameter(msgspec.Struct, frozen=True):
    """A declared parameter of a revision. ``default`` is a JSON value of the declared type."""

    name: str
    type: ParameterType
    default: Any
    comment: str = ""


ReasonCode = Literal[
    "assigned", "read", "option", "injected", "logged", "model", "changed", "declared", "tracked",
    "constant", "apart",
]  # fmt: skip
"""Why a parameter is proposed as it is: by its origin in the run, or by its place in the notebook."""


class ProposedParameter(msgspec.Struct, frozen=True):
    """A parameter that the notebook could have; ``chosen`` is what we propose, ``reason`` says why.

    ``reason_code`` is the same for those who word it themselves. ``reason_values`` are what the words
    are about: of ``changed`` the value that the run had, of ``apart`` the number of the cell between.
    """

    name: str
    type: ParameterType
    value: Any
    chosen: bool
    reason: str
    reason_code: ReasonCode
    reason_values: list[str] = []
    comment: str = ""


class CronPreview(msgspec.Struct, frozen=True):
    """The next fire times of a cron expression, as times and as words in its own timezone."""

    cron: str
    timezone: str
    description: str
    next_fire_at: list[Millis]
    next_fire_words: list[str]


class PromotionDraft(msgspec.Struct, frozen=True):
    """What Productionize proposes for a run or notebook, before anything is made."""

    name: str
    run_id: str | None
    notebook_path: str
    kernel_name: str
    parameters: list[ProposedParameter]
    warnings: list[str]
    existing_revision: int | None


Cron = Annotated[
    str,
    # Said, and not held to: what reads it names the field that is bad.
    msgspec.Meta(
        description="Five fields, or a word such as @daily. A field beyond its range, an unknown word "
        "or a day that never comes, such as 30 February, is answered with 400.",
        extra_json_schema={"pattern": r"^\s*(@[A-Za-z]+|\S+(\s+\S+){4})\s*$"},
    ),
]


class NewSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a definition shall run: five-field cron in an IANA timezone."""

    cron: Cron
    timezone: str


class Promotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The order to make a job definition revision. A run, or else a notebook, is its source."""

    name: KeyName
    parameters: list[Parameter]
    run_id: str | None = None
    notebook_path: str | None = None
    schedule: NewSchedule | None = None


class Revision(msgspec.Struct, frozen=True):
    """One numbered, immutable form of a job definition."""

    definition_id: str
    number: int
    parameters: list[Parameter]
    kernel_name: str
    working_dir: str
    notebook_digest: str
    notebook_path: str
    source_run_id: str | None
    created_at: Millis
    created_by: str
    warnings: list[str]


class Schedule(msgspec.Struct, frozen=True):
    """A cron schedule of a definition. A paused schedule has no next fire time."""

    id: str
    definition_id: str
    definition_name: str
    cron: str
    timezone: str
    description: str
    paused: bool
    next_fire_at: Millis | None
    next_fire_words: str | None
    created_at: Millis


class JobResult(msgspec.Struct, frozen=True):
    """What the run of a job came to: the last value of its primary metric."""

    metric: str
    value: WireNumber
    direction: Direction | None


class PastJob(msgspec.Struct, frozen=True):
    """A job as the short history of its definition tells it. ``result`` is that of its run."""

    id: str
    state: JobState
    revision: int
    submitted_at: Millis
    ended_at: Millis | None
    run_id: str | None
    result: JobResult | None = None


class MadeModel(msgspec.Struct, frozen=True):
    """A version of a registered model that a job of the definition made, with its aliases."""

    name: str
    version: int
    aliases: list[str]


class Definition(msgspec.Struct, frozen=True):
    """A job definition with its newest revision, its schedule, and its newest job.

    ``past`` are its newest jobs, the newest first; ``models`` the versions that its jobs made and
    that have an alias now, by name and the newest first.
    """

    id: str
    name: str
    created_at: Millis
    created_by: str
    revision: Revision
    schedule: Schedule | None
    last_job: Job | None
    past: list[PastJob] = []
    models: list[MadeModel] = []


class FailingCell(msgspec.Struct, frozen=True):
    """The cell at which a job failed. ``index`` counts all cells of the notebook from 0."""

    index: int
    cell_id: str | None
    source: str


class Job(msgspec.Struct, frozen=True):
    """One execution of a revision. ``cause`` says in words why it is in its state."""

    id: str
    definition_id: str
    definition_name: str
    revision: int
    schedule_id: str | None
    fire_at: Millis | None
    state: JobState
    cause: str
    parameters: dict[str, Any]
    submitted_at: Millis
    submitted_by: str
    started_at: Millis | None
    ended_at: Millis | None
    attempt: int
    cells_done: int
    cells_total: int
    cancel_requested: bool
    run_id: str | None
    source_run_id: str | None
    failing_cell: FailingCell | None
    error: ErrorInfo | None


class NewJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The order to run a definition now. Without ``revision`` the newest one runs."""

    definition_id: str
    revision: Annotated[int, msgspec.Meta(ge=1, le=MAX_REVISION)] | None = None
    parameters: dict[str, Any] = {}


class ScheduleUpdate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a schedule; a field that is left out stays as it is."""

    paused: bool | None = None
    cron: Cron | None = None
    timezone: str | None = None


class DefinitionList(msgspec.Struct, frozen=True):
    """All job definitions, by name."""

    definitions: list[Definition]
    seq: int


class RevisionList(msgspec.Struct, frozen=True):
    """The revisions of one definition, newest first."""

    revisions: list[Revision]


class ScheduleList(msgspec.Struct, frozen=True):
    """All schedules, by definition name."""

    schedules: list[Schedule]
    seq: int


class JobPage(msgspec.Struct, frozen=True):
    """A page of jobs, newest first; ``next_cursor`` is None on the last page."""

    jobs: list[Job]
    next_cursor: str | None
    seq: int


class JobLog(msgspec.Struct, frozen=True):
    """The text that a job wrote, from ``offset`` on; ask again from ``next_offset`` for more."""

    text: str
    next_offset: int


class Worker(msgspec.Struct, frozen=True):
    """A worker process and the last sign of life that it gave."""

    id: str
    host: str
    pid: int
    process_started_at: float
    started_at: Millis
    heartbeat_at: Millis
    alive: bool
    version: str


class NewRevision(msgspec.Struct, frozen=True, kw_only=True):
    """What ``put_revision`` stores: the production notebook and all that its jobs need to know.

    ``tracked_cells`` are digests (``kernelenv.cell_digest``) of the cells whose metrics belong to
    the job's run; ``notebook`` is the notebook file as bytes.
    """

    name: str
    parameters: list[Parameter]
    kernel_name: str
    working_dir: str
    notebook: bytes
    notebook_path: str
    created_by: str
    tracked_cells: list[str] = []
    warnings: list[str] = []
    source_run_id: str | None = None


class ClaimedJob(msgspec.Struct, frozen=True):
    """A job that a worker owns from now on; every write about it carries ``fence``."""

    job: Job
    revision: Revision
    tracked_cells: list[str]
    worker_id: str
    fence: int
