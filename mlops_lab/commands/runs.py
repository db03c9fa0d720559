"""Owns ``mlops-lab runs``: list, show, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from .capture import print_capture
from .opened import find_run, open_lab
from .options import AsJson, RunName
from .output import print_facts, print_heading, print_json, print_line, print_table, shown_id
from .words import duration, moment, number, plain, shown_value, size

if TYPE_CHECKING:
    from mlops_lab.core.comparison import ComparedRow, Comparison
    from mlops_lab.core.differences import DataVersionDiff
    from mlops_lab.core.tracking import Run

_DIFF_MARKS = {"same": "  ", "added": "+ ", "removed": "- ", "skipped": "@ "}
_DIFF_STYLES = {"added": "green", "removed": "red", "skipped": "cyan"}


def show_run(run: RunName, *, as_json: AsJson = False) -> None:
    """Show a run: params, metrics, tags, what is captured of it, source, error."""
    with open_lab() as lab:
        found = find_run(lab, run)
        capture = lab.tracking.get_capture(found.summary.id)
    if as_json:
        print_json({**msgspec.structs.asdict(found), "capture": capture})
        return
    print_facts(_facts(found))
    if found.params:
        print_heading("Params")
        rows = [[param.name, param.value, param.detail or param.origin] for param in found.params]
        print_table(["NAME", "VALUE", "ORIGIN"], rows, empty="")
    if found.metrics:
        print_heading("Metrics")
        rows = [
            [m.name, number(m.last), str(m.count), number(m.min), number(m.max)]
            for m in found.metrics
        ]
        print_table(["NAME", "LAST", "POINTS", "MIN", "MAX"], rows, empty="")
    print_heading("Captured")
    print_capture(capture)
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
    _print_data(comparison)
    _print_surroundings(comparison)
    _print_code(comparison)


def _print_data(comparison: Comparison) -> None:
    for diff in comparison.data:
        rows = []
        for version in diff.versions:
            if version.equal:
                continue
            rows.append([version.name, *(_digest(one) for one in version.digests), _told(version)])
            for column in version.columns:
                aspects = ", ".join(column.aspects)
                rows.append([f"  {column.name}", *(one or "-" for one in column.types), aspects])
        if diff.versions:
            print_heading(f"Data: {_pair(comparison, diff.run_id)}")
            print_table(["NAME", "FIRST", "OTHER", "DIFFERS IN"], rows, empty="No difference.")


def _print_surroundings(comparison: Comparison) -> None:
    for diff in comparison.surroundings:
        if not diff.known:
            continue
        print_heading(f"Environment: {_pair(comparison, diff.run_id)}")
        rows = [[f.kind, f.name, *(value or "-" for value in f.values)] for f in diff.facts]
        print_table(["KIND", "NAME", "FIRST", "OTHER"], rows, empty="No difference.")


def _digest(digest: str | None) -> str:
    return "-" if digest is None else digest[:12]


def _told(version: DataVersionDiff) -> str:
    if not version.known:
        return "not known: other rows were read"
    if None in version.digests:
        words = "in one run only"
    elif version.same_content:
        words = "order only"
    else:
        words = f"{len(version.columns)} columns" if version.columns else "content"
    return f"{words} (made by the cell)" if version.role == "made" else words


def _pair(comparison: Comparison, run_id: str) -> str:
    names = {run.id: f"{run.name} {shown_id(run.id)}" for run in comparison.runs}
    return f"{plain(names[comparison.runs[0].id])} -> {plain(names[run_id])}"


def _facts(run: Run) -> dict[str, str]:
    summary, job = run.summary, run.summary.job
    return {
        "Run": summary.id,
        "Name": summary.name,
        "Experiment": summary.experiment,
        "Status": summary.status,
        "Started": moment(summary.started_at),
        "Duration": duration(summary.duration_ms),
        "CPU time": "" if summary.cpu_ms is None else duration(summary.cpu_ms),
        "Peak memory": "" if summary.peak_memory is None else size(summary.peak_memory),
        "User": summary.user,
        "Notebook": summary.notebook_path or run.notebook_file or "",
        "Cell": summary.cell_id or "",
        "Job": f"{job.job_id} of {job.definition_name}, revision {job.revision}" if job else "",
        "From run": (job.source_run_id or "") if job else "",
        "Parent": summary.parent_run_id or "",
        "Children": str(summary.children or ""),
        "Same as": summary.same_as or "",
        "Tags": ", ".join(f"{tag.name}={tag.value}" for tag in run.tags),
        "Warnings": " ".join(run.warnings),
    }


def _print_rows(title: str, rows: list[ComparedRow], comparison: Comparison) -> None:
    differing = [row for row in rows if not row.equal]
    equal = len(rows) - len(differing)
    print_heading(f"{title} ({equal} equal)" if equal else title)
    print_table(
        ["NAME", *(f"{run.name} {shown_id(run.id)}" for run in comparison.runs)],
        [[row.name, *(shown_value(value) for value in row.values)] for row in differing],
        empty="No difference.",
    )


def _print_code(comparison: Comparison) -> None:
    for diff in comparison.code:
        print_heading(f"Code: {_pair(comparison, diff.run_id)}")
        if diff.equal:
            print_line("No difference.")
            continue
        for line in diff.lines:
            print_line(_DIFF_MARKS[line.kind] + line.text, style=_DIFF_STYLES.get(line.kind, ""))
