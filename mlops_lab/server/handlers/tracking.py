"""Owns the routes of the tracking column: runs, series, comparison, and delivery by kernels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.errors import MisfitError
from mlops_lab.core.facets import RunCapture
from mlops_lab.core.limits import (
    MAX_POINTS,
    MIN_POINTS,
)
from mlops_lab.core.lineage import Lineage
from mlops_lab.core.records import Batch, BatchAcknowledged, RunStarted
from mlops_lab.core.tracking import (
    Briefing,
    Experiment,
    ExperimentUpdate,
    MetricSeries,
    Run,
    TagHistory,
)
from mlops_lab.server.endpoint import Call, Id, IdPart, endpoint

MaxPoints = Annotated[
    int, Meta(ge=MIN_POINTS, le=MAX_POINTS, description="Most points of a series.")
]


class SeriesQuery(msgspec.Struct, frozen=True):
    """Which metric of a run to read."""

    name: Annotated[str, Meta(description="Name of the metric.")]
    max_points: MaxPoints = 1000


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
    "runs/{run_id}/lineage",
    summary="What a run came from, and what came from it",
    scope="kernel",
)
def get_lineage(call: Call, run_id: IdPart) -> Lineage:
    """Return the runs, data, models and job definitions that the run hangs together with."""
    return call.lab.lineage.get(run_id)


@endpoint(
    "GET",
    "runs/{run_id}/tags/{name}/history",
    summary="All values that a tag has had, the oldest first",
    scope="kernel",
)
def get_tag_history(call: Call, run_id: IdPart, name: str) -> TagHistory:
    """Return the values of the tag."""
    return call.lab.tracking.get_tag_history(run_id, name)


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
