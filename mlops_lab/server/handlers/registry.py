"""Owns the routes of the registry: registered models, their versions, aliases and what those meant when."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.core.registry import (
    Alias,
    AliasHistory,
    AliasTarget,
    ModelPage,
    ModelUpdate,
    ModelVersion,
    NewModel,
    NewVersion,
    RegisteredModel,
    VersionPage,
    VersionUpdate,
)
from mlops_lab.server.endpoint import Call, endpoint

Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Most records on the page.")]
Cursor = Annotated[str | None, Meta(description="`next_cursor` of the page before.")]
Filter = Annotated[
    str,
    Meta(
        description="Comparisons joined by AND, as MLflow's registry has them. No pattern can say "
        "this grammar: what is not of it is answered with 400."
    ),
]
OrderBy = Annotated[
    list[str], Meta(max_length=10, description="Columns with ASC or DESC; 400 for what is none.")
]
Number = Annotated[str, Meta(description="Number of a version, an alias of it, or `latest`.")]


class ModelsQuery(msgspec.Struct, frozen=True):
    """Which registered models or versions to list."""

    filter: Filter = ""
    order_by: OrderBy = []
    limit: Limit = 100
    cursor: Cursor = None


class AliasQuery(msgspec.Struct, frozen=True):
    """Which moves of aliases to tell of."""

    alias: Annotated[str | None, Meta(description="One alias alone.")] = None
    at: (
        Annotated[
            int, Meta(ge=0, le=2**53, description="Time in ms: which version was meant then.")
        ]
        | None
    ) = None


@endpoint("GET", "models", summary="List registered models by name", scope="kernel")
def list_models(call: Call, query: ModelsQuery) -> ModelPage:
    """Return a page of registered models."""
    return call.lab.registry.models.search(
        filter=query.filter, order_by=query.order_by, limit=query.limit, cursor=query.cursor
    )


@endpoint("POST", "models", summary="Make a registered model", status=201, location="models/{name}")
def create_model(call: Call, body: NewModel) -> RegisteredModel:
    """Make a registered model without versions."""
    return call.lab.registry.models.create(body, who=call.user)


@endpoint("GET", "models/{name}", summary="One registered model", scope="kernel")
def get_model(call: Call, name: str) -> RegisteredModel:
    """Return the registered model."""
    return call.lab.registry.models.get(name)


@endpoint("PATCH", "models/{name}", summary="Rename or describe a registered model")
def update_model(call: Call, name: str, body: ModelUpdate) -> RegisteredModel:
    """Change what is given and return the registered model."""
    models = call.lab.registry.models
    if body.name is not None and body.name != name:
        return models.rename(name, body.name, description=body.description, who=call.user)
    if body.description is not None:
        return models.update(name, description=body.description, who=call.user)
    return models.get(name)


@endpoint("DELETE", "models/{name}", summary="Remove a model with its versions", status=204)
def delete_model(call: Call, name: str) -> None:
    """Remove the registered model; the log of its aliases stays."""
    call.lab.registry.models.delete(name, who=call.user)


@endpoint("GET", "versions", summary="Versions of all models that a filter meets", scope="kernel")
def list_versions(call: Call, query: ModelsQuery) -> VersionPage:
    """Return a page of versions."""
    return call.lab.registry.versions.search(
        filter=query.filter, order_by=query.order_by, limit=query.limit, cursor=query.cursor
    )


@endpoint(
    "POST",
    "models/{name}/versions",
    summary="Make the next version from a run or an address",
    status=201,
    location="models/{name}/versions/{version}",
    needs=("run_id", "source", "logged_model_id"),
)
def create_version(call: Call, name: str, body: NewVersion) -> ModelVersion:
    """Make the next version."""
    return call.lab.registry.versions.create(name, body, who=call.user)


@endpoint("GET", "models/{name}/versions/{version}", summary="One version", scope="kernel")
def get_version(call: Call, name: str, version: Number) -> ModelVersion:
    """Return the version."""
    return call.lab.registry.versions.get(name, version)


@endpoint("PATCH", "models/{name}/versions/{version}", summary="Describe or tag a version")
def update_version(call: Call, name: str, version: Number, body: VersionUpdate) -> ModelVersion:
    """Change what is given and return the version."""
    versions = call.lab.registry.versions
    number = versions.get(name, version).version
    return versions.update(
        name, number, description=body.description, tags=body.tags, who=call.user
    )


@endpoint("DELETE", "models/{name}/versions/{version}", summary="Remove a version", status=204)
def delete_version(call: Call, name: str, version: Number) -> None:
    """Remove the version; its number is not given again."""
    versions = call.lab.registry.versions
    versions.delete(name, versions.get(name, version).version, who=call.user)


@endpoint(
    "GET",
    "models/{name}/aliases",
    summary="Every move of a model's aliases, and what one meant at a time",
    scope="kernel",
)
def list_alias_moves(call: Call, name: str, query: AliasQuery) -> AliasHistory:
    """Return the moves, the newest first."""
    return call.lab.registry.aliases.history(name, query.alias, at=query.at)


@endpoint("PUT", "models/{name}/aliases/{alias}", summary="Have an alias point at a version")
def move_alias(call: Call, name: str, alias: Alias, body: AliasTarget) -> ModelVersion:
    """Move the alias and return the version."""
    return call.lab.registry.aliases.move(name, alias, body.version, who=call.user)


@endpoint("DELETE", "models/{name}/aliases/{alias}", summary="Take an alias away", status=204)
def remove_alias(call: Call, name: str, alias: Alias) -> None:
    """Take the alias away, if the model has it."""
    call.lab.registry.aliases.remove(name, alias, who=call.user)
