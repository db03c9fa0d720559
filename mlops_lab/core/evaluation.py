"""Owns the structs of evaluation: datasets of questions with expected answers, and scorers."""

from __future__ import annotations

from typing import Any

import msgspec

from .clock import Millis

MAX_RECORDS = 10_000
"""Most records that one request adds."""


class EvaluationDataset(msgspec.Struct, frozen=True):
    """A named set of records; experiments that use it are linked."""

    id: str
    name: str
    digest: str
    schema: str | None
    profile: str | None
    created_at: Millis
    created_by: str
    updated_at: Millis
    updated_by: str
    tags: dict[str, str]
    experiment_ids: list[str]


class EvaluationRecord(msgspec.Struct, frozen=True):
    """One record, as the JSON that a client sent."""

    id: str
    dataset_id: str
    created_at: Millis
    content: dict[str, Any]


class ScorerVersion(msgspec.Struct, frozen=True):
    """One version of a scorer: what judges traces, serialized by the client."""

    id: str
    experiment_id: str
    name: str
    number: int
    content: str
    created_at: Millis
