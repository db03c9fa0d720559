"""Owns networks of Keras in its own archive: configuration and weights, read in its safe mode."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from mlops_lab.core.facets import ModelInfo
from mlops_lab.kernel.capture.families import family_of

from .base import Flavor


def _takes(model: Any) -> bool:
    return family_of(type(model)) == "keras"


def _save(model: Any, path: Path) -> None:
    model.save(path)


def _load(path: Path, info: ModelInfo, into: Any) -> Any:  # noqa: ARG001 - the file holds it whole
    return import_module("keras").saving.load_model(path, safe_mode=True)


KERAS = Flavor("keras", ".keras", True, _takes, _save, _load)
