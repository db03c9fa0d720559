"""Owns the route that sums up traces: how many, how long, how many tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

from mlops_lab.core.tracesums import (
    MAX_SUMS,
    TIME_BUCKET,
    Aggregation,
    SumKind,
    TraceQuestion,
    TraceView,
)

from .checks import check_time
from .errors import invalid, missing_value
from .registered_models import checked_limit
from .route import MlflowCall, mlflow_route
from .wire import Request, wire_float

_VIEWS: tuple[TraceView, ...] = get_args(TraceView)
_KINDS: tuple[SumKind, ...] = get_args(SumKind)
_DAY_SECONDS = 86_400
_MAX_DAYS = 36_600


class GivenAggregation(Request):
    """How values become one."""

    aggregation_type: str
    percentile_value: float | None = None


class QueryMetrics(Request):
    """Which metric of which traces, and how it is summed up."""

    view_type: str
    metric_name: str
    experiment_ids: list[str] = []
    aggregations: list[GivenAggregation] = []
    dimensions: list[str] = []
    filters: list[str] = []
    time_interval_seconds: int | None = None
    start_time_ms: int | None = None
    end_time_ms: int | None = None
    max_results: int = MAX_SUMS


@mlflow_route(
    "POST",
    "3.0/mlflow/traces/metrics",
    state="partial",
    note="no costs, and spans not by model; one page",
)
def query_trace_metrics(call: MlflowCall, request: QueryMetrics) -> dict[str, Any]:
    """Return a metric of many traces, summed up in groups."""
    for name in ("experiment_ids", "aggregations"):
        if not getattr(request, name):
            raise missing_value(name)
    view = next((one for one in _VIEWS if one == request.view_type), None)
    if view is None:
        raise invalid(f"view_type must be one of {list(_VIEWS)}, got {request.view_type[:40]!r}")
    asked = TraceQuestion(
        experiment_ids=request.experiment_ids,
        view=view,
        metric=request.metric_name,
        aggregations=[_aggregation(one) for one in request.aggregations],
        dimensions=list(dict.fromkeys(request.dimensions)),
        filters=request.filters,
        bucket_ms=_bucket(request),
        begin=_moment(request.start_time_ms, "start_time_ms"),
        end=_moment(request.end_time_ms, "end_time_ms"),
        limit=checked_limit(request.max_results, MAX_SUMS),
    )
    return {
        "data_points": [
            {
                "metric_name": asked.metric,
                "dimensions": {name: _text(name, held) for name, held in one.dimensions.items()},
                "values": {name: wire_float(value) for name, value in one.values.items()},
            }
            for one in call.lab.traces.sums(asked)
        ]
    }


def _aggregation(given: GivenAggregation) -> Aggregation:
    kind = next((one for one in _KINDS if one == given.aggregation_type), None)
    if kind is None:
        raise invalid(
            f"aggregation_type must be one of {list(_KINDS)}, got {given.aggregation_type[:40]!r}"
        )
    percent = given.percentile_value
    if kind != "PERCENTILE":
        if percent is not None:
            raise invalid(f"Percentile value is only allowed for PERCENTILE, got {kind}")
        return Aggregation(kind)
    if percent is None or not 0 <= percent <= 100:  # noqa: PLR2004 - what a percentile is
        raise invalid(f"Percentile value must be between 0 and 100, got {percent}")
    return Aggregation(kind, float(percent))


def _bucket(request: QueryMetrics) -> int | None:
    seconds = request.time_interval_seconds
    if not seconds:
        return None
    if not 0 < seconds <= _MAX_DAYS * _DAY_SECONDS:
        raise invalid(f"time_interval_seconds must be from 1 to {_MAX_DAYS * _DAY_SECONDS:,}.")
    if request.start_time_ms is None or request.end_time_ms is None:
        raise invalid("start_time_ms and end_time_ms are required if time_interval_seconds is set")
    return seconds * 1_000


def _moment(value: int | None, name: str) -> int | None:
    return None if value is None else check_time(value, name)


def _text(name: str, held: str | int) -> str:
    if name != TIME_BUCKET:
        return str(held)
    return datetime.fromtimestamp(int(held) / 1_000, tz=UTC).isoformat()
