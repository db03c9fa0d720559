"""MLOps Lab: from a notebook experiment to a production job without leaving JupyterLab.

``import mlops_lab as lab`` (or ``from mlops_lab import lab``) gives the logging calls;
everything else is imported where it is used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_PLACES = {
    "ActiveRun": "fluent",
    "active_run": "fluent",
    "end_run": "fluent",
    "load_model": "modelloading",
    "log_artifact": "files",
    "log_artifacts": "files",
    "log_dict": "files",
    "log_figure": "files",
    "log_folds": "api",
    "log_metric": "api",
    "log_metrics": "api",
    "log_model": "models",
    "log_param": "api",
    "log_params": "api",
    "log_table": "files",
    "log_text": "files",
    "metric_history": "metrichistory",
    "report": "reporting",
    "reproduce": "reproduce",
    "search_runs": "searching",
    "set_experiment": "fluent",
    "set_tag": "api",
    "set_tags": "api",
    "start_run": "fluent",
}
"""Where in ``mlops_lab.kernel`` each public name is."""

__all__ = list(_PLACES)


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        from importlib import import_module

        # Kept here, so that the next call in a loop does not come through this function.
        globals()[name] = getattr(import_module(f"mlops_lab.kernel.{_PLACES[name]}"), name)
        return globals()[name]
    if name == "callbacks":
        from .kernel import callbacks

        return callbacks
    if name == "lab":
        # ``from mlops_lab import lab`` means the name that the extension gives, not the hall.
        return sys.modules[__name__]
    if name == "__version__":
        from importlib.metadata import version

        return version("mlops-lab")
    raise AttributeError(f"module 'mlops_lab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [
        *__all__,
        "callbacks",
        "__version__",
        "load_ipython_extension",
        "unload_ipython_extension",
    ]


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Give the kernel the ``%%track`` magic and the name ``lab`` (``%load_ext mlops_lab``)."""
    from .kernel.magics import load

    load(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Take the magics back (``%unload_ext mlops_lab``)."""
    from .kernel.magics import unload

    unload(ipython)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "mlops-lab"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .server.app import LabExtensionApp

    return [{"module": "mlops_lab", "app": LabExtensionApp}]
