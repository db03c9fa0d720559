"""Owns how MLflow's words for a run become ours, wherever MLflow keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_lab.core.carrying import CarriedVersion
from mlops_lab.core.clock import Millis
from mlops_lab.core.inputs import DatasetInput
from mlops_lab.core.loggedmodels import LoggedModel, LoggedModelStatus, ModelMetric
from mlops_lab.core.tracking import RunStatus

from .source import ForeignRun

KIND = "mlflow"

_STATUSES: tuple[RunStatus, ...] = ("running", "scheduled", "finished", "failed", "killed")
_BY_NUMBER: dict[str, RunStatus] = {str(at): word for at, word in enumerate(_STATUSES, 1)}
_PARENT = "mlflow.parentRunId"
_NAME = "mlflow.runName"
_USER = "mlflow.user"
_SOURCE_NAME = "mlflow.source.name"
_SOURCE_TYPE = "mlflow.source.type"


def status_of(word: object) -> RunStatus:
    """Return our word for a status: MLflow writes a name, or in folders a number."""
    text = str(word).lower()
    return next((known for known in _STATUSES if known == text), _BY_NUMBER.get(text, "running"))


def foreign_run(
    info: Mapping[str, Any],
    *,
    experiment: str,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    inputs: list[DatasetInput],
    trashed_at: Millis | None,
) -> ForeignRun:
    """Return the run of MLflow's ``info``, whose fields have the names of its REST protocol."""
    run_id = str(info.get("run_id") or info.get("run_uuid"))
    is_notebook = tags.get(_SOURCE_TYPE) == "NOTEBOOK"
    return ForeignRun(
        foreign_id=run_id,
        run_id=run_id,
        name=tags.get(_NAME) or str(info.get("run_name") or f"run {run_id[-8:]}"),
        experiment=experiment,
        status=status_of(info.get("status")),
        user=tags.get(_USER) or str(info.get("user_id") or ""),
        started_at=millis(info.get("start_time")) or 0,
        ended_at=millis(info.get("end_time")),
        trashed_at=trashed_at,
        parent=tags.get(_PARENT),
        notebook_path=tags.get(_SOURCE_NAME) if is_notebook else None,
        params=dict(params),
        tags=dict(tags),
        inputs=inputs,
    )


def millis(value: object) -> Millis | None:
    """Return a time of MLflow's; 0 and nothing are none."""
    try:
        return int(value) or None  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return None


def version_source(source: str, run_id: str | None, uri: str) -> str:
    """Return the source of a version; files of its run are named through the run: they came with it."""
    if run_id and uri and source.startswith(uri.rstrip("/")):
        return f"runs:/{run_id}/{source[len(uri.rstrip('/')) :].strip('/')}"
    return source


def version_of(info: Mapping[str, Any], *, tags: Mapping[str, str], uri: str) -> CarriedVersion:
    """Return the version of MLflow's ``info``; ``uri`` is where its run has its files."""
    run_id = str(info.get("run_id") or "") or None
    return CarriedVersion(
        number=int(info["version"]),
        source=version_source(str(info.get("source") or ""), run_id, uri),
        run_id=run_id,
        run_link=str(info.get("run_link") or "") or None,
        description=str(info.get("description") or ""),
        stage=str(info.get("current_stage") or "None"),
        created_at=millis(info.get("creation_timestamp") or info.get("creation_time")) or 0,
        created_by=str(info.get("user_id") or ""),
        tags=dict(tags),
    )


_LOGGED_STATUSES: dict[str, LoggedModelStatus] = {
    "LOGGED_MODEL_READY": "ready",
    "LOGGED_MODEL_UPLOAD_FAILED": "failed",
}


def logged_of(
    one: Mapping[str, Any], pairs: Callable[[list[dict[str, Any]] | None], dict[str, str]]
) -> LoggedModel:
    """Return the logged model of MLflow's REST protocol; ``pairs`` reads lists of key and value."""
    info, data = one["info"], one.get("data") or {}
    made = millis(info.get("creation_timestamp_ms")) or 0
    return LoggedModel(
        id=str(info["model_id"]),
        experiment_id=str(info["experiment_id"]),
        name=str(info.get("name") or ""),
        location=f"mlflow-artifacts:/{info['experiment_id']}/models/{info['model_id']}/artifacts",
        created_at=made,
        updated_at=millis(info.get("last_updated_timestamp_ms")) or made,
        status=_LOGGED_STATUSES.get(str(info.get("status")), "pending"),
        status_message=info.get("status_message"),
        model_type=info.get("model_type"),
        source_run_id=info.get("source_run_id") or None,
        tags=pairs(info.get("tags")),
        params=pairs(data.get("params")),
        metrics=[
            ModelMetric(
                name=str(m["key"]),
                value=float(m["value"]),
                step=int(m.get("step") or 0),
                time=millis(m.get("timestamp")) or 0,
                run_id=str(m.get("run_id") or info.get("source_run_id") or ""),
                dataset_name=str(m.get("dataset_name") or ""),
                dataset_digest=str(m.get("dataset_digest") or ""),
            )
            for m in data.get("metrics") or []
        ],
        versions=[],
    )
