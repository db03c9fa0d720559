"""Owns the routes of traces as clients of version 3 use them."""

from __future__ import annotations

import math
from typing import Any

from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.traces import expected_spans

from .errors import invalid
from .registered_models import checked_limit
from .route import MlflowCall, mlflow_route
from .trace_shapes import located_in, read_trace, trace_shape, whole_shape
from .wire import Attached, Request, wire_float

MAX_TRACES = 500
"""Most traces on one page (MLflow's limit)."""

MAX_BATCH = 1_000
"""Most traces that one request names."""

_PRIOR = 0.5


class StartTrace(Request):
    """A trace to write."""

    trace: dict[str, Any]


class NamedTrace(Request):
    """Names a trace."""

    trace_id: str
    allow_partial: bool = True


class NamedTraces(Request):
    """Names traces."""

    trace_ids: list[str] = []


class SearchTraces(Request):
    """Which traces to list."""

    locations: list[dict[str, Any]] = []
    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str = ""


class DeleteTraces(Request):
    """Which traces of an experiment to remove."""

    experiment_id: str
    max_timestamp_millis: int | None = None
    max_traces: int | None = None
    request_ids: list[str] = []


class TraceTag(Request):
    """A tag of a trace."""

    key: str
    value: str = ""


class LinkTraces(Request, kw_only=True):
    """Traces that belong to a run."""

    run_id: str
    trace_ids: list[str] = []


class PromptVersion(Request):
    """Names a version of a prompt."""

    name: str
    version: str


class LinkPrompts(Request):
    """Versions of prompts that a trace used."""

    trace_id: str
    prompt_versions: list[PromptVersion] = []


class Correlation(Request):
    """Two filters, and a base that both are within."""

    experiment_ids: list[str] = []
    filter_string1: str = ""
    filter_string2: str = ""
    base_filter: str = ""


class TraceArtifact(Request):
    """Names the trace whose file is asked for."""

    request_id: str


@mlflow_route("POST", "3.0/mlflow/traces")
def start_trace(call: MlflowCall, request: StartTrace) -> dict[str, Any]:
    """Write what is known of a trace."""
    info = request.trace.get("trace_info")
    if not isinstance(info, dict):
        raise invalid("Missing value for required parameter 'trace.trace_info'.")
    given = read_trace(info)
    if given.experiment_id == "0":
        call.lab.writing.ensure_default()
    return {"trace": {"trace_info": trace_shape(call.lab.traces.put(given))}}


@mlflow_route("GET", "3.0/mlflow/traces/get")
def get_trace(call: MlflowCall, request: NamedTrace) -> dict[str, Any]:
    """Return a trace with its spans."""
    for one, spans in call.lab.traces.get_whole([request.trace_id]):
        if not request.allow_partial and len(spans) < expected_spans(one):
            raise NotFoundError(
                f"Trace with ID {one.id} is not fully exported yet, please try again later."
            )
        return {"trace": whole_shape(one, spans)}
    raise NotFoundError(f"Trace with ID '{request.trace_id[:80]}' not found.")


@mlflow_route("GET", "3.0/mlflow/traces/batchGet")
def batch_get_traces(call: MlflowCall, request: NamedTraces) -> dict[str, Any]:
    """Return traces with their spans."""
    found = call.lab.traces.get_whole(_some(request.trace_ids))
    return {"traces": [whole_shape(one, spans) for one, spans in found]}


@mlflow_route("POST", "3.0/mlflow/traces/batchGetInfos")
def batch_get_trace_infos(call: MlflowCall, request: NamedTraces) -> dict[str, Any]:
    """Return traces without their spans."""
    found = call.lab.traces.get_many(_some(request.trace_ids))
    return {"trace_infos": [trace_shape(one) for one in found]}


@mlflow_route("GET", "3.0/mlflow/traces/{trace_id}")
def get_trace_info(call: MlflowCall, trace_id: str) -> dict[str, Any]:
    """Return a trace without its spans."""
    return {"trace": {"trace_info": trace_shape(call.lab.traces.get(trace_id))}}


@mlflow_route("POST", "3.0/mlflow/traces/search", note="comparators but RLIKE")
def search_traces(call: MlflowCall, request: SearchTraces) -> dict[str, Any]:
    """Return a page of traces that a filter meets."""
    page = call.lab.traces.search(
        [_experiment(one) for one in request.locations],
        filter=request.filter,
        order_by=request.order_by,
        limit=checked_limit(request.max_results, MAX_TRACES),
        cursor=request.page_token or None,
    )
    answer: dict[str, Any] = {"traces": [trace_shape(one) for one in page.traces]}
    if page.next_cursor:
        answer["next_page_token"] = page.next_cursor
    return answer


@mlflow_route("POST", "3.0/mlflow/traces/delete-traces")
def delete_traces(call: MlflowCall, request: DeleteTraces) -> dict[str, Any]:
    """Remove traces by id, or the oldest up to a time."""
    return remove_traces(call, request)


@mlflow_route("PATCH", "3.0/mlflow/traces/{trace_id}/tags")
def set_trace_tag(call: MlflowCall, trace_id: str, request: TraceTag) -> None:
    """Set a tag of a trace."""
    call.lab.traces.set_texts(trace_id, tags={request.key: request.value})


@mlflow_route("DELETE", "3.0/mlflow/traces/{trace_id}/tags")
def delete_trace_tag(call: MlflowCall, trace_id: str, request: TraceTag) -> None:
    """Remove a tag of a trace."""
    call.lab.traces.delete_tag(trace_id, request.key)


@mlflow_route("POST", "2.0/mlflow/traces/link-to-run")
def link_traces_to_run(call: MlflowCall, request: LinkTraces) -> None:
    """Note that traces belong to a run."""
    call.lab.traces.link(_some(request.trace_ids), request.run_id)


@mlflow_route("POST", "2.0/mlflow/traces/link-prompts")
def link_prompts_to_trace(call: MlflowCall, request: LinkPrompts) -> None:
    """Note in a tag which versions of prompts a trace used."""
    versions = [{"name": one.name, "version": one.version} for one in request.prompt_versions]
    call.lab.traces.link_prompts(request.trace_id, versions)


@mlflow_route("GET", "3.0/mlflow/get-trace-artifact")
def get_trace_artifact_v3(call: MlflowCall, request: TraceArtifact) -> Attached:
    """Return the spans of a trace as the file that MLflow's own pages read."""
    return _spans_file(call, request.request_id)


@mlflow_route("GET", "2.0/mlflow/get-trace-artifact")
def get_trace_artifact(call: MlflowCall, request: TraceArtifact) -> Attached:
    """Return the same for older clients."""
    return _spans_file(call, request.request_id)


def _spans_file(call: MlflowCall, trace_id: str) -> Attached:
    for _, spans in call.lab.traces.get_whole([trace_id]):
        return Attached("traces.json", {"spans": [one.content for one in spans]})
    raise NotFoundError(f"Trace with ID '{trace_id[:80]}' not found.")


@mlflow_route("POST", "3.0/mlflow/traces/calculate-filter-correlation")
def correlate_filters(call: MlflowCall, request: Correlation) -> dict[str, Any]:
    """Return how much more often two filters meet the same traces than by chance."""
    count = call.lab.traces.count
    ids, base = request.experiment_ids, request.base_filter or None
    total = count(ids, base)
    first = count(ids, base, request.filter_string1)
    second = count(ids, base, request.filter_string2)
    joint = count(ids, base, request.filter_string1, request.filter_string2)
    return {
        "npmi": wire_float(_npmi(joint, first, second, total, prior=0.0)),
        "npmi_smoothed": wire_float(_npmi(joint, first, second, total, prior=_PRIOR)),
        "filter1_count": first,
        "filter2_count": second,
        "joint_count": joint,
        "total_count": total,
    }


def remove_traces(call: MlflowCall, request: DeleteTraces) -> dict[str, Any]:
    """Remove traces as a request asks and say how many."""
    if request.max_traces is not None and request.max_traces < 1:
        raise invalid("`max_traces` must be a positive integer.")
    count = call.lab.traces.delete(
        request.experiment_id,
        ids=_some(request.request_ids),
        until=request.max_timestamp_millis,
        limit=request.max_traces or 100_000,
        who=call.user,
    )
    return {"traces_deleted": count}


def _experiment(location: dict[str, Any]) -> str:
    found = located_in(location)
    if found is None:
        raise invalid("A location needs mlflow_experiment.experiment_id.")
    return found


def _some(ids: list[str]) -> list[str]:
    if len(ids) > MAX_BATCH:
        raise invalid(f"One request names at most {MAX_BATCH:,} traces; this one has {len(ids):,}.")
    return list(dict.fromkeys(ids))


def _npmi(joint: int, first: int, second: int, total: int, *, prior: float) -> float:
    """Return the normalized pointwise mutual information, from -1 to 1 (Bouma 2009).

    ``prior`` is added to each cell of the two-by-two table; 0.5 is Jeffreys' prior.
    """
    if total == 0 or first == 0 or second == 0:
        return math.nan
    if joint == 0 and not prior:
        return -1.0
    both, size = joint + prior, total + 4 * prior
    one, other = first + 2 * prior, second + 2 * prior
    if both >= size:
        return 1.0
    mutual = math.log(both * size / (one * other))
    return max(-1.0, min(1.0, mutual / -math.log(both / size)))
