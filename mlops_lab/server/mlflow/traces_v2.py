"""Owns the routes of traces as clients before version 3 use them."""

from __future__ import annotations

from typing import Any

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.ids import new_id
from mlops_lab.core.traces import Trace, TraceState

from .checks import check_time
from .errors import invalid
from .registered_models import checked_limit
from .route import MlflowCall, mlflow_route
from .traces import MAX_TRACES, DeleteTraces, TraceTag, remove_traces
from .wire import Answer, KeyValue, Request, Tag

_STATES: dict[str, TraceState] = {
    "OK": "OK",
    "ERROR": "ERROR",
    "IN_PROGRESS": "IN_PROGRESS",
    "TRACE_STATUS_UNSPECIFIED": "STATE_UNSPECIFIED",
}


class StartTraceV2(Request):
    """A trace that begins."""

    experiment_id: str
    timestamp_ms: int | None = None
    request_metadata: list[KeyValue] = []
    tags: list[KeyValue] = []


class EndTraceV2(Request):
    """How a trace ended."""

    timestamp_ms: int | None = None
    status: str = "OK"
    request_metadata: list[KeyValue] = []
    tags: list[KeyValue] = []


class SearchTracesV2(Request):
    """Which traces to list."""

    experiment_ids: list[str] = []
    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str = ""


class TraceV2Shape(Answer, kw_only=True):
    """A trace."""

    request_id: str
    experiment_id: str
    timestamp_ms: int
    status: str
    execution_time_ms: int | None = None
    request_metadata: list[Tag] = []
    tags: list[Tag] = []


class TraceV2Answer(Answer):
    """One trace."""

    trace_info: TraceV2Shape


class TracesV2Answer(Answer):
    """A page of traces."""

    traces: list[TraceV2Shape] = []
    next_page_token: str | None = None


@mlflow_route("POST", "2.0/mlflow/traces")
def start_trace_v2(call: MlflowCall, request: StartTraceV2) -> TraceV2Answer:
    """Begin a trace."""
    given = Trace(
        id=new_id(),
        experiment_id=request.experiment_id,
        started_at=_time(request.timestamp_ms),
        duration_ms=None,
        state="IN_PROGRESS",
        tags={tag.key: tag.value for tag in request.tags},
        metadata={one.key: one.value for one in request.request_metadata},
    )
    if given.experiment_id == "0":
        call.lab.writing.ensure_default()
    return TraceV2Answer(trace_info=_shape(call.lab.traces.put(given)))


@mlflow_route("PATCH", "2.0/mlflow/traces/{request_id}")
def end_trace_v2(call: MlflowCall, request_id: str, request: EndTraceV2) -> TraceV2Answer:
    """End a trace."""
    state = _STATES.get(request.status)
    if state is None:
        raise invalid(f"Invalid trace status {request.status[:40]!r}.")
    ended = _time(request.timestamp_ms)
    started = call.lab.traces.get(request_id).started_at
    done = call.lab.traces.set_texts(
        request_id,
        tags={tag.key: tag.value for tag in request.tags},
        metadata={one.key: one.value for one in request.request_metadata},
        state=state,
        duration_ms=max(0, ended - started),
    )
    return TraceV2Answer(trace_info=_shape(done))


@mlflow_route("GET", "2.0/mlflow/traces/{request_id}/info")
def get_trace_info_v2(call: MlflowCall, request_id: str) -> TraceV2Answer:
    """Return a trace without its spans."""
    return TraceV2Answer(trace_info=_shape(call.lab.traces.get(request_id)))


@mlflow_route("GET", "2.0/mlflow/traces", note="comparators but RLIKE")
def search_traces_v2(call: MlflowCall, request: SearchTracesV2) -> TracesV2Answer:
    """Return a page of traces that a filter meets."""
    page = call.lab.traces.search(
        request.experiment_ids,
        filter=request.filter,
        order_by=request.order_by,
        limit=checked_limit(request.max_results, MAX_TRACES),
        cursor=request.page_token or None,
    )
    return TracesV2Answer(
        traces=[_shape(one) for one in page.traces], next_page_token=page.next_cursor
    )


@mlflow_route("POST", "2.0/mlflow/traces/delete-traces")
def delete_traces_v2(call: MlflowCall, request: DeleteTraces) -> dict[str, Any]:
    """Remove traces by id, or the oldest up to a time."""
    return remove_traces(call, request)


@mlflow_route("PATCH", "2.0/mlflow/traces/{request_id}/tags")
def set_trace_tag_v2(call: MlflowCall, request_id: str, request: TraceTag) -> None:
    """Set a tag of a trace."""
    call.lab.traces.set_texts(request_id, tags={request.key: request.value})


@mlflow_route("DELETE", "2.0/mlflow/traces/{request_id}/tags")
def delete_trace_tag_v2(call: MlflowCall, request_id: str, request: TraceTag) -> None:
    """Remove a tag of a trace."""
    call.lab.traces.delete_tag(request_id, request.key)


def _time(value: Millis | None) -> Millis:
    return now_ms() if value is None else check_time(value, "timestamp_ms")


def _shape(one: Trace) -> TraceV2Shape:
    state = "TRACE_STATUS_UNSPECIFIED" if one.state == "STATE_UNSPECIFIED" else one.state
    return TraceV2Shape(
        request_id=one.id,
        experiment_id=one.experiment_id,
        timestamp_ms=one.started_at,
        execution_time_ms=one.duration_ms,
        status=state,
        request_metadata=[Tag(name, value) for name, value in one.metadata.items()],
        tags=[Tag(name, value) for name, value in one.tags.items()],
    )
