"""Owns ``mlops-lab runs compare``: what differs between runs, and why one of two is better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .opened import find_run, open_lab
from .options import AsJson
from .output import print_heading, print_json, print_line, print_table, shown_id
from .words import plain, shown_value

if TYPE_CHECKING:
    from mlops_lab.core.comparison import ComparedRow, Comparison
    from mlops_lab.core.differences import DataVersionDiff
    from mlops_lab.core.explanation import Explanation

_DIFF_MARKS = {"same": "  ", "added": "+ ", "removed": "- ", "skipped": "@ "}
_DIFF_STYLES = {"added": "green", "removed": "red", "skipped": "cyan"}
_PAIR = 2
_TOLD_CAUSES = 8


def compare_runs(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Two or more runs.")],
    *,
    baseline: Annotated[
        str, typer.Option("--baseline", help="The one that the others are held against.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Compare runs: what differs, the best of each metric marked, and why one of two is better."""
    with open_lab() as lab:
        ids = [find_run(lab, run).summary.id for run in runs]
        first = find_run(lab, baseline).summary.id if baseline else None
        points = None if as_json else ()
        comparison = lab.tracking.compare(ids, baseline=first, names=points)
        why = None
        if len(comparison.runs) == _PAIR and not as_json:
            other = next(run.id for run in comparison.runs if run.id != comparison.baseline)
            why = lab.tracking.explaining.explain(comparison.baseline, other)
    if as_json:
        print_json(comparison)
        return
    _print_metrics(comparison)
    _print_rows("Params", comparison.params, comparison)
    _print_data(comparison)
    _print_surroundings(comparison)
    _print_code(comparison)
    if why is not None:
        _print_why(why)


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
            print_table(["NAME", "BASELINE", "OTHER", "DIFFERS IN"], rows, empty="No difference.")


def _print_surroundings(comparison: Comparison) -> None:
    for diff in comparison.surroundings:
        if not diff.known:
            continue
        print_heading(f"Environment: {_pair(comparison, diff.run_id)}")
        rows = [[f.kind, f.name, *(value or "-" for value in f.values)] for f in diff.facts]
        print_table(["KIND", "NAME", "BASELINE", "OTHER"], rows, empty="No difference.")


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
    return f"{plain(names[comparison.baseline])} -> {plain(names[run_id])}"


def _print_rows(title: str, rows: list[ComparedRow], comparison: Comparison) -> None:
    differing = [row for row in rows if not row.equal]
    equal = len(rows) - len(differing)
    print_heading(f"{title} ({equal} equal)" if equal else title)
    print_table(
        ["NAME", *_heads(comparison)],
        [[row.name, *(shown_value(value) for value in row.values)] for row in differing],
        empty="No difference.",
    )


def _print_metrics(comparison: Comparison) -> None:
    measures = sorted(comparison.measures, key=lambda row: not row.is_kpi)
    differing = [row for row in measures if not row.equal]
    equal = len(comparison.measures) - len(differing)
    print_heading(f"Metrics ({equal} equal)" if equal else "Metrics")
    rows = []
    for row in differing:
        marks = [" *" if at in row.winners else "" for at in range(len(row.last))]
        values = [shown_value(value) for value in row.last]
        better = {"min": "low", "max": "high", None: ""}[row.direction]
        shown = [value + mark for value, mark in zip(values, marks, strict=True)]
        name = f"{row.name} (KPI)" if row.is_kpi else row.name
        rows.append([name, better, *shown])
    print_table(["NAME", "BETTER", *_heads(comparison)], rows, empty="No difference.")
    if any(row.winners for row in differing):
        print_line("* the best")


def _print_why(why: Explanation) -> None:
    print_heading("Why")
    print_line(plain(why.summary))
    for number, cause in enumerate(why.causes[:_TOLD_CAUSES], 1):
        print_line(f"{number}. {plain(cause.title)} ({cause.weight:.0%})")
        for evidence in cause.evidence:
            print_line(f"   {plain(evidence.text)}")
    if len(why.causes) > _TOLD_CAUSES:
        print_line(f"{len(why.causes) - _TOLD_CAUSES} more things differ.")
    for note in why.notes:
        print_line(plain(note), style="yellow")


def _heads(comparison: Comparison) -> list[str]:
    return [f"{run.name} {shown_id(run.id)}" for run in comparison.runs]


def _print_code(comparison: Comparison) -> None:
    for diff in comparison.code:
        print_heading(f"Code: {_pair(comparison, diff.run_id)}")
        if diff.equal:
            print_line("No difference.")
            continue
        for line in diff.lines:
            print_line(_DIFF_MARKS[line.kind] + line.text, style=_DIFF_STYLES.get(line.kind, ""))
