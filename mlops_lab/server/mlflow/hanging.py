"""Owns how the MLflow protocol hangs in the server: which handler answers which path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_server.utils import url_path_join

from .handler import MlflowHandler
from .route import MlflowRoute
from .routes import MLFLOW_ROOT, by_path, url_pattern
from .uploading import MlflowUploadHandler

if TYPE_CHECKING:
    from mlops_lab.server.handler import ServerParts

_Hung = tuple[str, type[MlflowHandler], dict[str, Any]]


def mlflow_handlers(parts: ServerParts, *, base_url: str) -> list[_Hung]:
    """Return a handler for each path, and one for all others below the root."""
    root = url_path_join(base_url, MLFLOW_ROOT)
    hung: list[_Hung] = [
        (
            url_pattern(pattern),
            _handler_for(routes),
            {"parts": parts, "routes": routes, "root": root},
        )
        for pattern, routes in by_path().items()
    ]
    rest = {"parts": parts, "routes": {}, "root": root}
    return [*hung, (url_pattern("(?:/.*)?"), MlflowHandler, rest)]


def _handler_for(routes: Mapping[str, MlflowRoute]) -> type[MlflowHandler]:
    takes_files = any(route.is_upload for route in routes.values())
    return MlflowUploadHandler if takes_files else MlflowHandler
