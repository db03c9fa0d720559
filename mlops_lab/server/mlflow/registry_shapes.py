"""Owns what registered models and their versions look like on the wire."""

from __future__ import annotations

from mlops_lab.core.registry import ModelVersion, RegisteredModel

from .wire import Answer, Tag


class AliasShape(Answer):
    """An alias and the version that it points at."""

    alias: str
    version: str


class VersionShape(Answer, kw_only=True):
    """A model version."""

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int
    user_id: str | None = None
    current_stage: str
    description: str
    source: str
    run_id: str = ""
    status: str
    status_message: str | None = None
    run_link: str | None = None
    tags: list[Tag] = []
    aliases: list[str] = []
    model_id: str | None = None


class ModelShape(Answer):
    """A registered model."""

    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    user_id: str | None = None
    description: str | None = None
    latest_versions: list[VersionShape] = []
    tags: list[Tag] = []
    aliases: list[AliasShape] = []


class ModelAnswer(Answer):
    """One registered model."""

    registered_model: ModelShape


class ModelsAnswer(Answer):
    """A page of registered models."""

    registered_models: list[ModelShape] = []
    next_page_token: str | None = None


class VersionAnswer(Answer):
    """One model version."""

    model_version: VersionShape


class VersionsAnswer(Answer):
    """A page of model versions."""

    model_versions: list[VersionShape] = []
    next_page_token: str | None = None


def version_shape(one: ModelVersion) -> VersionShape:
    """Return a model version as it is answered."""
    return VersionShape(
        name=one.name,
        version=str(one.version),
        creation_timestamp=one.created_at,
        last_updated_timestamp=one.updated_at,
        current_stage=one.stage,
        description=one.description,
        source=one.source,
        run_id=one.run_id or "",
        status=one.status,
        status_message=one.status_message,
        run_link=one.run_link,
        tags=[Tag(key, value) for key, value in one.tags.items()],
        aliases=one.aliases,
        model_id=one.logged_model_id,
    )


def model_shape(one: RegisteredModel) -> ModelShape:
    """Return a registered model as it is answered."""
    return ModelShape(
        name=one.name,
        creation_timestamp=one.created_at,
        last_updated_timestamp=one.updated_at,
        description=one.description or None,
        latest_versions=[version_shape(version) for version in one.latest],
        tags=[Tag(key, value) for key, value in one.tags.items()],
        aliases=[AliasShape(alias=name, version=str(one.aliases[name])) for name in one.aliases],
    )
