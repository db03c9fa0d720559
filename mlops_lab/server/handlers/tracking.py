"""Owns the routes of the tracking column: runs, series, comparison, and delivery by kernels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.limits import MAX_COMPARED, MAX_PAGE, MAX_POINTS, MIN_COMPARED, MIN_POINTS
from mlops_lab.core.records import Batch, BatchAcknowledged, RunStarted
from mlops_lab.core.tracking import Comparison, MetricSeries, Run, RunPage
from mlops_lab.server.endpoint import Call, Id, IdPart, endpoint

Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Most records on the page.")]
MaxPoints = Annotated[
    int, Meta(ge=MIN_POINTS, le=MAX_POINTS, description="Most points of a series.")
]


class RunsQuery(msgspec.Struct, frozen=True):
    """Which runs to list."""

    filter: Annotated[str, Meta(description="Words that name, notebook, status... hold.")] = ""
    notebook: Annotated[str | None, Meta(description="Path of one notebook.")] = None
    limit: Limit = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


class SeriesQuery(msgspec.Struct, frozen=True):
    """Which metric of a run to read."""

    name: Annotated[str, Meta(description="Name of the metric.")]
    max_points: MaxPoints = 1000


class ComparisonQuery(msgspec.Struct, frozen=True):
    """Which runs to compare; the first one is what the others are held against."""

    run_id: Annotated[list[IdPart], Meta(min_length=MIN_COMPARED, max_length=MAX_COMPARED)]
    max_points: MaxPoints = 500


@endpoint("GET", "runs", summary="List runs, newest first")
def list_runs(call: Call, query: RunsQuery) -> RunPage:
    """Return a page of runs."""
    return call.lab.tracking.list_runs(
        filter=query.filter,
        notebook_path=query.notebook,
        limit=query.limit,
        cursor=query.cursor,
    )


@endpoint("GET", "runs/{run_id}", summary="Everything about one run but its points")
def get_run(call: Call, run_id: IdPart) -> Run:
    """Return the run."""
    return call.lab.tracking.get_run(run_id)


@endpoint("GET", "runs/{run_id}/series", summary="The points of one metric of a run")
def get_series(call: Call, run_id: IdPart, query: SeriesQuery) -> MetricSeries:
    """Return the series, thinned to ``max_points`` with its extremes kept."""
    return call.lab.tracking.get_series(run_id, query.name, max_points=query.max_points)


@endpoint("GET", "comparison", summary="What differs between runs")
def compare_runs(call: Call, query: ComparisonQuery) -> Comparison:
    """Return rows, series and code of the runs side by side."""
    return call.lab.tracking.compare(query.run_id, max_points=query.max_points)


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
)
def deliver_batch(call: Call, spool_id: Id, body: Batch) -> BatchAcknowledged:
    """Store the batch and say up to where the spool is stored."""
    if body.spool.spool_id != spool_id:
        raise InvalidInputError(
            f"The batch is of spool {body.spool.spool_id!r}, the address names {spool_id!r}.",
            hint="Deliver each spool to its own address.",
        )
    return call.lab.tracking.ingest(body, locate=call.places.get)
