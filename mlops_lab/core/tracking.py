"""Owns the structs of the tracking column: runs and what they hold."""

from __future__ import annotations

from typing import Literal

import msgspec

from .clock import Millis
from .limits import KeyName
from .numbers import WireNumber

RunStatus = Literal["running", "scheduled", "finished", "failed", "killed"]
"""``scheduled`` is what a client says of a run that waits; ``killed`` means that the process ended
before it could say how the run ended."""

RunSource = Literal["notebook", "job", "client"]
"""``client`` is a program that writes its run over HTTP, without a spool."""

ParamOrigin = Literal["assigned", "read", "option", "injected", "logged", "model"]
"""Where a param came from: a literal assignment of the cell, a global that the cell read (also by a
function that it called), an option of the magic, the parameters that a job was given, a logging call,
or the hyperparameters of a fitted model."""

Direction = Literal["min", "max"]
"""Which way a metric is better."""


class ErrorInfo(msgspec.Struct, frozen=True):
    """The exception that ended a cell: class name, message, and traceback without colours."""

    name: str
    message: str
    traceback: str = ""


class Param(msgspec.Struct, frozen=True):
    """An input of a run: ``value`` is the Python literal (``repr``) of the value, set once.

    ``detail`` says where exactly it came from, in a few words, such as ``read by train()``.
    """

    name: str
    value: str
    origin: ParamOrigin
    detail: str = ""


class MetricSummary(msgspec.Struct, frozen=True):
    """What is known of one metric of a run without reading its points.

    ``is_kpi`` says that it was marked as a business KPI.
    """

    name: str
    last: WireNumber
    step: int
    count: int
    min: WireNumber
    max: WireNumber
    is_kpi: bool = False


class MetricPoint(msgspec.Struct, frozen=True):
    """One value of a metric at a step and time."""

    step: int
    time: Millis
    value: WireNumber


class MetricSeries(msgspec.Struct, frozen=True):
    """The points of one metric of one run, thinned to what a chart can show (extremes are kept)."""

    run_id: str
    name: str
    count: int
    points: list[MetricPoint]


class Tag(msgspec.Struct, frozen=True):
    """A word on a run, with a value that may change."""

    name: str
    value: str


class Cell(msgspec.Struct, frozen=True):
    """The source of a cell as it was executed."""

    source: str
    cell_id: str | None = None
    execution_count: int | None = None


class JobLink(msgspec.Struct, frozen=True):
    """The job that a run belongs to, and the run that its definition was promoted from."""

    job_id: str
    definition_id: str
    definition_name: str
    revision: int
    source_run_id: str | None = None


class RunSummary(msgspec.Struct, frozen=True):
    """A row of a list of runs. ``notebook_path`` is as the front end knows it, relative to its root."""

    id: str
    name: str
    experiment: str
    status: RunStatus
    source: RunSource
    user: str
    notebook_path: str | None
    cell_id: str | None
    started_at: Millis
    ended_at: Millis | None
    duration_ms: Millis | None
    primary_metric: MetricSummary | None
    error_name: str | None
    job: JobLink | None
    parent_run_id: str | None = None
    children: int = 0
    direction: Direction | None = None
    cpu_ms: Millis | None = None
    peak_memory: int | None = None
    same_as: str | None = None
    has_order_problems: bool = False
    archived: bool = False


class Run(msgspec.Struct, frozen=True):
    """Everything about one run but the points of its metrics.

    ``trashed_at`` says since when it is in the trash; None where it is not.
    """

    summary: RunSummary
    notebook_file: str | None
    kernel_name: str | None
    params: list[Param]
    metrics: list[MetricSummary]
    tags: list[Tag]
    cells: list[Cell]
    error: ErrorInfo | None
    warnings: list[str]
    trashed_at: Millis | None = None


class RunPage(msgspec.Struct, frozen=True):
    """A page of runs; ``next_cursor`` is None on the last page.

    ``total`` is how many runs match, on any page; where it is not exact there are at least so many.
    ``values`` holds the columns that were asked for, one object a run. ``notes`` tell of names in
    the filter that no run has.
    """

    runs: list[RunSummary]
    next_cursor: str | None
    total: int
    seq: int
    is_total_exact: bool = True
    values: list[dict[str, str | float | None]] = []
    notes: list[str] = []


class FacetValue(msgspec.Struct, frozen=True):
    """A value that ``count`` runs have; None stands for runs without one."""

    value: str | None
    count: int
    last_started_at: Millis


class FacetList(msgspec.Struct, frozen=True):
    """The most frequent values of a field among the runs that match, the most frequent first.

    ``groups`` is how many values there are in all. Where it is not exact, only the newest runs were
    looked at.
    """

    field: str
    values: list[FacetValue]
    groups: int
    is_exact: bool


class NameUse(msgspec.Struct, frozen=True):
    """A name with how many runs use it, which is counted no further than 1,000."""

    name: str
    count: int


class NameList(msgspec.Struct, frozen=True):
    """Names for completion, the most used first."""

    names: list[NameUse]


class RunDetails(msgspec.Struct, frozen=True):
    """A page of runs with all that is known of them but their points, newest first."""

    runs: list[Run]
    next_cursor: str | None


class NewRun(msgspec.Struct, frozen=True):
    """The order to open a run for a process that keeps no spool of its own, such as a job's worker."""

    name: str
    experiment: str
    user: str
    params: list[Param] = []
    tags: list[Tag] = []
    notebook_path: str | None = None
    notebook_file: str | None = None
    kernel_name: str | None = None
    job: JobLink | None = None
    primary_metric: str | None = None


class NotebookPlace(msgspec.Struct, frozen=True):
    """Where a kernel's notebook is: ``path`` as the front end knows it, ``file`` on this machine.

    ``others`` are further notebooks on the same kernel.
    """

    path: str
    file: str | None = None
    others: tuple[NotebookPlace, ...] = ()


class SyncReport(msgspec.Struct, frozen=True):
    """What taking in left-over spool files did.

    ``records`` counts those that were new to the store; ``unreadable`` names the files that were
    moved aside because they could not be read whole.
    """

    files: int
    records: int
    runs_killed: int
    unreadable: list[str]


class TagEntry(msgspec.Struct, frozen=True):
    """One value that a tag has had; the last entry of a name is the one that counts."""

    name: str
    value: str
    set_at: Millis


class TagHistory(msgspec.Struct, frozen=True):
    """All values that a tag of a run has had, the oldest first."""

    entries: list[TagEntry]


class Experiment(msgspec.Struct, frozen=True):
    """A group of runs, with its primary metric, the best run by it, and what its runs took in all.

    ``best``, ``runs`` and the totals are those of runs that are nobody's children, ``best`` of the
    finished ones: the time of a child is part of its parent's, and a fold or trial is no result.
    Where ``is_exact`` is false it has more runs, and the totals are those of the newest ``runs``.
    ``judged`` counts those of ``runs`` that are finished and have a value of ``primary_metric``:
    ``best`` is the best of these, and where it is the only one nothing is to be called the best.
    ``primary_metric`` and ``direction`` are what somebody set; or else what the newest run names,
    what the first run was shown by, or what the newest shows, and what the metric's name says.
    """

    name: str
    primary_metric: str | None
    direction: Direction | None
    runs: int
    best_run_id: str | None
    best: WireNumber | None
    total_duration_ms: Millis
    total_cpu_ms: Millis
    max_peak_memory: int | None
    is_exact: bool = True
    judged: int = 0


class ExperimentList(msgspec.Struct, frozen=True):
    """A page of experiments, the one with the newest run first."""

    experiments: list[Experiment]
    next_cursor: str | None = None


class ExperimentUpdate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to set of an experiment; what is left out stays."""

    primary_metric: KeyName | None = None
    direction: Direction | None = None


class KnownRun(msgspec.Struct, frozen=True):
    """A finished run, by what it was made of."""

    identity: str
    run_id: str
    name: str


class Briefing(msgspec.Struct, frozen=True):
    """What a kernel is told of an experiment: its standing, and the runs that need no repetition."""

    experiment: Experiment | None
    known: list[KnownRun]
