"""Owns the routes of registered models and their aliases."""

from __future__ import annotations

from mlops_lab.core.errors import ConflictError, NotFoundError
from mlops_lab.core.registry import NewModel, number_from

from .errors import MlflowError, invalid, missing_value
from .registry_shapes import (
    ModelAnswer,
    ModelsAnswer,
    VersionAnswer,
    VersionsAnswer,
    model_shape,
    version_shape,
)
from .route import MlflowCall, mlflow_route
from .wire import KeyValue, Request

MAX_MODELS = 1_000
"""Most registered models on one page (MLflow's limit)."""


class NamedModel(Request):
    """Names a registered model."""

    name: str


class CreateModel(Request):
    """A registered model to make."""

    name: str
    tags: list[KeyValue] = []
    description: str = ""


class UpdateModel(Request):
    """What to change of a registered model."""

    name: str
    description: str = ""


class RenameModel(Request):
    """The new name of a registered model."""

    name: str
    new_name: str


class SearchModels(Request):
    """Which registered models to list."""

    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str = ""


class ListModels(Request):
    """Which registered models an old client lists."""

    max_results: int = 100
    page_token: str = ""


class LatestVersions(Request):
    """In which stages the newest versions are asked for."""

    name: str
    stages: list[str] = []


class ModelTag(Request):
    """A tag of a registered model."""

    name: str
    key: str
    value: str = ""


class ModelAlias(Request):
    """An alias of a registered model."""

    name: str
    alias: str


class MovedAlias(Request):
    """An alias and the version that it shall point at."""

    name: str
    alias: str
    version: str


@mlflow_route("POST", "2.0/mlflow/registered-models/create")
def create_registered_model(call: MlflowCall, request: CreateModel) -> ModelAnswer:
    """Make a registered model."""
    if not request.name.strip():
        raise missing_value("name")
    new = NewModel(
        name=request.name,
        description=request.description,
        tags={tag.key: tag.value for tag in request.tags},
    )
    try:
        made = call.lab.registry.models.create(new, who=call.user)
    except ConflictError as error:
        raise MlflowError("RESOURCE_ALREADY_EXISTS", error.message) from error
    return ModelAnswer(registered_model=model_shape(made))


@mlflow_route("GET", "2.0/mlflow/registered-models/get")
def get_registered_model(call: MlflowCall, request: NamedModel) -> ModelAnswer:
    """Return a registered model."""
    return ModelAnswer(registered_model=model_shape(call.lab.registry.models.get(request.name)))


@mlflow_route("PATCH", "2.0/mlflow/registered-models/update")
def update_registered_model(call: MlflowCall, request: UpdateModel) -> ModelAnswer:
    """Describe a registered model."""
    models = call.lab.registry.models
    changed = models.update(request.name, description=request.description, who=call.user)
    return ModelAnswer(registered_model=model_shape(changed))


@mlflow_route("POST", "2.0/mlflow/registered-models/rename")
def rename_registered_model(call: MlflowCall, request: RenameModel) -> ModelAnswer:
    """Give a registered model another name."""
    if not request.new_name.strip():
        raise missing_value("new_name")
    models = call.lab.registry.models
    try:
        renamed = models.rename(request.name, request.new_name, who=call.user)
    except ConflictError as error:
        raise MlflowError("RESOURCE_ALREADY_EXISTS", error.message) from error
    return ModelAnswer(registered_model=model_shape(renamed))


@mlflow_route("DELETE", "2.0/mlflow/registered-models/delete")
def delete_registered_model(call: MlflowCall, request: NamedModel) -> None:
    """Remove a registered model with its versions."""
    call.lab.registry.models.delete(request.name, who=call.user)


@mlflow_route("GET", "2.0/mlflow/registered-models/search")
def search_registered_models(call: MlflowCall, request: SearchModels) -> ModelsAnswer:
    """Return a page of registered models that a filter meets."""
    page = call.lab.registry.models.search(
        filter=request.filter,
        order_by=request.order_by,
        limit=checked_limit(request.max_results, MAX_MODELS),
        cursor=request.page_token or None,
    )
    return ModelsAnswer(
        registered_models=[model_shape(one) for one in page.models],
        next_page_token=page.next_cursor,
    )


@mlflow_route("GET", "2.0/mlflow/registered-models/list", note="for clients before 2.0")
def list_registered_models(call: MlflowCall, request: ListModels) -> ModelsAnswer:
    """Return a page of all registered models."""
    page = call.lab.registry.models.search(
        limit=checked_limit(request.max_results, MAX_MODELS), cursor=request.page_token or None
    )
    return ModelsAnswer(
        registered_models=[model_shape(one) for one in page.models],
        next_page_token=page.next_cursor,
    )


@mlflow_route("POST", "2.0/mlflow/registered-models/get-latest-versions")
def post_latest_versions(call: MlflowCall, request: LatestVersions) -> VersionsAnswer:
    """Return the newest version in each stage."""
    return _latest(call, request)


@mlflow_route("GET", "2.0/mlflow/registered-models/get-latest-versions")
def get_latest_versions(call: MlflowCall, request: LatestVersions) -> VersionsAnswer:
    """Return the newest version in each stage."""
    return _latest(call, request)


@mlflow_route("POST", "2.0/mlflow/registered-models/set-tag")
def set_registered_model_tag(call: MlflowCall, request: ModelTag) -> None:
    """Set a tag of a registered model."""
    call.lab.registry.models.set_tag(request.name, request.key, request.value, who=call.user)


@mlflow_route("DELETE", "2.0/mlflow/registered-models/delete-tag")
def delete_registered_model_tag(call: MlflowCall, request: ModelTag) -> None:
    """Remove a tag of a registered model."""
    call.lab.registry.models.delete_tag(request.name, request.key, who=call.user)


@mlflow_route("POST", "2.0/mlflow/registered-models/alias")
def set_registered_model_alias(call: MlflowCall, request: MovedAlias) -> None:
    """Have an alias point at a version."""
    number = number_from(request.version)
    call.lab.registry.aliases.move(request.name, request.alias, number, who=call.user)


@mlflow_route("DELETE", "2.0/mlflow/registered-models/alias")
def delete_registered_model_alias(call: MlflowCall, request: ModelAlias) -> None:
    """Take an alias away."""
    call.lab.registry.aliases.remove(request.name, request.alias, who=call.user)


@mlflow_route("GET", "2.0/mlflow/registered-models/alias")
def get_model_version_by_alias(call: MlflowCall, request: ModelAlias) -> VersionAnswer:
    """Return the version that an alias points at."""
    call.lab.registry.models.get(request.name)
    try:
        found = call.lab.registry.versions.get(request.name, f"@{request.alias}")
    except NotFoundError as error:
        raise invalid(error.message) from error
    return VersionAnswer(model_version=version_shape(found))


def checked_limit(asked: int, most: int) -> int:
    """Return the length of a page that a client asks for.

    Raises:
        MlflowError: it is not positive, or beyond the limit.
    """
    if asked < 1:
        raise invalid(
            f"Invalid value for max_results. It must be a positive integer, but got {asked}"
        )
    if asked > most:
        raise invalid(
            "Invalid value for request parameter max_results. It must be at most "
            f"{most}, but got value {asked}"
        )
    return asked


def _latest(call: MlflowCall, request: LatestVersions) -> VersionsAnswer:
    found = call.lab.registry.models.latest_versions(request.name, request.stages)
    return VersionsAnswer(model_versions=[version_shape(one) for one in found])
