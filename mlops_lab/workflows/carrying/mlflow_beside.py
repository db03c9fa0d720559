"""Owns reading logged models and traces of an MLflow database; the versions without them have no tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, get_args

from sqlalchemy import ColumnElement, RowMapping

from mlops_lab.core.carrying import CarriedLogged, CarriedSpans, CarriedTrace, CarriedUse
from mlops_lab.core.loggedmodels import LoggedModel, LoggedModelStatus, ModelMetric
from mlops_lab.core.traces import ARTIFACT_LOCATION, Assessment, Span, Trace, TraceState
from mlops_lab.store.rows import pieces

from .mlflow_words import millis

if TYPE_CHECKING:
    from .mlflow_database import MlflowDatabase

_STATUSES: dict[int, LoggedModelStatus] = {2: "ready", 3: "failed"}
_ROLES = {("RUN_INPUT", "MODEL_INPUT"): "input", ("RUN_OUTPUT", "MODEL_OUTPUT"): "output"}
_MODEL = (
    "model_id", "experiment_id", "name", "artifact_location", "creation_timestamp_ms",
    "last_updated_timestamp_ms", "status", "status_message", "lifecycle_stage", "model_type",
    "source_run_id",
)  # fmt: skip
_METRIC = (
    "model_id", "metric_name", "metric_timestamp_ms", "metric_step", "metric_value", "run_id",
    "dataset_name", "dataset_digest",
)  # fmt: skip
_TRACE = (
    "request_id", "experiment_id", "timestamp_ms", "execution_time_ms", "status",
    "client_request_id", "request_preview", "response_preview",
)  # fmt: skip
_SPAN = (
    "trace_id", "span_id", "parent_span_id", "name", "type", "status", "start_time_unix_nano",
    "end_time_unix_nano", "content",
)  # fmt: skip
_JUDGED = (
    "assessment_id", "trace_id", "name", "assessment_type", "value", "error", "created_timestamp",
    "last_updated_timestamp", "source_type", "source_id", "span_id", "rationale", "overrides",
    "valid", "assessment_metadata",
)  # fmt: skip


def read_logged(
    source: MlflowDatabase, experiments: dict[str, str]
) -> Iterator[tuple[CarriedLogged, str]]:
    """Yield logged models, each with the address of its files; ``experiments`` are names by id."""
    found = source.rows("logged_models", *_MODEL, order=("model_id",))
    for some in pieces((row for row in found if str(row["experiment_id"]) in experiments), 100):
        ids = [row["model_id"] for row in some]
        params = _texts(
            source, "logged_model_params", "model_id", ids, ("param_key", "param_value")
        )
        tags = _texts(source, "logged_model_tags", "model_id", ids, ("tag_key", "tag_value"))
        metrics, uses = _metrics(source, ids), _uses(source, ids)
        for row in some:
            one = row["model_id"]
            if row["lifecycle_stage"] == "deleted":
                continue
            model = _model_of(row, params.get(one, {}), tags.get(one, {}), metrics.get(one, []))
            name = experiments[model.experiment_id]
            yield CarriedLogged(name, model, uses.get(one, [])), str(row["artifact_location"] or "")


def read_traces(
    source: MlflowDatabase, experiments: dict[str, str]
) -> Iterator[tuple[CarriedTrace, list[CarriedSpans], str]]:
    """Yield traces with their spans, and the address of the files of each."""
    found = source.rows("trace_info", *_TRACE, order=("request_id",))
    for some in pieces((row for row in found if str(row["experiment_id"]) in experiments), 100):
        ids = [row["request_id"] for row in some]
        tags = _texts(source, "trace_tags", "request_id", ids, ("key", "value"))
        notes = _texts(source, "trace_request_metadata", "request_id", ids, ("key", "value"))
        judged = _assessments(source, ids)
        for row in some:
            one = row["request_id"]
            own = tags.get(one, {})
            place = own.get(ARTIFACT_LOCATION, "")
            trace = _trace_of(row, own, notes.get(one, {}), judged.get(one, []))
            spans = [CarriedSpans(list(each)) for each in pieces(_spans(source, one), 100)]
            yield CarriedTrace(experiments[trace.experiment_id], trace), spans, place


def _model_of(
    row: RowMapping, params: dict[str, str], tags: dict[str, str], metrics: list[ModelMetric]
) -> LoggedModel:
    one, experiment = row["model_id"], str(row["experiment_id"])
    made = millis(row["creation_timestamp_ms"]) or 0
    return LoggedModel(
        id=one,
        experiment_id=experiment,
        name=row["name"],
        location=f"mlflow-artifacts:/{experiment}/models/{one}/artifacts",
        created_at=made,
        updated_at=millis(row["last_updated_timestamp_ms"]) or made,
        status=_STATUSES.get(row["status"], "pending"),
        status_message=row["status_message"],
        model_type=row["model_type"],
        source_run_id=row["source_run_id"],
        tags=tags,
        params=params,
        metrics=metrics,
        versions=[],
    )


def _metrics(source: MlflowDatabase, ids: Sequence[str]) -> dict[str, list[ModelMetric]]:
    found: dict[str, list[ModelMetric]] = {}
    for row in _of(source, "logged_model_metrics", "model_id", ids, _METRIC):
        found.setdefault(row["model_id"], []).append(
            ModelMetric(
                name=row["metric_name"],
                value=row["metric_value"],
                step=int(row["metric_step"] or 0),
                time=millis(row["metric_timestamp_ms"]) or 0,
                run_id=row["run_id"],
                dataset_name=row["dataset_name"] or "",
                dataset_digest=row["dataset_digest"] or "",
            )
        )
    return found


def _uses(source: MlflowDatabase, ids: Sequence[str]) -> dict[str, list[CarriedUse]]:
    found: dict[str, list[CarriedUse]] = {}
    columns = ("source_type", "source_id", "destination_type", "destination_id", "step")
    for row in _of(source, "inputs", "destination_id", ids, columns):
        role = _ROLES.get((row["source_type"], row["destination_type"]))
        if role in ("input", "output"):
            use = CarriedUse(row["source_id"], role, int(row["step"] or 0))  # type: ignore[arg-type]
            found.setdefault(row["destination_id"], []).append(use)
    return found


def _trace_of(
    row: RowMapping, tags: dict[str, str], notes: dict[str, str], judged: list[Assessment]
) -> Trace:
    one, experiment = row["request_id"], str(row["experiment_id"])
    states: tuple[TraceState, ...] = get_args(TraceState)
    place = f"mlflow-artifacts:/{experiment}/traces/{one}/artifacts"
    return Trace(
        id=one,
        experiment_id=experiment,
        started_at=millis(row["timestamp_ms"]) or 0,
        duration_ms=row["execution_time_ms"],
        state=next((word for word in states if word == row["status"]), "STATE_UNSPECIFIED"),
        client_request_id=row["client_request_id"],
        request_preview=row["request_preview"],
        response_preview=row["response_preview"],
        tags=tags | {ARTIFACT_LOCATION: place},
        metadata=notes,
        assessments=judged,
    )


def _spans(source: MlflowDatabase, trace_id: str) -> Iterator[Span]:
    for row in _of(source, "spans", "trace_id", [trace_id], _SPAN):
        content = _json(row["content"])
        yield Span(
            trace_id=trace_id,
            id=row["span_id"],
            parent_id=row["parent_span_id"],
            name=row["name"] or "",
            type=row["type"] or "UNKNOWN",
            status=str(row["status"] or "UNSET"),
            started_ns=int(row["start_time_unix_nano"]),
            ended_ns=row["end_time_unix_nano"],
            content=content if isinstance(content, dict) else {},
        )


def _assessments(source: MlflowDatabase, ids: Sequence[str]) -> dict[str, list[Assessment]]:
    found: dict[str, list[Assessment]] = {}
    for row in _of(source, "assessments", "trace_id", ids, _JUDGED):
        is_feedback = row["assessment_type"] == "feedback"
        found.setdefault(row["trace_id"], []).append(
            Assessment(
                id=row["assessment_id"],
                trace_id=row["trace_id"],
                name=row["name"],
                kind="feedback" if is_feedback else "expectation",
                valid=row["valid"] is None or bool(row["valid"]),
                overrides=row["overrides"],
                created_at=millis(row["created_timestamp"]) or 0,
                updated_at=millis(row["last_updated_timestamp"]) or 0,
                content=_judged(row, is_feedback=is_feedback),
            )
        )
    return found


def _judged(row: RowMapping, *, is_feedback: bool) -> dict[str, Any]:
    value = _json(row["value"])
    told: dict[str, Any] = {"value": value}
    if is_feedback and row["error"]:
        told["error"] = _json(row["error"])
    elif not is_feedback and isinstance(value, dict | list):
        serialized = {"serialization_format": "JSON_FORMAT", "value": json.dumps(value)}
        told = {"serialized_value": serialized}
    content = {
        "assessment_name": row["name"],
        "source": {"source_type": row["source_type"], "source_id": row["source_id"]},
        "feedback" if is_feedback else "expectation": told,
        "rationale": row["rationale"],
        "span_id": row["span_id"],
        "metadata": _json(row["assessment_metadata"]),
    }
    return {name: held for name, held in content.items() if held is not None}


def _texts(
    source: MlflowDatabase, table: str, by: str, ids: Sequence[str], pair: tuple[str, str]
) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in _of(source, table, by, ids, (by, *pair)):
        found.setdefault(row[by], {})[row[pair[0]]] = str(row[pair[1]] or "")
    return found


def _of(
    source: MlflowDatabase, table: str, by: str, ids: Sequence[str], columns: Iterable[str]
) -> Iterator[RowMapping]:
    found = source.tables.get(table)
    if found is None or by not in found.c:
        return iter(())
    where: list[ColumnElement[bool]] = [found.c[by].in_(ids)]
    return source.rows(table, *columns, where=where)


def _json(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
