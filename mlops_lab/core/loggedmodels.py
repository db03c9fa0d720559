"""Owns the structs of logged models: a model as MLflow's clients log it, with its own metrics."""

from __future__ import annotations

from typing import Literal

import msgspec

from .clock import Millis
from .errors import InvalidInputError

LoggedModelStatus = Literal["pending", "ready", "failed"]
ModelRole = Literal["input", "output"]

_REFUSED = frozenset("/:.%\"'")
MAX_LOGGED_PARAM_CHARS = 6_000
"""Longest value of a param of a logged model, in characters (MLflow's limit)."""


class ModelMetric(msgspec.Struct, frozen=True):
    """A metric of a logged model: measured in a run, maybe on a dataset. None stands for NaN."""

    name: str
    value: float | None
    step: int
    time: Millis
    run_id: str
    dataset_name: str = ""
    dataset_digest: str = ""


class RunModel(msgspec.Struct, frozen=True):
    """A logged model that a run takes in or gives out."""

    model_id: str
    step: int = 0


class NewLoggedModel(msgspec.Struct, frozen=True):
    """A logged model to make."""

    experiment_id: str
    name: str = ""
    model_type: str | None = None
    source_run_id: str | None = None
    params: dict[str, str] = {}
    tags: dict[str, str] = {}


class LoggedModel(msgspec.Struct, frozen=True):
    """A logged model with what is known of it; ``versions`` are its numbers by registered model."""

    id: str
    experiment_id: str
    name: str
    location: str
    created_at: Millis
    updated_at: Millis
    status: LoggedModelStatus
    status_message: str | None
    model_type: str | None
    source_run_id: str | None
    tags: dict[str, str]
    params: dict[str, str]
    metrics: list[ModelMetric]
    versions: list[tuple[str, int]]


class LoggedModelPage(msgspec.Struct, frozen=True):
    """A page of logged models; ``next_cursor`` is None on the last page."""

    models: list[LoggedModel]
    next_cursor: str | None


class DatasetFilter(msgspec.Struct, frozen=True):
    """A dataset on which metrics were measured."""

    dataset_name: str
    dataset_digest: str | None = None


class MetricOrder(msgspec.Struct, frozen=True):
    """One column of an order of logged models: an attribute, or ``metrics.NAME``."""

    field_name: str
    ascending: bool = True
    dataset_name: str | None = None
    dataset_digest: str | None = None


def check_logged_name(name: str) -> str:
    """Return ``name`` when it can name a logged model.

    Raises:
        InvalidInputError: it is empty, or holds a character that addresses use.
    """
    if not name.strip() or _REFUSED & set(name):
        raise InvalidInputError(
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string "
            "and cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")"
        )
    return name
