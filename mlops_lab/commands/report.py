"""Owns ``mlops-lab report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .carrying import FilterText, OfExperiment, Runs, named_runs
from .opened import current_user, find_run, open_lab
from .options import AsJson
from .output import print_json, print_line


def write_report(
    runs: Runs = None,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write: .html or .md.")
    ] = Path("report.html"),
    baseline: Annotated[
        str, typer.Option("--baseline", help="The run that the others are held against.")
    ] = "",
    title: Annotated[str, typer.Option("--title", help="What stands above it.")] = "",
    experiment: OfExperiment = "",
    filter_text: FilterText = "",
    as_json: AsJson = False,
) -> None:
    """Write a report of runs, side by side, into one file that needs nothing else."""
    from mlops_lab.workflows.report.writing import write_report as write

    with open_lab() as lab:
        ids = named_runs(lab, runs, filter_text=filter_text, experiment=experiment)
        first = find_run(lab, baseline).summary.id if baseline else None
        left_out = write(lab, ids, output, title=title, baseline=first, who=current_user())
    if as_json:
        print_json({"file": str(output), "runs": len(ids), "left_out": left_out})
        return
    print_line(f"{len(ids):,} {'run' if len(ids) == 1 else 'runs'} in {output}.")
    for line in left_out:
        print_line(line, style="yellow")
