"""Owns which tools can be imported from, and what opens a place of theirs."""

from __future__ import annotations

import os
from pathlib import Path

from mlops_lab.core.errors import InvalidInputError, did_you_mean

from .source import Source

KINDS = ("mlflow", "wandb", "tensorboard", "aim", "trackio")
"""The tools, by the word that the command line has for them."""

_HTTP = ("http://", "https://")
_POSTGRES = ("postgresql://", "postgres://", "postgresql+psycopg://", "postgresql+psycopg2://")
_SQLITE = "sqlite:///"


def open_source(kind: str, place: str) -> Source:
    """Open a place that a tool has written; close it when done.

    Raises:
        InvalidInputError: the tool is not known, the place is none of it, or a library is missing
            that is needed to read it.
    """
    if kind == "mlflow":
        return _open_mlflow(place)
    if kind not in KINDS:
        raise InvalidInputError(f"{kind!r} cannot be imported.", hint=did_you_mean(kind, KINDS))
    path = _existing(place)
    if kind == "wandb":
        from .wandb_folder import WandbFolder

        return WandbFolder(path)
    if kind == "tensorboard":
        from .tensorboard_folder import TensorboardFolder

        return TensorboardFolder(path)
    if kind == "trackio":
        from .trackio_folder import TrackioFolder

        return TrackioFolder(path)
    from .aim_repository import AimRepository

    return AimRepository(path)


def _open_mlflow(place: str) -> Source:
    if place.startswith(_HTTP):
        from .mlflow_server import MlflowServer

        return MlflowServer(place, os.environ)
    if place.startswith(_POSTGRES):
        from .mlflow_database import open_url

        return open_url(place)
    place = place.removeprefix(_SQLITE).removeprefix("file://")
    if "://" in place:
        raise InvalidInputError(
            f"A place of MLflow at {place.partition('://')[0]}:// cannot be read directly.",
            hint="Import from its server: mlops-lab import mlflow http://HOST:5000",
        )
    path = _existing(place)
    if path.is_file():
        from .mlflow_database import open_file

        return open_file(path)
    from .mlflow_folder import MlflowFolder

    inner = path / "mlruns"
    return MlflowFolder(inner if inner.is_dir() else path)


def _existing(place: str) -> Path:
    path = Path(place).expanduser()
    if not path.exists():
        raise InvalidInputError(f"There is nothing at {place!r}.")
    return path
