"""Owns networks of PyTorch as their state dict: tensors by name, no code and no class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlops_lab.core.facets import ModelInfo
from mlops_lab.kernel.capture.families import family_of

from .base import Flavor


def _takes(model: Any) -> bool:
    return family_of(type(model)) == "torch"


def _save(model: Any, path: Path) -> None:
    import torch

    torch.save(model.state_dict(), path)


def _load(path: Path, info: ModelInfo, into: Any) -> Any:  # noqa: ARG001 - tensors need no class
    """Return the state dict; with ``into``, that network, filled with it."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    if into is None:
        return state
    into.load_state_dict(state)
    return into


TORCH = Flavor("torch-state-dict", ".pt", True, _takes, _save, _load)
