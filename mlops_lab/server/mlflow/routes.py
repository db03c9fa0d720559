"""Owns the list of all routes of the MLflow protocol and where they hang."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mlops_lab.core.kernelenv import MLFLOW_PATH

from . import (
    assessments,
    basics,
    evaluation,
    experiments,
    files,
    inputs,
    issues,
    logged_files,
    logged_models,
    logs,
    metrics,
    model_versions,
    otlp,
    promptlab,
    registered_models,
    runs,
    trace_metrics,
    traces,
    traces_v2,
)
from .route import MlflowRoute
from .unsupported import ROUTES

MLFLOW_ROOT = MLFLOW_PATH
"""Path of the protocol below the server's base URL; with it, it is the tracking URI."""

MODULES = (
    basics,
    experiments,
    files,
    inputs,
    runs,
    logs,
    metrics,
    registered_models,
    model_versions,
    logged_models,
    logged_files,
    traces,
    traces_v2,
    trace_metrics,
    assessments,
    issues,
    otlp,
    evaluation,
    promptlab,
)
"""The modules with routes; each function that is declared with ``mlflow_route`` is served."""


def all_routes() -> Sequence[MlflowRoute]:
    """Return every route, in the order of the modules; one that is refused only if none serves it."""
    served = [
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, MlflowRoute)
    ]
    known = {(one.method, one.path) for one in served}
    return [*served, *(one for one in ROUTES if (one.method, one.path) not in known)]


def by_path() -> Mapping[str, Mapping[str, MlflowRoute]]:
    """Return the routes of each path by method; paths without parameters come first."""
    found: dict[str, dict[str, MlflowRoute]] = {}
    for route in sorted(all_routes(), key=_width):
        known = found.setdefault(_pattern(route.path), {}).setdefault(route.method, route)
        if known is not route:
            raise TypeError(f"{route.method} {route.path} is declared twice.")
    return found


def _width(route: MlflowRoute) -> tuple[bool, int]:
    """Return how much else a path could mean: the widest ones are asked last."""
    return "{path}" in route.path, route.path.count("{")


def url_pattern(pattern: str) -> str:
    """Return the regular expression of a path below the server's base URL."""
    return f"/{MLFLOW_ROOT}{pattern}"


def _pattern(path: str) -> str:
    groups = path.replace("{path}", "(?P<path>.+)")
    groups = re.sub(r"{([a-z_]+)}", r"(?P<\1>[^/]+)", groups)
    return f"/+{groups[1:]}" if path.startswith("/") else f"/+(?:ajax-)?api/{groups}"
