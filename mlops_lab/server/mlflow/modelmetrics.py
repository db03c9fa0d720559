"""Owns the hand-over of points that name a logged model to those who keep logged models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_lab.core.logged import LoggedRun
from mlops_lab.core.loggedmodels import ModelMetric

from .route import MlflowCall

if TYPE_CHECKING:
    from .logs import BatchMetric


def log_model_metrics(call: MlflowCall, run: LoggedRun, points: Sequence[BatchMetric]) -> None:
    """Keep the points that name a model with that model too."""
    by_model: dict[str, list[ModelMetric]] = {}
    for one in points:
        if one.model_id:
            by_model.setdefault(one.model_id, []).append(_metric(run, one))
    if by_model:
        call.lab.registry.logged.log_metrics(by_model)


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
