"""Owns the structs of the registry: registered models, their versions, and what aliases point at."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .clock import Millis
from .errors import InvalidInputError, LimitError

VERSION_NUMBER = re.compile(r"[0-9]{1,9}")
"""How the number of a version is written."""

MAX_MODEL_NAME_CHARS = 256
"""Longest name of a registered model, and of an alias, in characters."""

MAX_MODEL_TAG_KEY_CHARS = 250
"""Longest key of a tag in the registry, in characters."""

MAX_MODEL_TAG_CHARS = 100_000
"""Longest value of a tag in the registry, in characters: the text of a prompt is one."""

MAX_DESCRIPTION_CHARS = 100_000
"""Longest description, in characters."""

MAX_SOURCE_CHARS = 10_000
"""Longest address that a version is made from, in characters."""

Stage = Literal["None", "Staging", "Production", "Archived"]
"""Where old clients say that a version is; aliases say it better."""

STAGES: tuple[Stage, ...] = ("None", "Staging", "Production", "Archived")

VersionStatus = Literal["PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"]

ModelName = Annotated[
    str,
    Meta(
        max_length=MAX_MODEL_NAME_CHARS,
        pattern=r"^(?!\.{1,2}$)[^/:\x00-\x1f]*[^\s/:\x00-\x1f][^/:\x00-\x1f]*$",
        description="No slash, colon or control character, and not only spaces.",
    ),
]
"""A name of a registered model, as ``check_model_name`` takes it."""

Alias = Annotated[
    str,
    Meta(
        max_length=MAX_MODEL_NAME_CHARS,
        pattern=r"^(?!\.{1,2}$|[lL][aA][tT][eE][sS][tT]$|[vV]\d+$)[\w.+-]+$",
        description="Letters, digits and `._+-`; neither `latest` nor `v` with a number.",
    ),
]
"""An alias, as ``check_alias`` takes it."""

ModelTagKey = Annotated[
    str,
    Meta(
        max_length=MAX_MODEL_TAG_KEY_CHARS,
        pattern=r"^[\s\S]*\S[\s\S]*$",
        description="Not only spaces.",
    ),
]
ModelTagText = Annotated[str, Meta(max_length=MAX_MODEL_TAG_CHARS)]
Description = Annotated[str, Meta(max_length=MAX_DESCRIPTION_CHARS)]
Source = Annotated[str, Meta(max_length=MAX_SOURCE_CHARS)]

_ALIAS = re.compile(r"[\w.+-]+")
_VERSION_ALIAS = re.compile(r"v\d+", re.IGNORECASE)


class ModelVersion(msgspec.Struct, frozen=True):
    """One version of a registered model; its run says by which code, data and params it was made."""

    name: str
    version: int
    source: str
    location: str
    run_id: str | None
    run_link: str | None
    logged_model_id: str | None
    description: str
    tags: dict[str, str]
    aliases: list[str]
    status: VersionStatus
    status_message: str | None
    stage: Stage
    created_at: Millis
    created_by: str
    updated_at: Millis


class RegisteredModel(msgspec.Struct, frozen=True):
    """A name with numbered versions. ``aliases`` says which version each alias points at now."""

    name: str
    description: str
    tags: dict[str, str]
    aliases: dict[str, int]
    created_at: Millis
    created_by: str
    updated_at: Millis
    latest: list[ModelVersion]


class AliasMove(msgspec.Struct, frozen=True):
    """An alias points at a version from ``at`` on; ``version`` is None where it was taken away."""

    seq: int
    at: Millis
    who: str
    name: str
    alias: str
    version: int | None


class ModelPage(msgspec.Struct, frozen=True):
    """A page of registered models; ``next_cursor`` is None on the last page."""

    models: list[RegisteredModel]
    next_cursor: str | None


class VersionPage(msgspec.Struct, frozen=True):
    """A page of model versions; ``next_cursor`` is None on the last page."""

    versions: list[ModelVersion]
    next_cursor: str | None


class AliasHistory(msgspec.Struct, frozen=True):
    """The moves of an alias, the newest first, and the one that held at the time asked for."""

    moves: list[AliasMove]
    at: AliasMove | None


class NewModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A registered model to make."""

    name: ModelName
    description: Description = ""
    tags: dict[ModelTagKey, ModelTagText] = {}


class ModelUpdate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a registered model, or of a version; what is not given stays."""

    name: ModelName | None = None
    description: Description | None = None


class NewVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version to make. Without ``source`` it is the model of the run: ``runs:/RUN_ID/model``."""

    source: Source = ""
    run_id: str | None = None
    description: Description = ""
    tags: dict[ModelTagKey, ModelTagText] = {}
    run_link: str | None = None
    logged_model_id: str | None = None


class VersionUpdate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a version; a tag that is None goes."""

    description: Description | None = None
    tags: dict[ModelTagKey, ModelTagText | None] = {}


class AliasTarget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The version that an alias shall point at."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]


def check_model_name(name: str) -> str:
    """Return ``name`` when it can name a registered model.

    Raises:
        InvalidInputError: it is empty, or holds a slash or a colon, which addresses use.
        LimitError: it is too long.
    """
    if not name.strip():
        raise InvalidInputError("A registered model needs a name; this one is empty.")
    if any(char in name for char in "/:"):
        raise InvalidInputError(f"Invalid model name '{name}'. Names cannot contain '/' or ':'.")
    if any(char < " " for char in name) or name in {".", ".."}:
        raise InvalidInputError(
            f"Invalid model name {name!r}.", hint="Leave out control characters."
        )
    return _short("model name", name, MAX_MODEL_NAME_CHARS)


def check_alias(alias: str) -> str:
    """Return ``alias`` when it can be an alias: not a word that addresses use otherwise.

    Raises:
        InvalidInputError: it is empty, ``latest``, looks like ``v3``, or holds other characters.
        LimitError: it is too long.
    """
    if not alias:
        raise InvalidInputError("Registered model alias name cannot be empty.")
    if not _ALIAS.fullmatch(alias):
        raise InvalidInputError(
            f"Invalid alias name: '{alias[:300]}'.",
            hint="Use letters, digits, dots, dashes, plus signs and underscores.",
        )
    if alias.lower() == "latest":
        raise InvalidInputError("'latest' alias name (case insensitive) is reserved.")
    if _VERSION_ALIAS.fullmatch(alias):
        raise InvalidInputError(f"Version alias name '{alias}' is reserved.")
    return _short("Registered model alias name", alias, MAX_MODEL_NAME_CHARS)


def check_tag(key: str, value: str) -> tuple[str, str]:
    """Return key and value when they can be a tag in the registry.

    Raises:
        InvalidInputError: the key is empty.
        LimitError: one of them is too long.
    """
    if not key.strip():
        raise InvalidInputError("A tag needs a key; this one is empty.")
    _short("tag key", key, MAX_MODEL_TAG_KEY_CHARS)
    return key, _short(f"value of tag {key!r}", value, MAX_MODEL_TAG_CHARS)


def check_description(text: str) -> str:
    """Return ``text`` when it is short enough for a description.

    Raises:
        LimitError: it is too long.
    """
    return _short("description", text, MAX_DESCRIPTION_CHARS)


def check_source(source: str) -> str:
    """Return ``source`` when it can be the address of a version.

    Raises:
        InvalidInputError: it is empty.
        LimitError: it is too long.
    """
    if not source.strip():
        raise InvalidInputError(
            "A version needs a source; this one is empty.", hint="Example: runs:/RUN_ID/model"
        )
    return _short("source", source, MAX_SOURCE_CHARS)


def find_stage(text: str) -> Stage:
    """Return the stage that ``text`` names in any case.

    Raises:
        InvalidInputError: there is none of this name.
    """
    for stage in STAGES:
        if stage.lower() == text.lower():
            return stage
    raise InvalidInputError(
        f"Invalid Model Version stage: {text}. Value must be one of {', '.join(STAGES)}."
    )


def _short(what: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise LimitError(
            f"The {what} {text[:40]!r}... has {len(text):,} characters.",
            hint=f"The limit is {limit:,} characters.",
        )
    return text


def number_from(text: str) -> int:
    """Return a version number that is written as a text.

    Raises:
        InvalidInputError: it is none.
    """
    if VERSION_NUMBER.fullmatch(text):
        return int(text)
    raise InvalidInputError(
        f"Parameter 'version' must be an integer, got '{text[:80]}'.",
        hint="Versions are numbered from 1.",
    )
