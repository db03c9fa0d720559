"""Owns ``mlops-lab runs``: list, show, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .opened import find_run, open_lab
from .options import AsJson, Limit, RunName
from .output import print_facts, print_heading, print_json, print_line, print_table, shown_id
from .words import age, duration, moment, number, plain

if TYPE_CHECKING:
    from mlops_lab.core.tracking import ComparedRow, Comparison, Run, RunSummary

_DIFF_MARKS = {"same": "  ", "added": "+ ", "removed": "- ", "skipped": "@ "}
_DIFF_STYLES = {"added": "green", "removed": "red", "skipped": "cyan"}


def list_runs(
    *,
    filter_text: Annotated[
        str, typer.Option("--filter", help="Show only runs that match, as in the sidebar.")
    ] = "",
    notebook: Annotated[
        str, typer.Option("--notebook", help="Show only runs of this notebook path.")
    ] = "",
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first."""
    with open_lab() as lab:
        page = lab.tracking.list_runs(
            filter=filter_text, notebook_path=notebook or None, limit=limit
        )
    if as_json:
        print_json(page)
        return
    print_table(
        ["RUN", "NAME", "STATUS", "METRIC", "DURATION", "STARTED", "NOTEBOOK"],
        [_row(summary) for summary in page.runs],
        empty="No runs. Put %%track on a cell and run it, or try: mlops-lab sync",
    )
    if page.next_cursor is not None:
        print_line(f"{len(page.runs)} of {page.total} runs; --limit shows more.")


def show_run(run: RunName, *, as_json: AsJson = False) -> None:
    """Show a run: params, metrics, tags, source, error."""
    with open_lab() as lab:
        found = find_run(lab, run)
    if as_json:
        print_json(found)
        return
    print_facts(_facts(found))
    if found.params:
        print_heading("Params")
        rows = [[param.name, param.value, param.origin] for param in found.params]
        print_table(["NAME", "VALUE", "ORIGIN"], rows, empty="")
    if found.metrics:
        print_heading("Metrics")
        rows = [
            [m.name, number(m.last), str(m.count), number(m.min), number(m.max)]
            for m in found.metrics
        ]
        print_table(["NAME", "LAST", "POINTS", "MIN", "MAX"], rows, empty="")
    for cell in found.cells:
        print_heading("Source")
        print_line(cell.source)
    if found.error is not None:
        print_heading("Error")
        print_line(found.error.traceback or f"{found.error.name}: {found.error.message}")


def compare_runs(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Two or more runs.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Compare runs: only the params and metrics that differ, and the code."""
    with open_lab() as lab:
        ids = [find_run(lab, run).summary.id for run in runs]
        comparison = lab.tracking.compare(ids)
    if as_json:
        print_json(comparison)
        return
    _print_rows("Params", comparison.params, comparison)
    _print_rows("Metrics", comparison.metrics, comparison)
    _print_code(comparison)


def _row(summary: RunSummary) -> list[str]:
    metric = summary.primary_metric
    return [
        shown_id(summary.id),
        summary.name,
        summary.status,
        f"{metric.name} {number(metric.last)}" if metric else "-",
        duration(summary.duration_ms),
        age(summary.started_at),
        summary.notebook_path or "-",
    ]


def _facts(run: Run) -> dict[str, str]:
    summary, job = run.summary, run.summary.job
    return {
        "Run": summary.id,
        "Name": summary.name,
        "Experiment": summary.experiment,
        "Status": summary.status,
        "Started": moment(summary.started_at),
        "Duration": duration(summary.duration_ms),
        "User": summary.user,
        "Notebook": summary.notebook_path or run.notebook_file or "",
        "Cell": summary.cell_id or "",
        "Job": f"{job.job_id} of {job.definition_name}, revision {job.revision}" if job else "",
        "From run": (job.source_run_id or "") if job else "",
        "Tags": ", ".join(f"{tag.name}={tag.value}" for tag in run.tags),
        "Warnings": " ".join(run.warnings),
    }


def _print_rows(title: str, rows: list[ComparedRow], comparison: Comparison) -> None:
    differing = [row for row in rows if not row.equal]
    equal = len(rows) - len(differing)
    print_heading(f"{title} ({equal} equal)" if equal else title)
    print_table(
        ["NAME", *(f"{run.name} {shown_id(run.id)}" for run in comparison.runs)],
        [[row.name, *(_value(value) for value in row.values)] for row in differing],
        empty="No difference.",
    )


def _value(value: str | float | None) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else number(value)


def _print_code(comparison: Comparison) -> None:
    first = comparison.runs[0]
    names = {run.id: f"{run.name} {shown_id(run.id)}" for run in comparison.runs}
    for diff in comparison.code:
        print_heading(f"Code: {plain(names[first.id])} -> {plain(names[diff.run_id])}")
        if diff.equal:
            print_line("No difference.")
            continue
        for line in diff.lines:
            print_line(_DIFF_MARKS[line.kind] + line.text, style=_DIFF_STYLES.get(line.kind, ""))
