"""Owns the list of formats, safe ones first, and which of them a model is written in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlops_lab.core.errors import InvalidInputError

from .base import Flavor
from .keras import KERAS
from .lightgbm import LIGHTGBM
from .pickles import CLOUDPICKLE, PICKLE
from .skops import SKOPS
from .torch import TORCH
from .xgboost import XGBOOST

FLAVORS: tuple[Flavor, ...] = (KERAS, TORCH, XGBOOST, LIGHTGBM, SKOPS, CLOUDPICKLE, PICKLE)


def save_model(model: Any, folder: Path) -> tuple[Flavor, Path, str]:
    """Write the model into ``folder`` in the first format that can hold it.

    Returns:
        The format, the file, and why no safer format holds the model; "" where it is the first.

    Raises:
        InvalidInputError: no format can hold it.
    """
    reasons = []
    for flavor in FLAVORS:
        if not flavor.takes(model):
            continue
        path = folder / f"model{flavor.suffix}"
        try:
            flavor.save(model, path)
        except Exception as error:  # noqa: BLE001 - the library or the model's class decides
            reasons.append(f"{flavor.format}: {' '.join(str(error).split())[:300]}")
            path.unlink(missing_ok=True)
            continue
        return flavor, path, "; ".join(reasons)
    raise InvalidInputError(
        f"The {type(model).__name__} cannot be stored ({'; '.join(reasons)}).",
        hint="Store what can rebuild it, such as its parameters, as params or files.",
    )


def flavor_of(name: str) -> Flavor:
    """Return the format of this name.

    Raises:
        InvalidInputError: this version of the product does not know it.
    """
    for flavor in FLAVORS:
        if flavor.format == name:
            return flavor
    raise InvalidInputError(
        f"The model is in the format {name!r}, which this version does not read.",
        hint="Use the version of MLOps Lab that stored it, or a newer one.",
    )
