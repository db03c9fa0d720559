"""Owns what MLflow's client in a kernel tells this server: cell, notebook, run, git and experiment.

MLflow finds these classes by its own entry points and loads them wherever it is imported, so this
module loads nothing. They say something only where the client writes to the server that started
this kernel.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from mlops_lab.core.kernelenv import KERNEL_TOKEN, SERVER_URL, mlflow_url

_MAX_DIFF = 7_900
"""So much of a diff is sent: MLflow's tags have at most 8,000 characters."""


def writes_here() -> bool:
    """Tell whether MLflow's client writes to the server that started this kernel."""
    mlflow: Any = sys.modules.get("mlflow")
    url = os.environ.get(SERVER_URL)
    if mlflow is None or not url or not os.environ.get(KERNEL_TOKEN):
        return False
    return bool(str(mlflow.get_tracking_uri()).rstrip("/") == mlflow_url(url))


class RunContext:
    """Gives the tags of runs that MLflow's client opens; ``mlflow.run_context_provider``."""

    def in_context(self) -> bool:
        """Tell whether there is something to say."""
        return writes_here()

    def tags(self) -> dict[str, str]:
        """Return where the run is opened, and the state of the repository."""
        from .mlflowcontext import context_tags

        return context_tags(max_diff=_MAX_DIFF)


class DefaultExperiment:
    """Gives the notebook's experiment when none was chosen; ``mlflow.default_experiment_provider``."""

    def __init__(self) -> None:
        self._known: tuple[str, str] | None = None

    def in_context(self) -> bool:
        """Tell whether there is something to say."""
        return writes_here()

    def get_experiment_id(self) -> str:
        """Return the id of the experiment into which tracked cells of this notebook go."""
        from .mlflowcontext import experiment_id, experiment_name

        name = experiment_name()
        if self._known is None or self._known[0] != name:
            self._known = (name, experiment_id(name))
        return self._known[1]
