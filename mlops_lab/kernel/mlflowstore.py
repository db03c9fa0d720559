"""Owns what MLflow's client writes to while ``--autolog`` is on: the run of the cell, in this process.

It is imported only where MLflow is; the client meets it as a tracking store of a scheme of its own.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import msgspec
from mlflow.entities import (
    Experiment,
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunStatus,
    RunTag,
)
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking.abstract_store import AbstractStore
from typing_extensions import override

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import LabError
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import RunFinished
from mlops_lab.core.tracking import RunStatus as LabStatus

from .capture.hyperparameters import value_text
from .run import RunLog

SYSTEM_PREFIX = "mlflow."
"""Tags of MLflow's own are about what the run knows better; they are not stored."""

_AUTOLOGGING = "mlflow.autologging"
"""The tag of a run that autologging opened by itself."""

_ENDS: dict[str, LabStatus] = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "killed"}


class Logged:
    """A run as MLflow sees it: the log that it writes to, and what it may read back."""

    def __init__(self, log: RunLog, name: str, folder: Path) -> None:
        self.log = log
        self.name = name
        self.folder = folder
        self.started_at = now_ms()
        self.ended_at: int | None = None
        self.status = "RUNNING"
        self.params: dict[str, str] = {}
        self.metrics: dict[str, Metric] = {}
        self.tags: dict[str, str] = {}


class RunStore(AbstractStore):
    """A tracking store of one cell's run.

    The first run that the user opens, or that MLflow opens for a logging call, is that run itself,
    and so is the first one that autologging opens for a fit; further ones are its children.
    """

    def __init__(self, log: RunLog, folder: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._main = log
        self._folder = folder
        self.runs: dict[str, Logged] = {}
        self._taken: set[bool] = set()

    @override
    def create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: list[RunTag], run_name: str
    ) -> Run:
        """Open the run of the cell, or, when it has been opened, a child."""
        given = {tag.key: tag.value for tag in tags}
        above = self.runs.get(given.get("mlflow.parentRunId", ""))
        log = self._main
        kind = _AUTOLOGGING in given
        if (above or kind in self._taken) and self._main.started is not None:
            log = self._open_child(above.log if above else self._main, run_name)
        else:
            self._taken.add(kind)
        made = self.runs.setdefault(
            log.run_id, Logged(log, run_name or log.name, self._folder / log.run_id)
        )
        for tag in tags:
            self.set_tag(log.run_id, tag)
        return self._entity(made)

    @override
    def update_run_info(
        self, run_id: str, run_status: int, end_time: int, run_name: str | None
    ) -> RunInfo:
        """End a child; the run of the cell ends with the cell."""
        run = self._run(run_id)
        status = RunStatus.to_string(run_status) if run_status is not None else "RUNNING"
        was, run.status = run.status, status
        run.ended_at = end_time or now_ms()
        if run.log is not self._main and was == "RUNNING" and status in _ENDS:
            took = max(run.ended_at - run.started_at, 0)
            metric = run.log.leading.name if run.log.leading else None
            run.log.write(RunFinished(0, run_id, _ENDS[status], run.ended_at, took, metric, None))
        return self._entity(run).info

    @override
    def log_batch(
        self, run_id: str, metrics: list[Metric], params: list[Param], tags: list[RunTag]
    ) -> None:
        """Write points, params and tags into the run."""
        run = self._run(run_id)
        try:
            for param in params:
                self._log_param(run, param)
            for metric in metrics:
                run.metrics[metric.key] = metric
                run.log.log_metric(metric.key, metric.value, metric.step or 0, metric.timestamp)
            for tag in tags:
                self._set_tag(run, tag)
        except LabError as error:
            raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from error

    @override
    def log_metric(self, run_id: str, metric: Metric) -> None:
        """Write one point."""
        self.log_batch(run_id, [metric], [], [])

    @override
    def log_param(self, run_id: str, param: Param) -> None:
        """Write one param."""
        self.log_batch(run_id, [], [param], [])

    @override
    def set_tag(self, run_id: str, tag: RunTag) -> None:
        """Write one tag."""
        self.log_batch(run_id, [], [], [tag])

    @override
    def log_inputs(self, run_id: str, datasets: Any = None, models: Any = None) -> None:
        """Take nothing: the data that a cell reads is captured by itself."""

    @override
    def get_run(self, run_id: str) -> Run:
        """Return what was written into the run here."""
        return self._entity(self._run(run_id))

    @override
    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment for any id: a run has its own in MLOps Lab."""
        return Experiment(
            experiment_id, experiment_id, self._folder.as_uri(), LifecycleStage.ACTIVE
        )

    @override
    def get_experiment_by_name(self, experiment_name: str) -> Experiment:
        """Return an experiment for any name."""
        return self.get_experiment(experiment_name)

    @override
    def create_experiment(self, name: str, artifact_location: Any = None, tags: Any = None) -> str:
        """Return the name: an experiment needs no making."""
        return name

    @override
    def get_metric_history(
        self, run_id: str, metric_key: str, max_results: Any = None, page_token: Any = None
    ) -> PagedList[Metric]:
        """Return the last point of a metric; the others are on their way to the store."""
        last = self._run(run_id).metrics.get(metric_key)
        return PagedList([last] if last is not None else [], None)

    @override
    def search_experiments(self, *args: Any, **words: Any) -> Any:
        """Refuse: what is stored is searched in MLOps Lab."""
        return self._refuse("searched")

    _search_runs = search_experiments

    @override
    def delete_experiment(self, *args: Any, **words: Any) -> Any:
        """Refuse: a cell's store only takes in."""
        return self._refuse("deleted, restored, renamed or linked")

    restore_experiment = rename_experiment = delete_experiment
    delete_run = restore_run = link_traces_to_run = delete_experiment

    def _refuse(self, what: str) -> Any:
        raise MlflowException(
            f"With %%track --autolog nothing can be {what} through MLflow; use lab.search_runs.",
            error_code=INVALID_PARAMETER_VALUE,
        )

    def _run(self, run_id: str) -> Logged:
        if run_id not in self.runs:
            raise MlflowException(
                f"The run {run_id} is not one of this cell.", error_code=RESOURCE_DOES_NOT_EXIST
            )
        return self.runs[run_id]

    def _open_child(self, parent: RunLog, name: str) -> RunLog:
        if parent.started is None:
            return parent
        started = msgspec.structs.replace(
            parent.started,
            run_id=new_id(),
            name=name or "mlflow",
            started_at=now_ms(),
            primary_metric=None,
            parent_run_id=parent.run_id,
        )
        parent.write(started)
        return RunLog(started.run_id, parent.spool, started=started)

    def _log_param(self, run: Logged, param: Param) -> None:
        known = run.params.setdefault(param.key, param.value)
        if known != param.value:
            raise MlflowException(
                f"The param {param.key!r} is {known!r} already; a param is set once.",
                error_code=INVALID_PARAMETER_VALUE,
            )
        try:
            text = value_text(param.key, ast.literal_eval(param.value))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            text = None
        text = text or value_text(param.key, param.value) or repr(param.value)
        run.log.add_params({param.key: text}, origin="logged", details={param.key: "MLflow"})

    def _set_tag(self, run: Logged, tag: RunTag) -> None:
        run.tags[tag.key] = tag.value
        if not tag.key.startswith(SYSTEM_PREFIX):
            run.log.set_tag(tag.key, tag.value)

    def _entity(self, run: Logged) -> Run:
        info = RunInfo(
            run_id=run.log.run_id,
            experiment_id="0",
            user_id="",
            status=RunStatus.from_string(run.status),  # type: ignore[arg-type]
            start_time=run.started_at,
            end_time=run.ended_at,
            lifecycle_stage=LifecycleStage.ACTIVE,
            artifact_uri=run.folder.as_uri(),
            run_name=run.name,
        )
        params = [Param(key, value) for key, value in run.params.items()]
        tags = [RunTag(key, value) for key, value in run.tags.items()]
        return Run(info, RunData(list(run.metrics.values()), params, tags))
