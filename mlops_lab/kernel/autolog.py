"""Owns ``--autolog``: for one cell MLflow's client and its autologging write into the cell's run."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mlops_lab.core.errors import LabError

from .display import own_fault, warn
from .run import RunLog

SCHEME = "mlops-lab"
"""Scheme of the tracking URI that MLflow has while the cell runs."""

MAX_FILES = 200
"""So many files that MLflow logs are kept with the run."""


def begin(run: RunLog) -> Callable[[], None]:
    """Turn MLflow's autologging on for the cell of ``run``; return what turns it off again.

    Without an MLflow client, or when it cannot be used, it tells so in one line and the cell runs
    all the same.
    """
    if find_spec("mlflow") is None:
        warn("--autolog needs an MLflow client: pip install mlflow-skinny. The cell runs without.")
        return _nothing
    try:
        return _Autolog(run).end
    except _UnusableError as error:
        warn(str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
        own_fault("turning autologging on", error)
    return _nothing


class _UnusableError(Exception):
    """MLflow's client is in a state in which it must be left alone."""


class _Autolog:
    """MLflow's client, turned to one run. What the user had set is put back by ``end``."""

    def __init__(self, run: RunLog) -> None:
        # A client that reports to its makers is not what the user asked us to start.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        mlflow: Any = import_module("mlflow")

        from .mlflowstore import RunStore

        if mlflow.active_run() is not None:
            raise _UnusableError(
                "--autolog did nothing: an MLflow run is open. End it with mlflow.end_run()."
            )
        self._mlflow = mlflow
        self._run = run
        self._folder = tempfile.TemporaryDirectory(prefix="mlops-lab-")
        self._store: Any = RunStore(run, Path(self._folder.name))
        store = self._store
        self._uri = f"{SCHEME}://{run.run_id}/{id(store):x}"
        self._uri_before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
        self._experiment = _experiment()
        self._was_on = _is_on()
        _register(lambda **_where: store)
        mlflow.set_tracking_uri(self._uri)
        if not self._was_on:
            mlflow.autolog(log_models=False, log_datasets=False, log_traces=False, silent=True)

    def end(self) -> None:
        """End the runs that MLflow has open, keep its files, and put back what the user had set."""
        try:
            self._end()
        except Exception as error:  # noqa: BLE001 - a fault of ours must not change the cell
            own_fault("turning autologging off", error)

    def _end(self) -> None:
        mlflow = self._mlflow
        if not self._was_on:
            mlflow.autolog(disable=True, silent=True)
        while (
            active := mlflow.active_run()
        ) is not None and active.info.run_id in self._store.runs:
            mlflow.end_run()
        self._store.shut_down_async_logging()
        for logged in self._store.runs.values():
            self._keep_files(logged.log, logged.folder)
        if mlflow.get_tracking_uri() == self._uri:
            mlflow.set_tracking_uri(self._uri_before)
            _restore_experiment(self._experiment)
        self._folder.cleanup()

    def _keep_files(self, kept: RunLog, folder: Path) -> None:
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        if len(files) > MAX_FILES:
            kept.warn(f"MLflow logged {len(files):,} files; the first {MAX_FILES} are kept.")
        for path in files[:MAX_FILES]:
            try:
                kept.add_artifact(
                    path.relative_to(folder).as_posix(), path, media_type=_media_type(path)
                )
            except (OSError, LabError) as error:
                kept.warn(f"The file {path.name!r} of MLflow was not kept: {error}")


def _nothing() -> None:
    """Have nothing to put back."""


def _register(make: Callable[..., Any]) -> None:
    """Have MLflow make its tracking store of our scheme with ``make``.

    An entry point would do it too, but would load this package wherever MLflow is imported.
    """
    utils: Any = import_module("mlflow.tracking._tracking_service.utils")
    utils._tracking_store_registry.register(SCHEME, make)  # noqa: SLF001 - there is no other name


def _is_on() -> bool:
    from mlflow.utils.autologging_utils import AUTOLOGGING_INTEGRATIONS

    config = AUTOLOGGING_INTEGRATIONS.get("mlflow") or {}
    return config.get("disable") is False


def _experiment() -> tuple[Any, str | None]:
    fluent = sys.modules["mlflow.tracking.fluent"]
    return vars(fluent).get("_active_experiment_id"), os.environ.get("MLFLOW_EXPERIMENT_ID")


def _restore_experiment(before: tuple[Any, str | None]) -> None:
    """Forget an experiment that the cell chose by a name that only its own store knew."""
    if _experiment() == before:
        return
    fluent: Any = sys.modules["mlflow.tracking.fluent"]
    fluent._active_experiment_id = before[0]  # noqa: SLF001 - MLflow has no call that unsets it
    if before[1] is None:
        os.environ.pop("MLFLOW_EXPERIMENT_ID", None)
    else:
        os.environ["MLFLOW_EXPERIMENT_ID"] = before[1]


def _media_type(path: Path) -> str:
    from mimetypes import guess_type

    return guess_type(path.name)[0] or "application/octet-stream"
