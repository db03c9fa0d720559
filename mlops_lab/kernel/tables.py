"""Owns how runs are shown in a notebook: tables as HTML and as text, curves as a plotly figure."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from mlops_lab.core.comparison import ComparedRow, Comparison
from mlops_lab.core.ids import short_id
from mlops_lab.core.literals import plain_value
from mlops_lab.core.tracking import MetricSeries, RunSummary

from .standing import shown_number

MAX_CELL_CHARS = 80
"""A longer value is cut in a table; ``lab.search_runs`` has it whole."""

MAX_CURVES = 30
"""So many curves are drawn in one figure."""

PLOTLY = "application/vnd.plotly.v1+json"

_MIN_POINTS = 2
_STYLE = (
    "<style>.mlops-lab-table td, .mlops-lab-table th {text-align: left; padding: 2px 12px 2px 0}"
    "</style>"
)


def table_bundle(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = ""
) -> dict[str, str]:
    """Return a table as the MIME types that front ends show."""
    return {
        "text/html": _STYLE + _as_html(columns, rows, title),
        "text/plain": _as_text(columns, rows, title),
    }


def runs_bundle(runs: Sequence[RunSummary]) -> dict[str, str]:
    """Return the table of a list of runs."""
    if not runs:
        return {"text/plain": "No runs. Put %%track on a cell and run it."}
    columns = ["run", "name", "status", "metric", "started", "duration", "experiment"]
    return table_bundle(columns, [_run_row(run) for run in runs])


def comparison_bundle(comparison: Comparison) -> dict[str, str]:
    """Return the tables of what differs between runs, params above metrics, and how the code does."""
    heads = ["", *(f"{run.name} ({short_id(run.id)})" for run in comparison.runs)]
    rows = [["status", *(run.status for run in comparison.runs)]]
    best = {row.name: row.winners for row in comparison.measures}
    rows += _differing("metric", comparison.metrics, best)
    rows += _differing("param", comparison.params)
    for diff in comparison.code:
        changed = sum(line.kind in {"added", "removed"} for line in diff.lines)
        words = "equal" if diff.equal else f"{changed} lines differ"
        rows.append([f"code of {short_id(diff.run_id)}", words])
    width = len(heads)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    equal = sum(row.equal for row in [*comparison.params, *comparison.metrics])
    told = [f"{equal} params and metrics are equal."] if equal else []
    if any(best[row.name] for row in comparison.metrics if row.name in best):
        told.append("* is the best of its row.")
    return table_bundle(heads, padded, title=" ".join(told))


def figure_bundle(comparison: Comparison) -> dict[str, Any] | None:
    """Return the curves of the compared runs as a figure; None when there is none to draw."""
    names = {run.id: f"{run.name} ({short_id(run.id)})" for run in comparison.runs}
    drawn = [one for one in comparison.series if len(one.points) >= _MIN_POINTS][:MAX_CURVES]
    if not drawn:
        return None
    text = "Curves: " + ", ".join(dict.fromkeys(series.name for series in drawn))
    if find_spec("plotly") is None:
        return {"text/plain": f"{text}. They are drawn where plotly is installed."}
    data = [_trace(series, names.get(series.run_id, series.run_id)) for series in drawn]
    layout = {"xaxis": {"title": {"text": "step"}}, "height": 400, "hovermode": "x unified"}
    return {
        PLOTLY: {"data": data, "layout": layout, "config": {"displaylogo": False}},
        "text/plain": text,
    }


def _trace(series: MetricSeries, name: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"{series.name}: {name}",
        "x": [point.step for point in series.points],
        "y": [
            point.value if isinstance(point.value, int | float) else None for point in series.points
        ],
    }


def _run_row(run: RunSummary) -> list[str]:
    metric, duration = run.primary_metric, run.duration_ms
    started = datetime.fromtimestamp(run.started_at / 1000).astimezone()
    return [
        short_id(run.id),
        run.name,
        run.status,
        f"{metric.name} {shown_number(float(metric.last))}" if metric is not None else "",
        f"{started:%Y-%m-%d %H:%M:%S}",
        "" if duration is None else f"{duration / 1000:.1f} s",
        run.experiment,
    ]


def _differing(
    kind: str, rows: Sequence[ComparedRow], best: Mapping[str, Sequence[int]] = MappingProxyType({})
) -> list[list[str]]:
    """Return the rows that differ; ``best`` has the places of the best values by name."""
    return [
        [
            f"{kind} {row.name}",
            *(
                _value(value) + (" *" if at in best.get(row.name, ()) else "")
                for at, value in enumerate(row.values)
            ),
        ]
        for row in rows
        if not row.equal
    ]


def _value(value: str | float | None) -> str:
    if value is None:
        return "-"
    return plain_value(value) if isinstance(value, str) else shown_number(value)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_CELL_CHARS else f"{line[: MAX_CELL_CHARS - 3]}..."


def _as_html(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
    head = "".join(f"<th>{html.escape(_cut(column))}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_cut(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    told = f"<p>{html.escape(title)}</p>" if title else ""
    table = f'<table class="mlops-lab-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return table + told


def _as_text(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
    cut = [[_cut(cell) for cell in row] for row in [columns, *rows]]
    widths = [max(len(row[number]) for row in cut) for number in range(len(columns))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cut
    ]
    return "\n".join([*lines, title] if title else lines)
