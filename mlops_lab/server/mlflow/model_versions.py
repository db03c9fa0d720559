"""Owns the routes of model versions."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from mlops_lab.core.registry import NewVersion, number_from

from .errors import MlflowError, invalid
from .registered_models import checked_limit
from .registry_shapes import VersionAnswer, VersionsAnswer, version_shape
from .route import MlflowCall, mlflow_route
from .wire import Answer, KeyValue, Request

MAX_VERSIONS = 200_000
"""Most versions that a client may ask for on one page (MLflow's limit)."""

SOURCES = "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX"
"""The variable of the server's environment with the expression that every source must meet."""

_PAGE = 10_000
"""Most versions on one page, however many are asked for: the token leads on."""


class NamedVersion(Request):
    """Names a model version."""

    name: str
    version: str


class CreateVersion(Request):
    """A version to make."""

    name: str
    source: str
    run_id: str = ""
    tags: list[KeyValue] = []
    run_link: str = ""
    description: str = ""
    model_id: str = ""


class UpdateVersion(Request):
    """What to change of a version."""

    name: str
    version: str
    description: str = ""


class MoveStage(Request):
    """The stage that a version shall be in."""

    name: str
    version: str
    stage: str
    archive_existing_versions: bool = False


class SearchVersions(Request):
    """Which versions to list."""

    filter: str = ""
    max_results: int = 200_000
    order_by: list[str] = []
    page_token: str = ""


class VersionTag(Request):
    """A tag of a version."""

    name: str
    version: str
    key: str
    value: str = ""


class DownloadUriAnswer(Answer):
    """Where the files of a version are."""

    artifact_uri: str


@mlflow_route("POST", "2.0/mlflow/model-versions/create")
def create_model_version(call: MlflowCall, request: CreateVersion) -> VersionAnswer:
    """Make the next version of a registered model."""
    _check_allowed(request.source)
    new = NewVersion(
        source=request.source,
        run_id=request.run_id or None,
        description=request.description,
        tags={tag.key: tag.value for tag in request.tags},
        run_link=request.run_link or None,
        logged_model_id=request.model_id or None,
    )
    folder = _local_folder(call, request)
    made = call.lab.registry.versions.create(request.name, new, who=call.user, folder=folder)
    return VersionAnswer(model_version=version_shape(made))


@mlflow_route("GET", "2.0/mlflow/model-versions/get")
def get_model_version(call: MlflowCall, request: NamedVersion) -> VersionAnswer:
    """Return a version."""
    found = call.lab.registry.versions.get(request.name, number_from(request.version))
    return VersionAnswer(model_version=version_shape(found))


@mlflow_route("PATCH", "2.0/mlflow/model-versions/update")
def update_model_version(call: MlflowCall, request: UpdateVersion) -> VersionAnswer:
    """Describe a version."""
    changed = call.lab.registry.versions.update(
        request.name,
        number_from(request.version),
        description=request.description,
        who=call.user,
    )
    return VersionAnswer(model_version=version_shape(changed))


@mlflow_route("DELETE", "2.0/mlflow/model-versions/delete")
def delete_model_version(call: MlflowCall, request: NamedVersion) -> None:
    """Remove a version."""
    number = number_from(request.version)
    call.lab.registry.versions.delete(request.name, number, who=call.user)


@mlflow_route("POST", "2.0/mlflow/model-versions/transition-stage")
def transition_model_version_stage(call: MlflowCall, request: MoveStage) -> VersionAnswer:
    """Put a version into a stage."""
    moved = call.lab.registry.versions.set_stage(
        request.name,
        number_from(request.version),
        request.stage,
        archive_others=request.archive_existing_versions,
        who=call.user,
    )
    return VersionAnswer(model_version=version_shape(moved))


@mlflow_route("GET", "2.0/mlflow/model-versions/search")
def search_model_versions(call: MlflowCall, request: SearchVersions) -> VersionsAnswer:
    """Return a page of versions that a filter meets."""
    page = call.lab.registry.versions.search(
        filter=request.filter,
        order_by=request.order_by,
        limit=min(checked_limit(request.max_results, MAX_VERSIONS), _PAGE),
        cursor=request.page_token or None,
    )
    return VersionsAnswer(
        model_versions=[version_shape(one) for one in page.versions],
        next_page_token=page.next_cursor,
    )


@mlflow_route("GET", "2.0/mlflow/model-versions/get-download-uri")
def get_model_version_download_uri(call: MlflowCall, request: NamedVersion) -> DownloadUriAnswer:
    """Return where the files of a version are."""
    found = call.lab.registry.versions.get(request.name, number_from(request.version))
    return DownloadUriAnswer(artifact_uri=found.location)


@mlflow_route("POST", "2.0/mlflow/model-versions/set-tag")
def set_model_version_tag(call: MlflowCall, request: VersionTag) -> None:
    """Set a tag of a version."""
    number = number_from(request.version)
    call.lab.registry.versions.set_tag(
        request.name, number, request.key, request.value, who=call.user
    )


@mlflow_route("DELETE", "2.0/mlflow/model-versions/delete-tag")
def delete_model_version_tag(call: MlflowCall, request: VersionTag) -> None:
    """Remove a tag of a version."""
    number = number_from(request.version)
    call.lab.registry.versions.delete_tag(request.name, number, request.key, who=call.user)


def _check_allowed(source: str) -> None:
    expression = os.environ.get(SOURCES)
    if not expression:
        return
    try:
        found = re.search(expression, source)
    except re.error as error:
        told = f"{SOURCES} in the server's environment is no regular expression: {error}."
        raise MlflowError("INTERNAL_ERROR", told) from None
    if found is None:
        raise invalid(f"Invalid model version source: '{source}'.")


def _local_folder(call: MlflowCall, request: CreateVersion) -> str | None:
    """Return where the files of the version's run or logged model are, if it is a local folder."""
    if request.model_id:
        place = call.lab.registry.logged.get(request.model_id).location
    elif request.run_id:
        place = call.lab.registry.logged.place_of_run(request.run_id) or ""
    else:
        return None
    return place if urlsplit(place).scheme in ("", "file") else None
