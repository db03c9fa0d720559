"""Owns what traces, spans and assessments look like on the wire."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from mlops_lab.core.clock import Millis, held_time, now_ms
from mlops_lab.core.traces import Assessment, AssessmentKind, Span, Trace, TraceState

from .checks import check_time
from .errors import invalid, wrong_value
from .otlp import otlp_shape

_DURATION = re.compile(r"(-?\d{1,12})(?:\.(\d{1,9}))?s")
_WORDS = re.compile(r"(?<!^)(?=[A-Z])")
_KINDS: tuple[AssessmentKind, ...] = ("feedback", "expectation", "issue")
_STATES: tuple[TraceState, ...] = ("STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS")
_FIELDS = (
    "assessment_name",
    "span_id",
    "source",
    "feedback",
    "expectation",
    "issue",
    "rationale",
    "metadata",
    "overrides",
)


def trace_shape(one: Trace) -> dict[str, Any]:
    """Return a trace as clients of version 3 read it."""
    found: dict[str, Any] = {
        "trace_id": one.id,
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": one.experiment_id},
        },
        "request_time": time_text(one.started_at),
        "state": one.state,
        "trace_metadata": one.metadata,
        "tags": one.tags,
        "assessments": [assessment_shape(judged) for judged in one.assessments],
    }
    if one.duration_ms is not None:
        found["execution_duration"] = f"{one.duration_ms / 1000:.3f}s"
    for name in ("client_request_id", "request_preview", "response_preview"):
        value = getattr(one, name)
        if value is not None:
            found[name] = value
    return found


def whole_shape(one: Trace, spans: list[Span]) -> dict[str, Any]:
    """Return a trace with its spans."""
    return {"trace_info": trace_shape(one), "spans": [otlp_shape(span) for span in spans]}


def read_trace(data: dict[str, Any]) -> Trace:
    """Return the trace that a client of version 3 sends.

    Raises:
        MlflowError: a field is missing or cannot be read.
    """
    experiment = located_in(data.get("trace_location"))
    trace_id = data.get("trace_id")
    if not isinstance(trace_id, str) or not experiment:
        raise invalid("A trace needs trace_id and trace_location.mlflow_experiment.experiment_id.")
    duration = data.get("execution_duration")
    word = data.get("state") or "STATE_UNSPECIFIED"
    state = next((one for one in _STATES if one == word), None)
    if state is None:
        raise invalid(f"Invalid trace state {str(word)[:40]!r}.")
    given = data.get("assessments") or []
    if not isinstance(given, list):
        raise wrong_value("trace.trace_info.assessments", given)
    return Trace(
        id=trace_id,
        experiment_id=experiment,
        started_at=read_time(data.get("request_time")),
        duration_ms=None if duration is None else _read_duration(duration),
        state=state,
        client_request_id=_text(data, "client_request_id"),
        request_preview=_text(data, "request_preview"),
        response_preview=_text(data, "response_preview"),
        tags=_texts(data.get("tags")),
        metadata=_texts(data.get("trace_metadata")),
        assessments=[read_assessment(trace_id, one) for one in given if isinstance(one, dict)],
    )


def located_in(location: Any) -> str | None:
    """Return the experiment that the location of a trace names; None where it names none."""
    place = location.get("mlflow_experiment") if isinstance(location, dict) else None
    found = place.get("experiment_id") if isinstance(place, dict) else None
    return found if isinstance(found, str) else None


def assessment_shape(one: Assessment) -> dict[str, Any]:
    """Return an assessment as it is answered."""
    return {
        **{name: one.content[name] for name in _FIELDS if one.content.get(name) is not None},
        "assessment_id": one.id,
        "trace_id": one.trace_id,
        "assessment_name": one.name,
        "create_time": time_text(one.created_at),
        "last_update_time": time_text(one.updated_at),
        "valid": one.valid,
    }


def read_assessment(trace_id: str, data: dict[str, Any]) -> Assessment:
    """Return the assessment that a client sends.

    Raises:
        MlflowError: it has no name, or neither feedback nor expectation.
    """
    name = data.get("assessment_name")
    if not isinstance(name, str) or not name:
        raise invalid("Missing value for required parameter 'assessment.assessment_name'.")
    kind = next((one for one in _KINDS if data.get(one) is not None), None)
    if kind is None:
        raise invalid("An assessment needs one of feedback, expectation or issue.")
    now = now_ms()
    made = data.get("create_time")
    overrides = data.get("overrides")
    return Assessment(
        id=data.get("assessment_id") or "",
        trace_id=trace_id,
        name=name,
        kind=kind,
        valid=data.get("valid") is not False,
        overrides=overrides if isinstance(overrides, str) and overrides else None,
        created_at=read_time(made) if made else now,
        updated_at=now,
        content=stored_fields(data, _FIELDS),
    )


def stored_fields(data: dict[str, Any], names: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """Return fields of an assessment as they are kept: a structured expectation as JSON text."""
    found = {name: data[name] for name in names if name in data and name in _FIELDS}
    expected = found.get("expectation")
    if isinstance(expected, dict) and isinstance(expected.get("value"), dict | list):
        text = msgspec.json.encode(expected["value"]).decode()
        serialized = {"serialization_format": "JSON_FORMAT", "value": text}
        found["expectation"] = {"serialized_value": serialized}
    return found


def mask_fields(mask: Any) -> list[str]:
    """Return the names in a field mask, which JSON writes as ``assessmentName,feedback``."""
    paths = mask.get("paths", []) if isinstance(mask, dict) else str(mask or "").split(",")
    return [_WORDS.sub("_", path.strip()).lower() for path in paths if path.strip()]


def time_text(value: Millis) -> str:
    """Return a time as protobuf writes it in JSON; one that no date has is the nearest."""
    value = held_time(value)
    found = datetime.fromtimestamp(value // 1000, tz=UTC)
    return f"{found:%Y-%m-%dT%H:%M:%S}.{value % 1000:03d}Z"


def read_time(text: Any) -> Millis:
    """Return the time that protobuf wrote in JSON; now, where there is none.

    Raises:
        MlflowError: it cannot be read.
    """
    if text is None:
        return now_ms()
    try:
        found = datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", str(text)))
    except ValueError as error:
        raise invalid(f"{str(text)[:60]!r} is no time; write 2026-05-03T14:30:00.123Z.") from error
    zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
    return check_time(round(zoned.timestamp() * 1000), "time")


def _read_duration(text: Any) -> Millis:
    found = _DURATION.fullmatch(str(text))
    if found is None:
        raise invalid(f"{str(text)[:60]!r} is no duration; write 1.5s.")
    fraction = int((found[2] or "0").ljust(9, "0")[:9])
    return int(found[1]) * 1000 + fraction // 1_000_000


def _text(data: dict[str, Any], name: str) -> str | None:
    value = data.get(name)
    return None if value is None else str(value)


def _texts(data: Any) -> dict[str, str]:
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise invalid("Tags and metadata of a trace are objects of texts.")
    return {str(name): str(value) for name, value in data.items()}
