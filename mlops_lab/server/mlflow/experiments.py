"""Owns the routes of experiments on the MLflow protocol."""

from __future__ import annotations

from typing import Annotated, Literal

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.logged import (
    DEFAULT_EXPERIMENT,
    DEFAULT_EXPERIMENT_ID,
    LoggedExperiment,
    NameTakenError,
    NotActiveError,
    Shown,
)

from . import checks
from .errors import MlflowError, invalid, not_found
from .route import MlflowCall, mlflow_route
from .shapes import ExperimentShape, experiment_shape
from .wire import Answer, KeyValue, Request

MAX_PAGE = 50_000
ViewType = Literal["ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3, "1", "2", "3"]
_SHOWN: dict[str, Shown] = {
    "ACTIVE_ONLY": "active",
    "1": "active",
    "DELETED_ONLY": "trashed",
    "2": "trashed",
    "ALL": "all",
    "3": "all",
}


class CreateExperiment(Request):
    """An experiment to be made."""

    name: str
    artifact_location: str | None = None
    tags: list[KeyValue] = []


class ExperimentId(Request):
    """The name of an experiment by its id."""

    experiment_id: str


class ExperimentName(Request):
    """The name of an experiment."""

    experiment_name: str


class UpdateExperiment(Request):
    """A new name of an experiment."""

    experiment_id: str
    new_name: str


class SetExperimentTag(Request):
    """A tag of an experiment."""

    experiment_id: str
    key: str
    value: str = ""


class DeleteExperimentTag(Request):
    """A tag to be removed."""

    experiment_id: str
    key: str


class SearchExperiments(Request):
    """What experiments are asked for."""

    view_type: ViewType | None = None
    max_results: int = 0
    order_by: list[str] = []
    filter: str = ""
    page_token: str = ""


class ExperimentIdAnswer(Answer):
    """The id of a new experiment."""

    experiment_id: str


class ExperimentAnswer(Answer):
    """One experiment."""

    experiment: ExperimentShape


class ExperimentsAnswer(Answer):
    """A page of experiments."""

    experiments: list[ExperimentShape] = []
    next_page_token: str | None = None


def shown_of(view_type: Annotated[object, "ViewType"]) -> Shown:
    """Return which records a view type means; without one, those in use."""
    return _SHOWN["ACTIVE_ONLY" if view_type is None else str(view_type)]


def find_experiment(call: MlflowCall, experiment_id: str) -> LoggedExperiment:
    """Return an experiment by its id; the default one is made when it is first asked for."""
    if experiment_id in ("", DEFAULT_EXPERIMENT_ID):
        call.lab.writing.ensure_default()
        experiment_id = DEFAULT_EXPERIMENT_ID
    return call.lab.logged.get_experiment(experiment_id)


def find_active(call: MlflowCall, experiment_id: str) -> LoggedExperiment:
    """Return an experiment that may be written into."""
    found = find_experiment(call, experiment_id)
    if found.trashed_at is not None:
        raise invalid(
            f"The experiment {found.id} must be in the 'active' state. Current state is deleted."
        )
    return found


@mlflow_route("POST", "2.0/mlflow/experiments/create")
def create_experiment(call: MlflowCall, request: CreateExperiment) -> ExperimentIdAnswer:
    """Make an experiment."""
    checks.check_experiment_name(request.name)
    for tag in request.tags:
        checks.check_experiment_tag(tag.key, tag.value)
    location = request.artifact_location or None
    if request.name == DEFAULT_EXPERIMENT:
        call.lab.writing.ensure_default()
    try:
        made = call.lab.writing.create_experiment(
            request.name,
            tags={tag.key: tag.value for tag in request.tags},
            artifact_location=checks.check_location(location) if location else None,
            who=call.user,
        )
    except NameTakenError:
        raise _taken(call, request.name) from None
    return ExperimentIdAnswer(experiment_id=made)


def _taken(call: MlflowCall, name: str) -> MlflowError:
    found = call.lab.logged.find_experiment(name)
    told = f"Experiment(name={name}) already exists."
    if found is not None and found.trashed_at is not None:
        told = (
            f"Experiment '{name}' already exists in deleted state. You can restore the experiment,"
            " or permanently delete the experiment to create a new one."
        )
    return MlflowError("RESOURCE_ALREADY_EXISTS", told)


@mlflow_route("GET", "2.0/mlflow/experiments/get")
def get_experiment(call: MlflowCall, request: ExperimentId) -> ExperimentAnswer:
    """Return an experiment."""
    return ExperimentAnswer(
        experiment=experiment_shape(find_experiment(call, request.experiment_id))
    )


@mlflow_route("GET", "2.0/mlflow/experiments/get-by-name")
def get_experiment_by_name(call: MlflowCall, request: ExperimentName) -> ExperimentAnswer:
    """Return an experiment by its name."""
    if request.experiment_name == DEFAULT_EXPERIMENT:
        call.lab.writing.ensure_default()
    found = call.lab.logged.find_experiment(request.experiment_name)
    if found is None:
        raise not_found(f"Could not find experiment with name '{request.experiment_name}'")
    return ExperimentAnswer(experiment=experiment_shape(found))


@mlflow_route("POST", "2.0/mlflow/experiments/search")
def search_experiments(call: MlflowCall, request: SearchExperiments) -> ExperimentsAnswer:
    """Return a page of experiments."""
    return _search(call, request)


@mlflow_route("GET", "2.0/mlflow/experiments/search")
def query_experiments(call: MlflowCall, request: SearchExperiments) -> ExperimentsAnswer:
    """Return a page of experiments."""
    return _search(call, request)


def _search(call: MlflowCall, request: SearchExperiments) -> ExperimentsAnswer:
    limit = checks.check_max_results(request.max_results, MAX_PAGE)
    offset = _read_offset(request.page_token)
    call.lab.writing.ensure_default()
    found = call.lab.logged.search_experiments(
        request.filter,
        order_by=request.order_by,
        shown=shown_of(request.view_type),
        limit=limit + 1,
        offset=offset,
    )
    return ExperimentsAnswer(
        experiments=[experiment_shape(one) for one in found[:limit]],
        next_page_token=_write_offset(offset + limit) if len(found) > limit else None,
    )


@mlflow_route("POST", "2.0/mlflow/experiments/update")
def update_experiment(call: MlflowCall, request: UpdateExperiment) -> None:
    """Give an experiment another name."""
    checks.check_experiment_name(request.new_name)
    find_experiment(call, request.experiment_id)
    try:
        call.lab.writing.rename_experiment(request.experiment_id, request.new_name, who=call.user)
    except NotActiveError:
        raise MlflowError("INVALID_STATE", "Cannot rename a non-active experiment.") from None
    except NameTakenError:
        raise _taken(call, request.new_name) from None


@mlflow_route("POST", "2.0/mlflow/experiments/delete")
def delete_experiment(call: MlflowCall, request: ExperimentId) -> None:
    """Put an experiment into the trash with its runs."""
    if find_experiment(call, request.experiment_id).trashed_at is not None:
        raise not_found(f"No Experiment with id={request.experiment_id} exists")
    call.lab.trash.put_experiment(request.experiment_id, who=call.user)


@mlflow_route("POST", "2.0/mlflow/experiments/restore")
def restore_experiment(call: MlflowCall, request: ExperimentId) -> None:
    """Take an experiment out of the trash with its runs."""
    if find_experiment(call, request.experiment_id).trashed_at is None:
        raise not_found(f"No Experiment with id={request.experiment_id} exists")
    call.lab.trash.restore_experiment(request.experiment_id, who=call.user)


@mlflow_route("POST", "2.0/mlflow/experiments/set-experiment-tag")
def set_experiment_tag(call: MlflowCall, request: SetExperimentTag) -> None:
    """Set a tag of an experiment."""
    checks.check_experiment_tag(request.key, request.value)
    found = find_active(call, request.experiment_id)
    call.lab.writing.set_experiment_tag(found.id, request.key, request.value, who=call.user)


@mlflow_route("POST", "2.0/mlflow/experiments/delete-experiment-tag")
def delete_experiment_tag(call: MlflowCall, request: DeleteExperimentTag) -> None:
    """Remove a tag of an experiment."""
    found = find_active(call, request.experiment_id)
    if request.key not in {tag.name for tag in found.tags}:
        raise not_found(f"No tag with name: {request.key} in experiment with id {found.id}")
    call.lab.writing.delete_experiment_tag(found.id, request.key, who=call.user)


def _read_offset(token: str | None) -> int:
    """Return the place that a page token stands for; 0 without one.

    Raises:
        InvalidInputError: it is none of ours.
    """
    if not token:
        return 0
    if not (token.startswith("o") and token[1:].isdecimal()):
        raise InvalidInputError(
            "Invalid page token, could not base64-decode",
            hint="Use the next_page_token of the page before.",
        )
    return int(token[1:])


def _write_offset(offset: int) -> str:
    """Return the page token of a place."""
    return f"o{offset}"
