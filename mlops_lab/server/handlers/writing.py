"""Owns the routes by which a program of any language writes experiments and runs."""

from __future__ import annotations

from mlops_lab.core.limits import KeyName
from mlops_lab.core.tracking import Experiment, Run
from mlops_lab.core.writing import (
    Batches,
    BatchOutcomes,
    NewExperiment,
    Note,
    RunBatch,
    RunIds,
    RunList,
    RunOrder,
    RunUpdate,
    TagValue,
)
from mlops_lab.server.endpoint import Call, Id, endpoint


@endpoint(
    "POST",
    "experiments",
    summary="Make an experiment",
    scope="kernel",
    status=201,
    location="experiments/{name}",
)
def create_experiment(call: Call, body: NewExperiment) -> Experiment:
    """Make the experiment and return it."""
    call.lab.writing.create_experiment(body.name, tags=body.tags, who=call.user)
    return call.lab.experiments.get(body.name)


@endpoint("GET", "experiments/{name}", summary="One experiment", scope="kernel")
def get_experiment(call: Call, name: str) -> Experiment:
    """Return the experiment with its best run and totals."""
    return call.lab.experiments.get(name)


@endpoint(
    "POST",
    "runs",
    summary="Make a run; repeated with the same id or key it is made once",
    scope="kernel",
    status=201,
    location="runs/{summary.id}",
    lane="ingest",
    takes_key=True,
)
def create_run(call: Call, body: RunOrder) -> Run:
    """Make the run, or return the one that the same order made."""
    return call.lab.orders.create_run(body, user=call.user, key=call.idempotency_key)


@endpoint(
    "POST",
    "runs/batch-get",
    summary="Many runs by their ids",
    scope="kernel",
)
def get_runs(call: Call, body: RunIds) -> RunList:
    """Return the runs, and which ids no run has."""
    return call.lab.orders.read_runs(body.run_ids)


@endpoint(
    "POST",
    "runs/batch-write",
    summary="Add params, metrics and tags to many runs, each for itself",
    scope="kernel",
    lane="ingest",
)
def log_batches(call: Call, body: Batches) -> BatchOutcomes:
    """Say of each run whether its batch is stored."""
    return BatchOutcomes(outcomes=call.lab.orders.log_all(body.batches))


@endpoint(
    "POST",
    "runs/{run_id}/batch",
    summary="Add params, metrics and tags to a run: all or nothing",
    scope="kernel",
    status=204,
    lane="ingest",
)
def log_batch(call: Call, run_id: Id, body: RunBatch) -> None:
    """Store the batch; what is stored already is not stored again."""
    call.lab.orders.log(run_id, body)


@endpoint(
    "PATCH",
    "runs/{run_id}",
    summary="Set status, end or name of a run, or archive it",
    scope="kernel",
    lane="ingest",
)
def update_run(call: Call, run_id: Id, body: RunUpdate) -> Run:
    """Change the fields that are given and return the run."""
    call.lab.writing.update_run(
        run_id,
        status=body.status,
        ended_at=body.ended_at,
        name=body.name,
        archived=body.archived,
        who=call.user,
    )
    return call.lab.tracking.get_run(run_id)


@endpoint(
    "PUT",
    "runs/{run_id}/tags/{name}",
    summary="Set a tag of a run",
    scope="kernel",
    status=204,
    lane="ingest",
)
def set_tag(call: Call, run_id: Id, name: KeyName, body: TagValue) -> None:
    """Set the tag; the values before stay readable."""
    call.lab.writing.set_tag(run_id, name, body.value, who=call.user)


@endpoint(
    "DELETE",
    "runs/{run_id}/tags/{name}",
    summary="Remove a tag of a run",
    scope="kernel",
    status=204,
    lane="ingest",
)
def delete_tag(call: Call, run_id: Id, name: KeyName) -> None:
    """Remove the tag."""
    call.lab.writing.delete_tag(run_id, name, who=call.user)


@endpoint(
    "PUT",
    "runs/{run_id}/note",
    summary="Set the note of a run; an empty text removes it",
    scope="kernel",
    status=204,
    lane="ingest",
)
def set_note(call: Call, run_id: Id, body: Note) -> None:
    """Set the note."""
    call.lab.orders.set_note(run_id, body.text, who=call.user)
