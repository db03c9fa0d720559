"""Owns the routes that list and find: runs, values and names, glances, experiments."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.glances import MAX_GLANCES, MAX_SPARKS, MIN_SPARKS, GlanceList
from mlops_lab.core.limits import (
    MAX_NAMED,
    MAX_OFFSET,
    MAX_PAGE,
)
from mlops_lab.core.query import (
    MAX_COLUMNS,
    MAX_FILTER_CHARS,
    MAX_SORT_KEYS,
    MAX_VALUES,
    Archived,
    FacetOrder,
    NameKind,
    Trashed,
)
from mlops_lab.core.tracking import (
    ExperimentList,
    FacetList,
    NameList,
    RunDetails,
    RunPage,
)
from mlops_lab.server.endpoint import Call, Id, endpoint

Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Most records on the page.")]

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
InArchive = Annotated[Archived, Meta(description="Whether archived runs are meant.")]
Cursor = Annotated[str | None, Meta(description="`next_cursor` of the page before.")]
Offset = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_OFFSET,
        description="The page at this place of the list, from 0, in place of a cursor; "
        "then the total is exact.",
    ),
]
TimeZone = Annotated[
    str | None, Meta(description="IANA name; times in words count in it, else in the server's.")
]


class RunsQuery(msgspec.Struct, frozen=True):
    """Which runs to list, in which order."""

    filter: Filter = ""
    notebook: Annotated[str | None, Meta(description="Path of one notebook.")] = None
    cell: Annotated[str | None, Meta(description="Id of one cell.")] = None
    parent: Parent | None = None
    experiment: Annotated[str | None, Meta(description="Name of one experiment.")] = None
    identity: Annotated[str | None, Meta(description="Same code, data and params.")] = None
    order_by: OrderBy = []
    columns: Columns = []
    trashed: InTrash = "no"
    archived: InArchive = "any"
    time_zone: TimeZone = None
    limit: Limit = 100
    cursor: Cursor = None
    offset: Offset | None = None


class DetailsQuery(msgspec.Struct, frozen=True):
    """Which runs to list whole, in which order."""

    filter: Filter = ""
    experiment: Annotated[str | None, Meta(description="Name of one experiment.")] = None
    order_by: OrderBy = []
    trashed: InTrash = "no"
    archived: InArchive = "any"
    time_zone: TimeZone = None
    limit: Limit = 100
    cursor: Cursor = None


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
    notebook: Annotated[str | None, Meta(description="Path of one notebook.")] = None
    cell: Annotated[str | None, Meta(description="Id of one cell.")] = None
    experiment: Annotated[str | None, Meta(description="Name of one experiment.")] = None
    parent: Parent | None = None
    trashed: InTrash = "no"
    archived: InArchive = "any"
    time_zone: TimeZone = None
    order: Annotated[
        FacetOrder, Meta(description="Values of most runs first, or of the newest runs.")
    ] = "count"
    limit: Annotated[int, Meta(ge=1, le=MAX_VALUES, description="Most values.")] = 20


class ExperimentsQuery(msgspec.Struct, frozen=True):
    """Which page of the experiments, or which of them."""

    name: Annotated[
        list[str],
        Meta(
            description="Names of those that are meant, in place of a page; "
            "what is not there is left out.",
            max_length=MAX_NAMED,
        ),
    ] = []
    limit: Limit = 100
    cursor: Cursor = None


class NamesQuery(msgspec.Struct, frozen=True):
    """Names of what to list."""

    kind: Annotated[NameKind, Meta(description="`columns` are those of data.")]
    prefix: Annotated[str, Meta(description="How the names begin, in either case.")] = ""
    piece: Annotated[str, Meta(description="What the names hold anywhere, in either case.")] = ""
    limit: Annotated[int, Meta(ge=1, le=MAX_VALUES, description="Most names.")] = 50


class GlancesQuery(msgspec.Struct, frozen=True):
    """Of which runs, named by their whole ids, to show something."""

    run_id: Annotated[list[Id], Meta(min_length=1, max_length=MAX_GLANCES)]
    points: Annotated[
        int, Meta(ge=MIN_SPARKS, le=MAX_SPARKS, description="Most points of a curve.")
    ] = 40


@endpoint("GET", "runs", summary="List runs in any order", scope="kernel")
def list_runs(call: Call, query: RunsQuery) -> RunPage:
    """Return a page of runs."""
    return call.lab.tracking.list_runs(
        filter=query.filter,
        notebook_path=query.notebook,
        cell=query.cell,
        parent=query.parent,
        experiment=query.experiment,
        identity=query.identity,
        order_by=query.order_by,
        columns=query.columns,
        trashed=query.trashed,
        archived=query.archived,
        time_zone=query.time_zone,
        limit=query.limit,
        cursor=query.cursor,
        offset=query.offset,
    )


@endpoint("GET", "details", summary="List whole runs in any order", scope="kernel")
def list_details(call: Call, query: DetailsQuery) -> RunDetails:
    """Return a page of runs with all that is known of them but their points."""
    return call.lab.tracking.list_details(
        filter=query.filter,
        experiment=query.experiment,
        order_by=query.order_by,
        trashed=query.trashed,
        archived=query.archived,
        time_zone=query.time_zone,
        limit=query.limit,
        cursor=query.cursor,
    )


@endpoint("GET", "facets", summary="The most frequent values of a field", scope="kernel")
def count_facets(call: Call, query: FacetsQuery) -> FacetList:
    """Return values with how many of the runs that match have each."""
    return call.lab.tracking.finding.values(
        query.field,
        order=query.order,
        limit=query.limit,
        filter=query.filter,
        notebook_path=query.notebook,
        cell=query.cell,
        experiment=query.experiment,
        parent=query.parent,
        trashed=query.trashed,
        archived=query.archived,
        time_zone=query.time_zone,
    )


@endpoint("GET", "names", summary="Names of metrics, params, tags or columns", scope="kernel")
def list_names(call: Call, query: NamesQuery) -> NameList:
    """Return names for completion, the most used first."""
    return call.lab.tracking.finding.names(
        query.kind, prefix=query.prefix, piece=query.piece, limit=query.limit
    )


@endpoint("GET", "glances", summary="What a list shows of runs beside their summaries")
def list_glances(call: Call, query: GlancesQuery) -> GlanceList:
    """Return tags, note and curve of each run that is there."""
    return call.lab.tracking.list_glances(query.run_id, points=query.points)


@endpoint("GET", "experiments", summary="List experiments, the newest first", scope="kernel")
def list_experiments(call: Call, query: ExperimentsQuery) -> ExperimentList:
    """Return a page of experiments with their best run and totals."""
    if query.name:
        return call.lab.experiments.list_named(query.name)
    return call.lab.experiments.list(limit=query.limit, cursor=query.cursor)
