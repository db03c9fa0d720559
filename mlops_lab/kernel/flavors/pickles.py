"""Owns models as pickles: they hold any object, and reading one runs whatever code it names."""

from __future__ import annotations

import pickle
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mlops_lab.core.facets import ModelInfo

from .base import Flavor


def _takes(model: Any) -> bool:  # noqa: ARG001 - any object may be tried
    return True


def _takes_by_value(model: Any) -> bool:  # noqa: ARG001 - any object may be tried
    return find_spec("cloudpickle") is not None


def _save(model: Any, path: Path) -> None:
    with path.open("wb") as file:
        pickle.dump(model, file, protocol=5)


def _save_by_value(model: Any, path: Path) -> None:
    cloudpickle: Any = import_module("cloudpickle")
    with path.open("wb") as file:
        cloudpickle.dump(model, file, protocol=5)


def _load(path: Path, info: ModelInfo, into: Any) -> Any:  # noqa: ARG001 - the file holds it whole
    with path.open("rb") as file:
        return pickle.load(file)  # noqa: S301 - only where the caller has said that they trust it


CLOUDPICKLE = Flavor("cloudpickle", ".pkl", False, _takes_by_value, _save_by_value, _load)
PICKLE = Flavor("pickle", ".pkl", False, _takes, _save, _load)
