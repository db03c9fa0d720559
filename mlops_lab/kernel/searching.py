"""Owns ``lab.search_runs``: the runs of the store as a table, one row a run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.core.tracking import Run, RunDetails

from .reader import Reader
from .session import process_session

if TYPE_CHECKING:
    from pandas import DataFrame

_FIRST = ["run_id", "run_name", "experiment_id", "status", "start_time", "end_time"]


def search_runs(
    filter: str = "",  # noqa: A002 - the word that users know it by
    experiment: str | None = None,
    max_results: int = 1_000,
) -> DataFrame:
    """Return the runs that match, newest first, with a column for each param, metric and tag.

    Columns are named as MLflow names them: ``run_id``, ``run_name``, ``experiment_id``, ``status``,
    ``start_time``, ``end_time`` (UTC), ``parent_run_id``, ``duration`` (seconds), ``params.x``
    (text), ``metrics.y`` (the last value) and ``tags.z``.

    Args:
        filter: as in the filter box of the sidebar, such as ``metrics.auc > 0.8 status:finished``.
        experiment: only runs of this experiment.
        max_results: most rows.

    Raises:
        InvalidInputError: the filter cannot be read; the message says at which character.
        StoreUnavailableError: the store cannot be read now.
    """
    import pandas as pd

    if max_results < 1:
        raise InvalidInputError(f"{max_results} rows are not possible.", hint="Ask for 1 or more.")
    rows = [_row(run) for run in read_details(filter, experiment, max_results)]
    columns = list(_FIRST)
    for prefix in ("parent_run_id", "duration", "metrics.", "params.", "tags."):
        names = dict.fromkeys(name for row in rows for name in row if name.startswith(prefix))
        columns += sorted(names)
    frame = pd.DataFrame(rows, columns=columns)
    for column in ("start_time", "end_time"):
        frame[column] = pd.to_datetime(frame[column], unit="ms", utc=True)
    return frame


def read_details(text: str, experiment: str | None, max_results: int) -> Iterator[Run]:
    """Yield whole runs, newest first, with what this process has just recorded.

    Raises:
        InvalidInputError: the filter cannot be read.
        StoreUnavailableError: the store cannot be read now.
    """
    process_session().flush()
    reader, cursor = Reader(), None
    while max_results > 0:
        params = {
            "filter": text,
            "experiment": experiment,
            "limit": min(max_results, MAX_PAGE),
            "cursor": cursor,
        }
        page = reader.get("details", params, RunDetails)
        yield from page.runs
        max_results -= len(page.runs)
        cursor = page.next_cursor
        if cursor is None:
            return


def plain_value(literal: str) -> str:
    """Return the text of a param for people: a Python literal, of a text what is in the quotes."""
    if literal[:1] in {"'", '"'}:
        try:
            return str(ast.literal_eval(literal))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return literal
    return literal


def _row(run: Run) -> dict[str, Any]:
    summary = run.summary
    row: dict[str, Any] = {
        "run_id": summary.id,
        "run_name": summary.name,
        "experiment_id": summary.experiment,
        "status": summary.status,
        "start_time": summary.started_at,
        "end_time": summary.ended_at,
        "parent_run_id": summary.parent_run_id,
        "duration": None if summary.duration_ms is None else summary.duration_ms / 1000,
    }
    row |= {f"params.{param.name}": plain_value(param.value) for param in run.params}
    row |= {f"metrics.{metric.name}": float(metric.last) for metric in run.metrics}
    return row | {f"tags.{tag.name}": tag.value for tag in run.tags}
