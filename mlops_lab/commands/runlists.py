"""Owns ``mlops-lab runs list`` and ``mlops-lab runs facets``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .opened import open_lab
from .options import AsJson, Limit
from .output import print_json, print_line, print_table, shown_id
from .words import age, counted, duration, number, shown_value

if TYPE_CHECKING:
    from mlops_lab.core.tracking import RunPage, RunSummary

_COLUMNS = ["NAME", "STATUS", "METRIC", "DURATION", "STARTED", "NOTEBOOK"]


class InTrash(StrEnum):
    """Whether runs in the trash are meant."""

    no = "no"
    only = "only"
    any = "any"


class InArchive(StrEnum):
    """Whether archived runs are meant."""

    no = "no"
    only = "only"
    any = "any"


FilterText = Annotated[
    str, typer.Option("--filter", help="Show only runs that match, as in the sidebar.")
]
Notebook = Annotated[str, typer.Option("--notebook", help="Show only runs of this notebook path.")]
Parent = Annotated[
    str, typer.Option("--parent", help="Show only children of this run; none: no children.")
]
Experiment = Annotated[str, typer.Option("--experiment", help="Show only runs of this experiment.")]
Identity = Annotated[
    str, typer.Option("--identity", help="Show only runs of the same code, data and params.")
]
Sort = Annotated[
    list[str] | None,
    typer.Option("--sort", help="Sort by a column, such as 'metrics.auc desc'; repeatable."),
]
Columns = Annotated[
    str, typer.Option("--columns", help="Show these columns: metrics.auc,params.lr,tags.team.")
]
Trash = Annotated[InTrash, typer.Option("--trashed", help="Show runs in the trash.")]
Archive = Annotated[InArchive, typer.Option("--archived", help="Show archived runs.")]
TimeZone = Annotated[str, typer.Option("--time-zone", help="Count times in words in this zone.")]
Cursor = Annotated[
    str, typer.Option("--cursor", help="Go on after a page: its next_cursor in JSON.")
]
FacetField = Annotated[
    str, typer.Argument(help="user, status, experiment, notebook, params.NAME, tags.NAME.")
]
Values = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Most values.")]


def list_runs(
    *,
    filter_text: FilterText = "",
    notebook: Notebook = "",
    parent: Parent = "",
    experiment: Experiment = "",
    identity: Identity = "",
    sort: Sort = None,
    columns: Columns = "",
    trashed: Trash = InTrash.no,
    archived: Archive = InArchive.any,
    time_zone: TimeZone = "",
    limit: Limit = 100,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """List runs, newest first unless sorted."""
    names = [name.strip() for name in columns.split(",") if name.strip()]
    with open_lab() as lab:
        page = lab.tracking.list_runs(
            filter=filter_text,
            notebook_path=notebook or None,
            parent=parent or None,
            experiment=experiment or None,
            identity=identity or None,
            order_by=sort or [],
            columns=names,
            trashed=trashed.value,
            archived=archived.value,
            time_zone=time_zone or None,
            limit=limit,
            cursor=cursor or None,
        )
    if as_json:
        print_json(page)
        return
    _print_page(page, names)


def count_facets(
    field: FacetField,
    *,
    filter_text: FilterText = "",
    limit: Values = 20,
    as_json: AsJson = False,
) -> None:
    """Show the most frequent values of a field, with how many runs have each."""
    with open_lab() as lab:
        found = lab.tracking.finding.values(field, limit=limit, filter=filter_text)
    if as_json:
        print_json(found)
        return
    rows = [["-" if one.value is None else one.value, str(one.count)] for one in found.values]
    print_table(["VALUE", "RUNS"], rows, empty="No runs.")
    if not found.is_exact:
        print_line("Counted among the newest runs.")


def _print_page(page: RunPage, names: list[str]) -> None:
    rows = [_row(summary) for summary in page.runs]
    if names:
        rows = [
            [*row[:3], *(shown_value(values[name]) for name in names)]
            for row, values in zip(rows, page.values, strict=True)
        ]
    print_table(
        ["RUN", *(["NAME", "STATUS", *names] if names else _COLUMNS)],
        rows,
        empty="No runs. Put %%track on a cell and run it, or try: mlops-lab sync",
    )
    for note in page.notes:
        print_line(note)
    if page.next_cursor is not None:
        least = "" if page.is_total_exact else "at least "
        print_line(f"{len(page.runs)} of {least}{counted(page.total, 'run')}; --limit shows more.")


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
