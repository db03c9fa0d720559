"""Owns the routes that log into runs on the MLflow protocol: metrics, params, tags, batches."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from mlops_lab.core.logged import LoggedPoint, LoggedRun, ParamChangedError

from . import checks, shapes
from .errors import MlflowError, invalid, not_found, wrong_value
from .modelmetrics import model_metrics
from .route import MlflowCall, mlflow_route
from .runs import find_active_run
from .wire import Request

LOGGED_MODELS = "mlflow.log-model.history"
_MODEL_FIELDS = ("artifact_path", "flavors", "utc_time_created", "run_id")


class LogMetric(Request):
    """One value of a metric."""

    run_id: str
    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LogParam(Request):
    """One param."""

    run_id: str
    key: str
    value: str = ""


class SetTag(Request):
    """One tag."""

    run_id: str
    key: str
    value: str = ""


class DeleteTag(Request):
    """A tag to be removed."""

    run_id: str
    key: str


class BatchMetric(Request):
    """A value of a metric in a batch."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class BatchPair(Request):
    """A param or tag in a batch."""

    key: str
    value: str = ""


class LogBatch(Request):
    """Metrics, params and tags of one run."""

    run_id: str
    metrics: list[BatchMetric] = []
    params: list[BatchPair] = []
    tags: list[BatchPair] = []


class LogModel(Request):
    """A model as old clients log it."""

    run_id: str
    model_json: str


@mlflow_route("POST", "2.0/mlflow/runs/log-metric")
def log_metric(call: MlflowCall, request: LogMetric) -> None:
    """Add a point to a metric."""
    checks.check_metric(request.key, request.timestamp)
    found = find_active_run(call, request.run_id)
    point = LoggedPoint(request.key, request.value, request.timestamp, request.step)
    by_model = model_metrics(found, [_in_batch(request)])
    call.lab.writing.log_batch(found.id, metrics=[point], by_model=by_model)


def _in_batch(request: LogMetric) -> BatchMetric:
    given = msgspec.structs.asdict(request)
    return BatchMetric(**{name: given[name] for name in BatchMetric.__struct_fields__})


@mlflow_route("POST", "2.0/mlflow/runs/log-parameter")
def log_param(call: MlflowCall, request: LogParam) -> None:
    """Set a param."""
    value = checks.check_param(request.key, request.value)
    found = find_active_run(call, request.run_id)
    try:
        call.lab.writing.log_batch(found.id, params={request.key: value})
    except ParamChangedError as error:
        change = error.changes[0]
        raise invalid(
            f"Changing param values is not allowed. Param with key='{change.name}' was already"
            f" logged with value='{change.old}' for run ID='{found.id}'. Attempted logging new"
            f" value '{change.new}'."
        ) from None


@mlflow_route("POST", "2.0/mlflow/runs/set-tag")
def set_tag(call: MlflowCall, request: SetTag) -> None:
    """Set a tag."""
    value = checks.check_tag(request.key, request.value)
    _set_tags(call, find_active_run(call, request.run_id), {request.key: value})


def _set_tags(call: MlflowCall, found: LoggedRun, tags: dict[str, str]) -> None:
    call.lab.writing.log_batch(
        found.id, tags=tags, name=tags.get(shapes.RUN_NAME), who=_by_hand(call, found)
    )


def _by_hand(call: MlflowCall, found: LoggedRun) -> str | None:
    """Return who does it where that is a deed for the audit: while a run goes on, it is its own."""
    return None if found.status in ("running", "scheduled") else call.user


@mlflow_route("POST", "2.0/mlflow/runs/delete-tag")
def delete_tag(call: MlflowCall, request: DeleteTag) -> None:
    """Remove a tag."""
    found = find_active_run(call, request.run_id)
    if request.key not in {tag.name for tag in found.tags}:
        raise not_found(f"No tag with name: {request.key} in run with id {found.id}")
    call.lab.writing.delete_tag(found.id, request.key, who=_by_hand(call, found))


@mlflow_route("POST", "2.0/mlflow/runs/log-batch")
def log_batch(call: MlflowCall, request: LogBatch) -> None:
    """Add points, params and tags: all of them or, on an error, none."""
    checks.check_run_id(request.run_id)
    for number, metric in enumerate(request.metrics):
        checks.check_metric(metric.key, metric.timestamp, f"metrics[{number}]")
    params = {
        one.key: checks.check_param(one.key, one.value, f"params[{number}]")
        for number, one in enumerate(request.params)
    }
    tags = {
        one.key: checks.check_tag(one.key, one.value, f"tags[{number}]")
        for number, one in enumerate(request.tags)
    }
    checks.check_batch(request.metrics, request.params, request.tags)
    checks.check_unique([one.key for one in request.params])
    found = find_active_run(call, request.run_id)
    points = [LoggedPoint(m.key, m.value, m.timestamp, m.step) for m in request.metrics]
    try:
        call.lab.writing.log_batch(
            found.id,
            metrics=points,
            params=params,
            tags=tags,
            name=tags.get(shapes.RUN_NAME),
            by_model=model_metrics(found, request.metrics),
            who=_by_hand(call, found),
        )
    except ParamChangedError as error:
        changes = [
            {"key": one.name, "old_value": one.old, "new_value": one.new} for one in error.changes
        ]
        raise invalid(
            "Changing param values is not allowed. Params were already"
            f" logged='{changes}' for run ID='{found.id}'."
        ) from None


@mlflow_route("POST", "2.0/mlflow/runs/log-model", note="for clients before logged models")
def log_model(call: MlflowCall, request: LogModel) -> None:
    """Note in a tag that a model was logged into a run, as old clients do."""
    try:
        model = json.loads(request.model_json)
    except (ValueError, RecursionError):
        raise invalid(
            f"Malformed model info. \n {request.model_json[:1000]} \n is not a valid JSON."
        ) from None
    if not isinstance(model, dict):
        raise wrong_value("model_json", model)
    lacking = {name for name in _MODEL_FIELDS if name not in model}
    if lacking:
        raise MlflowError(
            "INVALID_PARAMETER_VALUE", f"Model json is missing mandatory fields: {lacking}"
        )
    found = find_active_run(call, request.run_id)
    kept = {name: value for name, value in model.items() if name != "signature"}
    _set_tags(call, found, {LOGGED_MODELS: json.dumps([*_models_of(found), kept])})


def _models_of(found: LoggedRun) -> list[Any]:
    """Return what the tag lists; one that somebody set to something else begins anew."""
    text = next((tag.value for tag in found.tags if tag.name == LOGGED_MODELS), "[]")
    try:
        before = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return before if isinstance(before, list) else []
