"""Owns the calls about registered models, their versions and aliases."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_lab.core.clock import Millis
from mlops_lab.core.registry import (
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

from .connection import Connection, part
from .pages import Pages
from .routes import calls


class Models:
    """Registered models, by their names."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @calls("list_models")
    def list(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - as in REST
        limit: int | None = None,
    ) -> Pages[ModelPage, RegisteredModel]:
        """List models; ``limit`` is the size of a page."""
        query = {"filter": filter, "limit": limit}
        ask = self._connection.ask
        return Pages(
            lambda cursor: ask("GET", "models", ModelPage, query={**query, "cursor": cursor}),
            lambda page: page.models,
        )

    @calls("list_versions")
    def all_versions(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - as in REST
        limit: int | None = None,
    ) -> Pages[VersionPage, ModelVersion]:
        """List the versions of all models; ``limit`` is the size of a page."""
        query = {"filter": filter, "limit": limit}
        ask = self._connection.ask
        return Pages(
            lambda cursor: ask("GET", "versions", VersionPage, query={**query, "cursor": cursor}),
            lambda page: page.versions,
        )

    @calls("create_model")
    def create(self, order: NewModel) -> RegisteredModel:
        """Register a model."""
        return self._connection.ask("POST", "models", RegisteredModel, body=order)

    @calls("get_model")
    def get(self, name: str) -> RegisteredModel:
        """Return one model."""
        return self._connection.ask("GET", f"models/{part(name)}", RegisteredModel)

    @calls("update_model")
    def update(self, name: str, change: ModelUpdate) -> RegisteredModel:
        """Change a model; what is None stays."""
        return self._connection.ask("PATCH", f"models/{part(name)}", RegisteredModel, body=change)

    @calls("delete_model")
    def delete(self, name: str) -> None:
        """Remove a model with its versions."""
        self._connection.ask("DELETE", f"models/{part(name)}", type(None))

    @calls("create_version")
    def add_version(self, name: str, order: NewVersion) -> ModelVersion:
        """Make the next version of a model."""
        path = f"models/{part(name)}/versions"
        return self._connection.ask("POST", path, ModelVersion, body=order)

    @calls("get_version")
    def version(self, name: str, version: int) -> ModelVersion:
        """Return one version of a model."""
        path = f"models/{part(name)}/versions/{version}"
        return self._connection.ask("GET", path, ModelVersion)

    @calls("update_version")
    def update_version(
        self,
        name: str,
        version: int,
        *,
        description: str | None = None,
        tags: Mapping[str, str | None] | None = None,
    ) -> ModelVersion:
        """Change a version; a tag of None is removed, what is not given stays."""
        change = VersionUpdate(description=description, tags=dict(tags or {}))
        path = f"models/{part(name)}/versions/{version}"
        return self._connection.ask("PATCH", path, ModelVersion, body=change, repeats=True)

    @calls("delete_version")
    def delete_version(self, name: str, version: int) -> None:
        """Remove a version."""
        self._connection.ask("DELETE", f"models/{part(name)}/versions/{version}", type(None))

    @calls("list_alias_moves")
    def alias_moves(
        self, name: str, *, alias: str | None = None, at: Millis | None = None
    ) -> AliasHistory:
        """Return what the aliases of a model pointed at, and when."""
        query = {"alias": alias, "at": at}
        return self._connection.ask(
            "GET", f"models/{part(name)}/aliases", AliasHistory, query=query
        )

    @calls("move_alias")
    def move_alias(self, name: str, alias: str, version: int) -> ModelVersion:
        """Have an alias point at a version."""
        path = f"models/{part(name)}/aliases/{part(alias)}"
        return self._connection.ask("PUT", path, ModelVersion, body=AliasTarget(version))

    @calls("remove_alias")
    def remove_alias(self, name: str, alias: str) -> None:
        """Remove an alias."""
        self._connection.ask("DELETE", f"models/{part(name)}/aliases/{part(alias)}", type(None))
