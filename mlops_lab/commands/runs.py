"""Owns ``mlops-lab runs show``: everything about one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mlops_lab.core.metrics import is_mark

from .capture import print_capture
from .opened import find_run, open_lab
from .options import AsJson, RunName
from .output import print_facts, print_heading, print_json, print_line, print_table
from .words import duration, moment, number, size

if TYPE_CHECKING:
    from mlops_lab.core.tracking import MetricSummary, Run


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
            [_named(m), number(m.last), str(m.count), number(m.min), number(m.max)]
            for m in sorted(found.metrics, key=lambda metric: not metric.is_kpi)
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


def _named(metric: MetricSummary) -> str:
    return f"{metric.name} (KPI)" if metric.is_kpi else metric.name


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
        "Tags": ", ".join(f"{tag.name}={tag.value}" for tag in run.tags if not is_mark(tag.name)),
        "Warnings": " ".join(run.warnings),
    }
