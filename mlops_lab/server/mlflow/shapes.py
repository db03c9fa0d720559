"""Owns what experiments, runs and metrics look like on the wire."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from mlops_lab.core.logged import LoggedExperiment, LoggedMetric, LoggedRun
from mlops_lab.core.tracking import RunStatus

from .wire import Answer, Tag, wire_float

STATUS_WORDS: dict[RunStatus, str] = {
    "running": "RUNNING",
    "scheduled": "SCHEDULED",
    "finished": "FINISHED",
    "failed": "FAILED",
    "killed": "KILLED",
}
RUN_NAME = "mlflow.runName"
USER = "mlflow.user"
SOURCE_NAME = "mlflow.source.name"
SOURCE_TYPE = "mlflow.source.type"
PARENT_RUN = "mlflow.parentRunId"


class ExperimentShape(Answer):
    """An experiment."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    last_update_time: int | None = None
    creation_time: int | None = None
    tags: list[Tag] = []


class MetricShape(Answer):
    """A value of a metric."""

    key: str
    value: float | str
    timestamp: int
    step: int
    dataset_name: str | None = None
    dataset_digest: str | None = None
    model_id: str | None = None
    run_id: str | None = None


class RunInfoShape(Answer, kw_only=True):
    """What is known of a run besides what was logged."""

    run_uuid: str
    experiment_id: str
    user_id: str
    status: str
    start_time: int
    end_time: int | None = None
    artifact_uri: str
    lifecycle_stage: str
    run_id: str
    run_name: str


class RunDataShape(Answer):
    """What was logged into a run."""

    metrics: list[MetricShape] = []
    params: list[Tag] = []
    tags: list[Tag] = []


class DatasetShape(Answer):
    """A dataset that a run names."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


class DatasetInputShape(Answer, kw_only=True):
    """A dataset with the tags of the run that it went into."""

    tags: list[Tag] = []
    dataset: DatasetShape


class ModelInputShape(Answer):
    """A logged model that went into a run."""

    model_id: str


class ModelOutputShape(Answer):
    """A logged model that came out of a run."""

    model_id: str
    step: int = 0


class InputsShape(Answer):
    """What went into a run."""

    dataset_inputs: list[DatasetInputShape] = []
    model_inputs: list[ModelInputShape] = []


class OutputsShape(Answer):
    """What came out of a run."""

    model_outputs: list[ModelOutputShape] = []


class RunShape(Answer):
    """A run."""

    info: RunInfoShape
    data: RunDataShape
    inputs: InputsShape
    outputs: OutputsShape | None = None


def stage(trashed_at: int | None) -> str:
    """Return the word for whether a record is in the trash."""
    return "active" if trashed_at is None else "deleted"


def experiment_shape(one: LoggedExperiment) -> ExperimentShape:
    """Return an experiment as it is answered."""
    return ExperimentShape(
        experiment_id=one.id,
        name=one.name,
        artifact_location=location_of(one.id, one.artifact_location),
        lifecycle_stage=stage(one.trashed_at),
        last_update_time=one.updated_at or one.created_at,
        creation_time=one.created_at,
        tags=[Tag(tag.name, tag.value) for tag in one.tags],
    )


def location_of(experiment_id: str, given: str | None) -> str:
    """Return where the files of an experiment are: where its maker wanted them, or with us."""
    return given or f"mlflow-artifacts:/{experiment_id}"


def artifact_uri(one: LoggedRun) -> str:
    """Return where the files of a run are."""
    parts = urlsplit(location_of(one.experiment_id, one.artifact_location))
    path = posixpath.join(parts.path, one.id, "artifacts")
    if not parts.scheme and not parts.netloc:
        return path
    made = urlunsplit(parts._replace(path=path))
    # A URL with an empty host keeps its form: ``mlflow-artifacts:/0`` has one slash.
    return made if parts.netloc else f"{parts.scheme}:{_slashes(one)}{path}"


def _slashes(one: LoggedRun) -> str:
    location = location_of(one.experiment_id, one.artifact_location)
    return "//" if "://" in location else ""


def info_shape(one: LoggedRun) -> RunInfoShape:
    """Return what is known of a run as it is answered."""
    return RunInfoShape(
        run_uuid=one.id,
        experiment_id=one.experiment_id,
        user_id=one.user,
        status=STATUS_WORDS[one.status],
        start_time=one.started_at,
        end_time=one.ended_at,
        artifact_uri=artifact_uri(one),
        lifecycle_stage=stage(one.trashed_at),
        run_id=one.id,
        run_name=one.name,
    )


def run_shape(
    one: LoggedRun, *, inputs: InputsShape, outputs: OutputsShape | None = None
) -> RunShape:
    """Return a run as it is answered."""
    return RunShape(
        info=info_shape(one),
        data=RunDataShape(
            metrics=metric_shapes(one.metrics),
            params=[Tag(param.name, param.value) for param in one.params],
            tags=_tags(one),
        ),
        inputs=inputs,
        outputs=outputs,
    )


def metric_shapes(metrics: Sequence[LoggedMetric]) -> list[MetricShape]:
    """Return the latest values of metrics as they are answered."""
    return [
        MetricShape(key=m.name, value=wire_float(m.value), timestamp=m.time, step=m.step)
        for m in metrics
    ]


def _tags(one: LoggedRun) -> list[Tag]:
    """Return the tags of a run, with those that MLflow's clients know a run of ours by."""
    known = {RUN_NAME: one.name}
    if one.source != "client":
        known |= {USER: one.user, SOURCE_TYPE: "JOB" if one.source == "job" else "NOTEBOOK"}
        if one.notebook_path:
            known[SOURCE_NAME] = one.notebook_path
    if one.parent_run_id:
        known[PARENT_RUN] = one.parent_run_id
    known |= {tag.name: tag.value for tag in one.tags}
    known[RUN_NAME] = one.name
    return [Tag(name, value) for name, value in sorted(known.items())]
