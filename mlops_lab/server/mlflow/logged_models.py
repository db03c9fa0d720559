"""Owns the routes of logged models."""

from __future__ import annotations

from mlops_lab.core.logged import DEFAULT_EXPERIMENT_ID
from mlops_lab.core.loggedmodels import (
    DatasetFilter,
    LoggedModel,
    LoggedModelStatus,
    MetricOrder,
    NewLoggedModel,
    RunModel,
)

from .errors import invalid, missing_value
from .registered_models import checked_limit
from .route import MlflowCall, mlflow_route
from .shapes import MetricShape
from .wire import Answer, KeyValue, Request, Tag, wire_float

MAX_LOGGED = 1_000
"""Most logged models on one page."""

_WORDS: dict[LoggedModelStatus, str] = {
    "pending": "LOGGED_MODEL_PENDING",
    "ready": "LOGGED_MODEL_READY",
    "failed": "LOGGED_MODEL_UPLOAD_FAILED",
}
_STATUSES = {word: status for status, word in _WORDS.items()}
_NUMBERS: dict[LoggedModelStatus, int] = {"pending": 1, "ready": 2, "failed": 3}


class RegistrationShape(Answer):
    """A version that was made from a logged model."""

    name: str
    version: str


class LoggedInfoShape(Answer):
    """What is known of a logged model besides params and metrics."""

    model_id: str
    experiment_id: str
    name: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    artifact_uri: str
    status: str
    model_type: str | None = None
    source_run_id: str | None = None
    status_message: str | None = None
    tags: list[Tag] = []
    registrations: list[RegistrationShape] = []


class LoggedDataShape(Answer):
    """Params and metrics of a logged model."""

    params: list[Tag] = []
    metrics: list[MetricShape] = []


class LoggedShape(Answer):
    """A logged model."""

    info: LoggedInfoShape
    data: LoggedDataShape


class LoggedAnswer(Answer):
    """One logged model."""

    model: LoggedShape


class LoggedPageAnswer(Answer):
    """A page of logged models."""

    models: list[LoggedShape] = []
    next_page_token: str | None = None


class CreateLogged(Request):
    """A logged model to make."""

    experiment_id: str
    name: str = ""
    model_type: str | None = None
    source_run_id: str | None = None
    params: list[KeyValue] = []
    tags: list[KeyValue] = []


class FinalizeLogged(Request):
    """How the logging of a model ended."""

    status: str | int
    status_message: str | None = None


class LoggedParams(Request):
    """Params of a logged model."""

    params: list[KeyValue] = []


class LoggedTags(Request):
    """Tags of a logged model."""

    tags: list[KeyValue] = []


class OnDataset(Request):
    """A dataset on which metrics were measured."""

    dataset_name: str = ""
    dataset_digest: str | None = None


class OrderOfLogged(Request):
    """One column of an order of logged models."""

    field_name: str
    ascending: bool = True
    dataset_name: str | None = None
    dataset_digest: str | None = None


class SearchLogged(Request):
    """Which logged models to list."""

    experiment_ids: list[str] = []
    filter: str = ""
    datasets: list[OnDataset] = []
    max_results: int = 50
    order_by: list[OrderOfLogged] = []
    page_token: str = ""


class UsedModel(Request):
    """A logged model that a run gives out."""

    model_id: str
    step: int = 0


class LogOutputs(Request):
    """The logged models that a run gives out."""

    run_id: str
    models: list[UsedModel] = []


@mlflow_route("POST", "2.0/mlflow/logged-models")
def create_logged_model(call: MlflowCall, request: CreateLogged) -> LoggedAnswer:
    """Make a logged model."""
    if request.experiment_id == DEFAULT_EXPERIMENT_ID:
        call.lab.writing.ensure_default()
    new = NewLoggedModel(
        experiment_id=request.experiment_id,
        name=request.name,
        model_type=request.model_type or None,
        source_run_id=request.source_run_id or None,
        params={param.key: param.value for param in request.params},
        tags={tag.key: tag.value for tag in request.tags},
    )
    return LoggedAnswer(model=_shape(call.lab.registry.logged.create(new, who=call.user)))


@mlflow_route("GET", "2.0/mlflow/logged-models/{model_id}")
def get_logged_model(call: MlflowCall, model_id: str) -> LoggedAnswer:
    """Return a logged model."""
    return LoggedAnswer(model=_shape(call.lab.registry.logged.get(model_id)))


@mlflow_route("PATCH", "2.0/mlflow/logged-models/{model_id}")
def finalize_logged_model(call: MlflowCall, model_id: str, request: FinalizeLogged) -> LoggedAnswer:
    """Say how the logging of a model ended."""
    status = _status(request.status)
    logged = call.lab.registry.logged
    done = logged.finalize(model_id, status, message=request.status_message)
    return LoggedAnswer(model=_shape(done))


@mlflow_route("DELETE", "2.0/mlflow/logged-models/{model_id}")
def delete_logged_model(call: MlflowCall, model_id: str) -> None:
    """Remove a logged model."""
    call.lab.registry.logged.delete(model_id, who=call.user)


@mlflow_route("POST", "2.0/mlflow/logged-models/{model_id}/params")
def log_logged_model_params(call: MlflowCall, model_id: str, request: LoggedParams) -> None:
    """Set params of a logged model."""
    params = {param.key: param.value for param in request.params}
    call.lab.registry.logged.log_params(model_id, params)


@mlflow_route("PATCH", "2.0/mlflow/logged-models/{model_id}/tags")
def set_logged_model_tags(call: MlflowCall, model_id: str, request: LoggedTags) -> LoggedAnswer:
    """Set tags of a logged model."""
    tags = {tag.key: tag.value for tag in request.tags}
    return LoggedAnswer(model=_shape(call.lab.registry.logged.set_tags(model_id, tags)))


@mlflow_route("DELETE", "2.0/mlflow/logged-models/{model_id}/tags/{tag_key}")
def delete_logged_model_tag(call: MlflowCall, model_id: str, tag_key: str) -> None:
    """Remove a tag of a logged model."""
    call.lab.registry.logged.delete_tag(model_id, tag_key)


@mlflow_route("POST", "2.0/mlflow/logged-models/search")
def search_logged_models(call: MlflowCall, request: SearchLogged) -> LoggedPageAnswer:
    """Return a page of logged models that a filter meets."""
    if any(not one.dataset_name for one in request.datasets):
        raise invalid("`dataset_name` in the `datasets` clause must be specified.")
    page = call.lab.registry.logged.search(
        request.experiment_ids,
        filter=request.filter,
        datasets=[DatasetFilter(one.dataset_name, one.dataset_digest) for one in request.datasets],
        order_by=[
            MetricOrder(one.field_name, one.ascending, one.dataset_name, one.dataset_digest)
            for one in request.order_by
        ],
        limit=checked_limit(request.max_results, MAX_LOGGED),
        cursor=request.page_token or None,
    )
    return LoggedPageAnswer(
        models=[_shape(one) for one in page.models], next_page_token=page.next_cursor
    )


@mlflow_route("POST", "2.0/mlflow/runs/outputs")
def log_outputs(call: MlflowCall, request: LogOutputs) -> None:
    """Have a run give out logged models."""
    models = [RunModel(one.model_id, one.step) for one in request.models]
    call.lab.registry.logged.link(request.run_id, "output", models)


def _status(given: str | int) -> LoggedModelStatus:
    if isinstance(given, int):
        found = next((word for word, number in _NUMBERS.items() if number == given), None)
    else:
        found = _STATUSES.get(given)
    if not given:
        raise missing_value("status")
    if found is None:
        raise invalid(f"Invalid model status: {given}.")
    return found


def _shape(one: LoggedModel) -> LoggedShape:
    return LoggedShape(
        info=LoggedInfoShape(
            model_id=one.id,
            experiment_id=one.experiment_id,
            name=one.name,
            creation_timestamp_ms=one.created_at,
            last_updated_timestamp_ms=one.updated_at,
            artifact_uri=one.location,
            status=_WORDS[one.status],
            model_type=one.model_type,
            source_run_id=one.source_run_id,
            status_message=one.status_message,
            tags=[Tag(key, value) for key, value in one.tags.items()],
            registrations=[
                RegistrationShape(name=name, version=str(number)) for name, number in one.versions
            ],
        ),
        data=LoggedDataShape(
            params=[Tag(key, value) for key, value in one.params.items()],
            metrics=[
                MetricShape(
                    key=metric.name,
                    value=wire_float(metric.value),
                    timestamp=metric.time,
                    step=metric.step,
                    dataset_name=metric.dataset_name or None,
                    dataset_digest=metric.dataset_digest or None,
                    model_id=one.id,
                    run_id=metric.run_id,
                )
                for metric in one.metrics
            ],
        ),
    )
