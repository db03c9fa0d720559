"""Owns the routes of the tracking column: runs, series, comparison, and delivery by kernels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.errors import MisfitError
from mlops_lab.core.facets import RunCapture
from mlops_lab.core.limits import MAX_PAGE, MAX_POINTS, MIN_POINTS
from mlops_lab.core.query import (
    MAX_COLUMNS,
    MAX_FILTER_CHARS,
    MAX_SORT_KEYS,
    MAX_VALUES,
    NameKind,
    Trashed,
)
from mlops_lab.core.records import Batch, BatchAcknowledged, RunStarted
from mlops_lab.core.tracking import (
    Briefing,
    Experiment,
    ExperimentList,
    ExperimentUpdate,
    FacetList,
    MetricSeries,
    NameList,
    Run,
    RunDetails,
    RunPage,
    TagHistory,
)
from mlops_lab.server.endpoint import Call, Id, IdPart, endpoint

Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Most records on the page.")]
MaxPoints = Annotated[
    int, Meta(ge=MIN_POINTS, le=MAX_POINTS, description="Most points of a series.")
]

FACET_PATTERN = (
    "^(user|status|experiment|notebook|source|(params|tags)"
    r"""\.([^\x00-\x20\x7f-\xa0:=<>"'`()!]+|"[^"`\\\x00-\x1f]+"|`[^"`\\\x00-\x1f]+`))$"""
)
"""Fields whose values are counted."""

Parent = Annotated[
    str,
    Meta(
        pattern="^(none|[0-9a-fA-F]{4,32})$",
        description="Id of a run, whose children are meant; `none` for runs without a parent.",
    ),
]


Filter = Annotated[
    str,
    Meta(
        description="Such as `metrics.auc > 0.9 and (user = ada or started last week)`; "
        "see Search in the documentation. No pattern can say this grammar: what is not of it is "
        "answered with 400 and the position of the fault.",
        max_length=MAX_FILTER_CHARS,
    ),
]
OrderBy = Annotated[
    list[str],
    Meta(
        description="Columns such as `metrics.auc DESC`; without it the newest run comes first. "
        "400 for what is no column.",
        max_length=MAX_SORT_KEYS,
    ),
]
Columns = Annotated[
    list[str],
    Meta(
        description="Columns whose values come with the page; 400 for what is none.",
        max_length=MAX_COLUMNS,
    ),
]
InTrash = Annotated[Trashed, Meta(description="Whether runs in the trash are meant.")]
TimeZone = Annotated[
    str | None, Meta(description="IANA name; times in words count in it, else in the server's.")
]


class RunsQuery(msgspec.Struct, frozen=True):
    """Which runs to list, in which order."""

    filter: Filter = ""
    notebook: Annotated[str | None, Meta(description="Path of one notebook.")] = None
    parent: Parent | None = None
    experiment: Annotated[str | None, Meta(description="Name of one experiment.")] = None
    identity: Annotated[str | None, Meta(description="Same code, data and params.")] = None
    order_by: OrderBy = []
    columns: Columns = []
    trashed: InTrash = "no"
    time_zone: TimeZone = None
    limit: Limit = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


class DetailsQuery(msgspec.Struct, frozen=True):
    """Which runs to list whole, in which order."""

    filter: Filter = ""
    experiment: Annotated[str | None, Meta(description="Name of one experiment.")] = None
    order_by: OrderBy = []
    trashed: InTrash = "no"
    time_zone: TimeZone = None
    limit: Limit = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


class FacetsQuery(msgspec.Struct, frozen=True):
    """Values of which field to count, among which runs."""

    field: Annotated[
        str,
        Meta(
            description="user, status, experiment, notebook, source, params.NAME or tags.NAME; "
            "an odd name stands in quotes.",
            pattern=FACET_PATTERN,
        ),
    ]
    filter: Filter = ""
    experiment: Annotated[str | None, Meta(description="Name of one experiment.")] = None
    trashed: InTrash = "no"
    time_zone: TimeZone = None
    limit: Annotated[int, Meta(ge=1, le=MAX_VALUES, description="Most values.")] = 20


class ExperimentsQuery(msgspec.Struct, frozen=True):
    """Which page of the experiments."""

    limit: Limit = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


class NamesQuery(msgspec.Struct, frozen=True):
    """Names of what to list."""

    kind: Annotated[NameKind, Meta(description="`columns` are those of data.")]
    prefix: Annotated[str, Meta(description="How the names begin, in either case.")] = ""
    limit: Annotated[int, Meta(ge=1, le=MAX_VALUES, description="Most names.")] = 50


class SeriesQuery(msgspec.Struct, frozen=True):
    """Which metric of a run to read."""

    name: Annotated[str, Meta(description="Name of the metric.")]
    max_points: MaxPoints = 1000


@endpoint("GET", "runs", summary="List runs in any order", scope="kernel")
def list_runs(call: Call, query: RunsQuery) -> RunPage:
    """Return a page of runs."""
    return call.lab.tracking.list_runs(
        filter=query.filter,
        notebook_path=query.notebook,
        parent=query.parent,
        experiment=query.experiment,
        identity=query.identity,
        order_by=query.order_by,
        columns=query.columns,
        trashed=query.trashed,
        time_zone=query.time_zone,
        limit=query.limit,
        cursor=query.cursor,
    )


@endpoint("GET", "details", summary="List whole runs in any order", scope="kernel")
def list_details(call: Call, query: DetailsQuery) -> RunDetails:
    """Return a page of runs with all that is known of them but their points."""
    return call.lab.tracking.list_details(
        filter=query.filter,
        experiment=query.experiment,
        order_by=query.order_by,
        trashed=query.trashed,
        time_zone=query.time_zone,
        limit=query.limit,
        cursor=query.cursor,
    )


@endpoint("GET", "facets", summary="The most frequent values of a field", scope="kernel")
def count_facets(call: Call, query: FacetsQuery) -> FacetList:
    """Return values with how many of the runs that match have each."""
    return call.lab.tracking.finding.values(
        query.field,
        limit=query.limit,
        filter=query.filter,
        experiment=query.experiment,
        trashed=query.trashed,
        time_zone=query.time_zone,
    )


@endpoint("GET", "names", summary="Names of metrics, params, tags or columns", scope="kernel")
def list_names(call: Call, query: NamesQuery) -> NameList:
    """Return names for completion, the most used first."""
    return call.lab.tracking.finding.names(query.kind, prefix=query.prefix, limit=query.limit)


@endpoint("GET", "runs/{run_id}", summary="Everything about one run but its points", scope="kernel")
def get_run(call: Call, run_id: IdPart) -> Run:
    """Return the run."""
    return call.lab.tracking.get_run(run_id)


@endpoint(
    "GET", "runs/{run_id}/series", summary="The points of one metric of a run", scope="kernel"
)
def get_series(call: Call, run_id: IdPart, query: SeriesQuery) -> MetricSeries:
    """Return the series, thinned to ``max_points`` with its extremes kept."""
    return call.lab.tracking.get_series(run_id, query.name, max_points=query.max_points)


@endpoint(
    "GET",
    "runs/{run_id}/capture",
    summary="What produced a run: environment, git, data, models, files, outputs, order, history",
    scope="kernel",
)
def get_capture(call: Call, run_id: IdPart) -> RunCapture:
    """Return everything that is captured of the run besides params, metrics, tags and cells."""
    return call.lab.tracking.get_capture(run_id)


@endpoint(
    "GET",
    "runs/{run_id}/tags/{name}/history",
    summary="All values that a tag has had, the oldest first",
    scope="kernel",
)
def get_tag_history(call: Call, run_id: IdPart, name: str) -> TagHistory:
    """Return the values of the tag."""
    return call.lab.tracking.get_tag_history(run_id, name)


@endpoint("GET", "experiments", summary="List experiments, the newest first", scope="kernel")
def list_experiments(call: Call, query: ExperimentsQuery) -> ExperimentList:
    """Return a page of experiments with their best run and totals."""
    return call.lab.experiments.list(limit=query.limit, cursor=query.cursor)


@endpoint("PATCH", "experiments/{name}", summary="Set the primary metric and its direction")
def update_experiment(call: Call, name: str, body: ExperimentUpdate) -> Experiment:
    """Change the fields that are given and return the experiment."""
    return call.lab.experiments.update(name, body, user=call.user)


@endpoint(
    "GET",
    "experiments/{name}/briefing",
    summary="What a kernel needs to know of an experiment before a run of it",
    scope="kernel",
)
def brief_experiment(call: Call, name: str) -> Briefing:
    """Return the standing of the experiment and its runs that need no repetition."""
    return call.lab.experiments.brief(name)


def _kernel_ids(batch: Batch) -> Iterable[str]:
    for record in batch.records:
        if isinstance(record, RunStarted) and record.kernel_id:
            yield record.kernel_id


@endpoint(
    "POST",
    "spools/{spool_id}/batches",
    summary="Deliver records of a spool; what is stored already is skipped",
    scope="kernel",
    kernel_ids=_kernel_ids,
    lane="ingest",
)
def deliver_batch(call: Call, spool_id: Id, body: Batch) -> BatchAcknowledged:
    """Store the batch and say up to where the spool is stored."""
    if body.spool.spool_id != spool_id:
        raise MisfitError(
            f"The batch is of spool {body.spool.spool_id!r}, the address names {spool_id!r}.",
            hint="Deliver each spool to its own address.",
        )
    return call.lab.tracking.ingest(body, locate=call.places.get)
