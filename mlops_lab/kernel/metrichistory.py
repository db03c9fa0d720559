"""Owns ``lab.metric_history``: the points of metrics as a table, one row a point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.limits import MAX_POINTS, MIN_POINTS
from mlops_lab.core.tracking import MetricSeries, Run

from .reader import Reader
from .reporting import run_words
from .session import process_session

if TYPE_CHECKING:
    from pandas import DataFrame

_COLUMNS = ["run_id", "run_name", "metric", "step", "time", "elapsed", "value"]


def metric_history(
    runs: Any, metrics: str | Iterable[str] | None = None, *, max_points: int = 10_000
) -> DataFrame:
    """Return the points of metrics by run, metric and step, with a row for each point.

    Columns: ``run_id``, ``run_name``, ``metric``, ``step``, ``time`` (UTC), ``elapsed`` (seconds
    since the run began) and ``value``.

    Args:
        runs: a run or several: ids, ``lab.active_run()``, or what ``lab.search_runs`` returned.
        metrics: the name of a metric, or several; left out, all of each run. A run that lacks one
            has no rows for it.
        max_points: most points of one metric of one run, from 10 to 100,000. Of a longer one the
            extremes, the ends and the gaps are kept.

    Raises:
        InvalidInputError: ``max_points`` is out of its bounds, or one of ``runs`` is no run.
        NotFoundError: there is no such run.
        StoreUnavailableError: the store cannot be read now.
    """
    import pandas as pd

    if not MIN_POINTS <= max_points <= MAX_POINTS:
        raise InvalidInputError(
            f"A metric of at most {max_points:,} points is not possible.",
            hint=f"Ask for {MIN_POINTS} to {MAX_POINTS:,}.",
        )
    wanted = [metrics] if isinstance(metrics, str) else None if metrics is None else list(metrics)
    process_session().flush()
    rows: list[tuple[Any, ...]] = []
    for run, series in _histories(run_words(runs), wanted, max_points=max_points):
        rows += _rows(run, series)
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    frame["time"] = pd.to_datetime(frame["time"], unit="ms", utc=True)
    return frame.astype({"step": "int64", "elapsed": "float64", "value": "float64"})


def _histories(
    ids: Sequence[str], metrics: Sequence[str] | None, *, max_points: int
) -> Iterator[tuple[Run, MetricSeries]]:
    reader = Reader()
    for run_id in ids:
        path = f"runs/{quote(run_id, safe='')}"
        run = reader.get(path, {}, Run)
        has = {metric.name for metric in run.metrics}
        for name in sorted(has) if metrics is None else dict.fromkeys(metrics):
            if name in has:
                params = {"name": name, "max_points": max_points}
                yield run, reader.get(f"{path}/series", params, MetricSeries)


def _rows(run: Run, series: MetricSeries) -> Iterator[tuple[Any, ...]]:
    head = (run.summary.id, run.summary.name, series.name)
    for point in series.points:
        elapsed = (point.time - run.summary.started_at) / 1000
        yield (*head, point.step, point.time, elapsed, float(point.value))
