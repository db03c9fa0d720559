"""Owns ``lab.search_runs``: the runs of the store as a table, one row a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.core.literals import plain_value
from mlops_lab.core.query import Trashed
from mlops_lab.core.tracking import Run, RunDetails

from .foundruns import FoundRun, found_run
from .reader import Reader
from .session import process_session

if TYPE_CHECKING:
    from pandas import DataFrame

_FIRST = ["run_id", "run_name", "experiment_id", "status", "start_time", "end_time"]


def search_runs(
    filter: str = "",  # noqa: A002 - the word that users know it by
    experiment: str | None = None,
    max_results: int = 1_000,
    *,
    filter_string: str = "",
    order_by: Sequence[str] | None = None,
    output_format: Literal["pandas", "list"] = "pandas",
    experiment_names: Sequence[str] | None = None,
    run_view_type: str | int = "ACTIVE_ONLY",
) -> DataFrame | list[FoundRun]:
    """Return the runs that match, newest first, with a column for each param, metric and tag.

    Columns are named as MLflow names them: ``run_id``, ``run_name``, ``experiment_id``, ``status``,
    ``start_time``, ``end_time`` (UTC), ``parent_run_id``, ``duration`` (seconds), ``params.x``
    (text), ``metrics.y`` (the last value) and ``tags.z``.

    Args:
        filter: as in the filter box of the sidebar, such as ``metrics.auc > 0.8 status:finished``.
        experiment: only runs of this experiment.
        max_results: most rows.
        filter_string: MLflow's name for ``filter``; where both are given, both must hold.
        order_by: columns to sort by, such as ``["metrics.auc DESC", "started"]``.
        output_format: ``pandas`` for a DataFrame, ``list`` for objects with ``info`` and ``data``.
        experiment_names: only runs of one of these experiments.
        run_view_type: ``ACTIVE_ONLY``, ``DELETED_ONLY`` (in the trash), ``ALL``, or MLflow's number.

    Raises:
        InvalidInputError: the filter or the order cannot be read; the message says where.
        StoreUnavailableError: the store cannot be read now.
    """
    if max_results < 1:
        raise InvalidInputError(f"{max_results} rows are not possible.", hint="Ask for 1 or more.")
    if output_format not in ("pandas", "list"):
        raise InvalidInputError(
            f"There is no output format {output_format!r}.", hint="Use 'pandas' or 'list'."
        )
    if experiment is None and experiment_names is not None:
        experiment, experiment_names = _only(experiment_names)
    text = _joined(filter, filter_string, experiment_names)
    found = read_details(
        text,
        experiment,
        max_results,
        order_by=list(order_by or ()),
        trashed=_trashed(run_view_type),
    )
    own = [one for one in (filter, filter_string) if one and one != text]
    runs = _told_of_own_filters(found, own)
    return [found_run(run) for run in runs] if output_format == "list" else _frame(runs)


def _told_of_own_filters(runs: Iterator[Run], own: Sequence[str]) -> Iterator[Run]:
    """Yield the runs; an error counts the characters of the user's filter, not of the joined one."""
    try:
        yield from runs
    except InvalidInputError:
        for text in own:
            Reader().get("details", {"filter": text, "limit": 1}, RunDetails)
        raise


def _only(names: Sequence[str]) -> tuple[str | None, Sequence[str] | None]:
    """Take a name that is the only one out, so that errors count characters of the user's filter."""
    listed = [names] if isinstance(names, str) else list(names)
    return (listed[0], None) if len(listed) == 1 and listed[0] else (None, listed)


def _joined(*parts: str | Sequence[str] | None) -> str:
    *texts, names = parts
    found = [str(text) for text in texts if text]
    if names is not None:
        # Of no experiment there are no runs: no name is empty.
        listed = [names] if isinstance(names, str) else list(names) or [""]
        quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in listed)
        found.append(f"experiment IN ({quoted})")
    return found[0] if len(found) == 1 else " and ".join(f"({text})" for text in found)


def _trashed(run_view_type: str | int) -> Trashed:
    words: dict[str | int, Trashed] = {
        "ACTIVE_ONLY": "no",
        "DELETED_ONLY": "only",
        "ALL": "any",
        1: "no",
        2: "only",
        3: "any",
    }
    if run_view_type not in words:
        raise InvalidInputError(
            f"There is no run_view_type {run_view_type!r}.",
            hint="Use ACTIVE_ONLY, DELETED_ONLY or ALL.",
        )
    return words[run_view_type]


def _frame(runs: Iterable[Run]) -> DataFrame:
    import pandas as pd

    rows = [_row(run) for run in runs]
    columns = list(_FIRST)
    for prefix in ("parent_run_id", "duration", "metrics.", "params.", "tags."):
        names = dict.fromkeys(name for row in rows for name in row if name.startswith(prefix))
        columns += sorted(names)
    frame = pd.DataFrame(rows, columns=columns)
    for column in ("start_time", "end_time"):
        frame[column] = pd.to_datetime(frame[column], unit="ms", utc=True)
    return frame


def read_details(
    text: str,
    experiment: str | None,
    max_results: int,
    *,
    order_by: Sequence[str] = (),
    trashed: Trashed = "no",
) -> Iterator[Run]:
    """Yield whole runs, newest first or in another order, with what this process has just recorded.

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
            "order_by": list(order_by),
            "trashed": trashed,
            "limit": min(max_results, MAX_PAGE),
            "cursor": cursor,
        }
        page = reader.get("details", params, RunDetails)
        yield from page.runs
        max_results -= len(page.runs)
        cursor = page.next_cursor
        if cursor is None:
            return


def _row(run: Run) -> dict[str, Any]:
    summary = run.summary
    row: dict[str, Any] = {
        "run_id": summary.id,
        "run_name": summary.name,
        "experiment_id": summary.experiment,
        "experiment_name": summary.experiment,
        "status": summary.status,
        "start_time": summary.started_at,
        "end_time": summary.ended_at,
        "parent_run_id": summary.parent_run_id,
        "duration": None if summary.duration_ms is None else summary.duration_ms / 1000,
    }
    row |= {f"params.{param.name}": plain_value(param.value) for param in run.params}
    row |= {f"metrics.{metric.name}": float(metric.last) for metric in run.metrics}
    return row | {f"tags.{tag.name}": tag.value for tag in run.tags}
