"""Owns the structs of datasets that clients name as the inputs of runs."""

from __future__ import annotations

import msgspec

CONTEXT_TAG = "mlflow.data.context"
"""The tag that says what a run used a dataset for, such as training."""


class Dataset(msgspec.Struct, frozen=True):
    """A dataset as a client describes it; ``schema`` and ``profile`` are JSON."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


class DatasetInput(msgspec.Struct, frozen=True):
    """A dataset with the tags that one run gives it."""

    dataset: Dataset
    tags: dict[str, str] = {}


class DatasetUse(msgspec.Struct, frozen=True):
    """A dataset of an experiment, and what its runs used it for."""

    experiment_id: str
    name: str
    digest: str
    context: str
