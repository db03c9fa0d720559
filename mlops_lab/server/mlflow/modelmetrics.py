"""Owns which points of a request are those of a logged model too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_lab.core.logged import LoggedRun
from mlops_lab.core.loggedmodels import ModelMetric

if TYPE_CHECKING:
    from .logs import BatchMetric


def model_metrics(run: LoggedRun, points: Sequence[BatchMetric]) -> dict[str, list[ModelMetric]]:
    """Return the points that name a model, by its id."""
    by_model: dict[str, list[ModelMetric]] = {}
    for one in points:
        if one.model_id:
            by_model.setdefault(one.model_id, []).append(_metric(run, one))
    return by_model


def _metric(run: LoggedRun, one: BatchMetric) -> ModelMetric:
    return ModelMetric(
        name=one.key,
        value=None if math.isnan(one.value) else one.value,
        step=one.step,
        time=one.timestamp,
        run_id=run.id,
        dataset_name=one.dataset_name,
        dataset_digest=one.dataset_digest,
    )
