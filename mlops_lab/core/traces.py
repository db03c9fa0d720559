"""Owns the structs of traces: what one call did, step by step, and what was judged of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .clock import Millis

TraceState = Literal["STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS"]
AssessmentKind = Literal["feedback", "expectation", "issue"]

MAX_TRACE_ID_CHARS = 64
"""Longest id of a trace, in characters."""

MAX_SPANS = 10_000
"""Most spans of one trace."""

MAX_LINKED_PROMPTS = 1_000
"""Most versions of prompts that one trace names."""

MAX_PREVIEW_CHARS = 1_000
"""Most characters that are shown of what was asked and answered."""

TRACE_NAME = "mlflow.traceName"
TRACE_TOKENS = "mlflow.trace.tokenUsage"
TRACE_SESSION = "mlflow.trace.session"
TRACE_SCHEMA = "mlflow.trace_schema.version"
INPUTS = "mlflow.spanInputs"
OUTPUTS = "mlflow.spanOutputs"
USAGE = "mlflow.chat.tokenUsage"
SPANS_LOCATION = "mlflow.trace.spansLocation"
SIZE_STATS = "mlflow.trace.sizeStats"
STORED_HERE = "TRACKING_STORE"
ARTIFACT_LOCATION = "mlflow.artifactLocation"
SOURCE_RUN = "mlflow.sourceRun"
LINKED_PROMPTS = "mlflow.linkedPrompts"


class Assessment(msgspec.Struct, frozen=True):
    """What somebody or something judged of a trace; ``content`` is the JSON that a client sent."""

    id: str
    trace_id: str
    name: str
    kind: AssessmentKind
    valid: bool
    overrides: str | None
    created_at: Millis
    updated_at: Millis
    content: dict[str, Any]


class Trace(msgspec.Struct, frozen=True):
    """What is known of a trace besides its spans."""

    id: str
    experiment_id: str
    started_at: Millis
    duration_ms: Millis | None
    state: TraceState
    client_request_id: str | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    tags: dict[str, str] = {}
    metadata: dict[str, str] = {}
    assessments: list[Assessment] = []


def expected_spans(one: Trace) -> int:
    """Return how many spans the client that sent the trace has counted; 0 where it has not."""
    try:
        stats = msgspec.json.decode(one.metadata.get(SIZE_STATS, "{}"))
    except msgspec.DecodeError:
        return 0
    count = stats.get("num_spans") if isinstance(stats, dict) else None
    stored = one.tags.get(SPANS_LOCATION) == STORED_HERE
    return count if stored and isinstance(count, int) else 0


class Span(msgspec.Struct, frozen=True):
    """One step of a trace. ``content`` is what MLflow's clients write of it into the file of a trace."""

    trace_id: str
    id: str
    parent_id: str | None
    name: str
    type: str
    status: str
    started_ns: int
    ended_ns: int | None
    content: dict[str, Any]


class TracePage(msgspec.Struct, frozen=True):
    """A page of traces; ``next_cursor`` is None on the last page."""

    traces: list[Trace]
    next_cursor: str | None
