"""Owns boosters of LightGBM in its own text form: trees and settings, no code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlops_lab.core.facets import ModelInfo
from mlops_lab.kernel.capture.families import family_of

from .base import Flavor


def _takes(model: Any) -> bool:
    return family_of(type(model)) == "lightgbm"


def _save(model: Any, path: Path) -> None:
    model.save_model(path)


def _load(path: Path, info: ModelInfo, into: Any) -> Any:  # noqa: ARG001 - the file holds it whole
    import lightgbm

    return lightgbm.Booster(model_file=path)


LIGHTGBM = Flavor("lightgbm", ".txt", True, _takes, _save, _load)
