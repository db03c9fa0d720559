"""Owns models of XGBoost in its own binary JSON: trees and settings, no code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlops_lab.core.facets import ModelInfo
from mlops_lab.kernel.capture.families import family_of

from .base import Flavor, NotStorableError

_WRAPPERS = frozenset(
    f"xgboost.sklearn.{name}"
    for name in ("XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier", "XGBRFRegressor")
)


def _takes(model: Any) -> bool:
    kind: type = type(model)
    return family_of(kind) == "xgboost" or f"{kind.__module__}.{kind.__name__}" in _WRAPPERS


def _save(model: Any, path: Path) -> None:
    model.save_model(path)


def _load(path: Path, info: ModelInfo, into: Any) -> Any:  # noqa: ARG001 - the file holds it whole
    import xgboost

    if info.class_name == "xgboost.core.Booster":
        return xgboost.Booster(model_file=path)
    if info.class_name not in _WRAPPERS:
        raise NotStorableError(f"{info.class_name} is no class of XGBoost")
    model = getattr(xgboost, info.class_name.rpartition(".")[2])()
    model.load_model(path)
    return model


XGBOOST = Flavor("xgboost", ".ubj", True, _takes, _save, _load)
