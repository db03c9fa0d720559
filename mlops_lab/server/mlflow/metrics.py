"""Owns the routes that read the history of metrics on the MLflow protocol."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from mlops_lab.core.logged import HistoryRow

from .errors import invalid, missing_value
from .route import MlflowCall, mlflow_route
from .shapes import MetricShape
from .wire import Answer, Request, wire_float

MAX_HISTORY = 25_000
MAX_RUNS = 100
MAX_SAMPLED = 2_500
_DEFAULT_HISTORY = 25_000
_MAX_WHOLE = 4 * MAX_SAMPLED
"""Metrics of more points than this are thinned by their summaries and never read whole."""
_MIN_THINNED = 10


class GetHistory(Request):
    """A metric of a run."""

    run_id: str
    metric_key: str
    page_token: str = ""
    max_results: int = _DEFAULT_HISTORY


class GetHistoryBulk(Request):
    """A metric of several runs."""

    run_id: list[str] = []
    metric_key: str | None = None
    max_results: int = MAX_HISTORY


class GetInterval(Request, kw_only=True):
    """A metric of several runs, between two steps, thinned."""

    run_ids: list[str] = []
    metric_key: str
    start_step: int | None = None
    end_step: int | None = None
    max_results: int = MAX_SAMPLED


class HistoryAnswer(Answer):
    """Points of metrics."""

    metrics: list[MetricShape] = []
    next_page_token: str | None = None


class BulkAnswer(Answer, omit_defaults=False):
    """Points of metrics, of several runs."""

    metrics: list[MetricShape] = []


def _shapes(key: str, points: Sequence[HistoryRow], run_id: str | None) -> list[MetricShape]:
    return [
        MetricShape(key=key, value=wire_float(value), timestamp=time, step=step, run_id=run_id)
        for step, time, value in points
    ]


@mlflow_route("GET", "2.0/mlflow/metrics/get-history")
def get_history(call: MlflowCall, request: GetHistory) -> HistoryAnswer:
    """Return a page of the points of a metric, by time."""
    if request.max_results < 1:
        raise invalid("max_results must be a positive integer.")
    limit = min(request.max_results, MAX_HISTORY)
    page = call.lab.logged.metric_history(
        request.run_id, request.metric_key, limit=limit, after=request.page_token
    )
    return HistoryAnswer(
        metrics=_shapes(request.metric_key, page.points, request.run_id),
        next_page_token=page.after,
    )


@mlflow_route("GET", "2.0/mlflow/metrics/get-history-bulk")
def get_history_bulk(call: MlflowCall, request: GetHistoryBulk) -> BulkAnswer:
    """Return the points of a metric of several runs, by run and then by time."""
    if not request.run_id:
        raise invalid("GetMetricHistoryBulk request must specify at least one run_id.")
    if len(request.run_id) > MAX_RUNS:
        raise invalid(
            f"GetMetricHistoryBulk request cannot specify more than {MAX_RUNS} run_ids."
            f" Received {len(request.run_id)} run_ids."
        )
    if request.metric_key is None:
        raise invalid("GetMetricHistoryBulk request must specify a metric_key.")
    left = min(request.max_results, MAX_HISTORY)
    found: list[MetricShape] = []
    for run_id in sorted(set(request.run_id)):
        if left <= 0:
            break
        page = call.lab.logged.metric_history(run_id, request.metric_key, limit=left)
        found += _shapes(request.metric_key, page.points, run_id)
        left -= len(page.points)
    return BulkAnswer(metrics=found)


@mlflow_route("GET", "2.0/mlflow/metrics/get-history-bulk-interval")
def get_history_bulk_interval(call: MlflowCall, request: GetInterval) -> HistoryAnswer:
    """Return points of a metric of several runs at the same steps, evenly thinned."""
    _check_interval(request)
    counts = {
        run_id: call.lab.logged.count_points(run_id, request.metric_key)
        for run_id in request.run_ids
    }
    series = {
        run_id: call.lab.logged.points_by_step(run_id, request.metric_key)
        for run_id, count in counts.items()
        if count <= _MAX_WHOLE
    }
    steps = _sampled_steps([points for points in series.values() if points], request)
    found: list[MetricShape] = []
    for run_id in counts:
        if run_id in series:
            kept = [point for point in series[run_id] if point[0] in steps]
        else:
            kept = _thinned(call, run_id, request)
        found += _shapes(request.metric_key, kept[:MAX_HISTORY], run_id)
    return HistoryAnswer(metrics=found)


def _thinned(call: MlflowCall, run_id: str, request: GetInterval) -> list[HistoryRow]:
    """Return the extremes of a long metric; evenly chosen steps would lose them."""
    start, end = request.start_step, request.end_step
    return call.lab.logged.thinned_points(
        run_id,
        request.metric_key,
        steps=None if start is None or end is None else (start, end),
        limit=max(_MIN_THINNED, request.max_results),
    )[: request.max_results]


def _check_interval(request: GetInterval) -> None:
    if not request.run_ids:
        raise missing_value("run_ids")
    if len(request.run_ids) > MAX_RUNS:
        raise invalid(
            f"GetMetricHistoryBulkInterval request must specify at most {MAX_RUNS} run_ids."
            f" Received {len(request.run_ids)} run_ids."
        )
    if not 1 <= request.max_results <= MAX_SAMPLED:
        raise invalid(f"max_results must be between 1 and {MAX_SAMPLED}.")
    start, end = request.start_step, request.end_step
    if (start is None) != (end is None):
        raise invalid("If either start step or end step are specified, both must be specified.")
    if start is not None and end is not None and start > end:
        raise invalid(
            "end_step must be greater than start_step. "
            f"Found start_step={start} and end_step={end}."
        )


def _sampled_steps(series: Sequence[Sequence[HistoryRow]], request: GetInterval) -> set[int]:
    """Return the steps that are shown: evenly chosen ones, and the ends of each run."""
    every = sorted({point[0] for points in series for point in points})
    if not every:
        return set()
    start = 0 if request.start_step is None else request.start_step
    end = every[-1] if request.end_step is None else request.end_step
    ends = {points[place][0] for points in series for place in (0, -1)}
    low, high = bisect_left(every, start), bisect_right(every, end)
    within = every[low:high]
    if len(within) > request.max_results:
        stride = len(within) / request.max_results
        chosen = {within[int(number * stride)] for number in range(request.max_results)}
        within = [*chosen, within[-1]]
    return set(within) | {step for step in ends if start <= step <= end}
