"""Owns the routes that carry runs: out as one file, in from one, and as a report."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mlops_lab.core.carrying import ImportReport
from mlops_lab.core.ids import short_id
from mlops_lab.core.limits import MAX_COMPARED
from mlops_lab.server.endpoint import Call, Download, IdPart, endpoint
from mlops_lab.store.artifacts import Incoming
from mlops_lab.store.made_files import make_file

MAX_EXPORTED = 500
"""Most runs that a request can name; the command line has no such limit."""

_ENDINGS = {"html": ("html", "text/html; charset=utf-8"), "markdown": ("md", "text/markdown")}


class ExportQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which runs to export; their children go with them."""

    run_id: Annotated[list[IdPart], Meta(min_length=1, max_length=MAX_EXPORTED)]


class ReportQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of which runs, what stands above it, and in which form; the first is the baseline if none is named."""

    run_id: Annotated[list[IdPart], Meta(min_length=1, max_length=MAX_COMPARED)]
    title: Annotated[str, Meta(max_length=250)] = ""
    baseline: Annotated[
        IdPart | None, Meta(description="The one of them that the others are held against.")
    ] = None
    format: Literal["html", "markdown"] = "html"


@endpoint(
    "GET",
    "export",
    summary="Download runs with all that they hold, as one file",
    lane="making",
)
def export_runs(call: Call, query: ExportQuery) -> Download:
    """Return a zip file that `mlops-lab import` and `POST import` take. It is made on disk first."""
    from mlops_lab.workflows.carrying.exporting import export_runs as write

    ids = call.lab.tracking.find_ids(query.run_id)
    name = _name("mlops-lab", ids, "zip")
    making = partial(write, call.lab, ids, who=call.user)
    return Download(make_file(call.lab.store.artifacts, name, making), name, "application/zip")


@endpoint(
    "POST",
    "import",
    summary="Take in the runs of an export file",
    lane="making",
    media_type="application/zip",
)
def import_runs(call: Call, body: Incoming) -> ImportReport:
    """Take what is new of the file that is sent. It is checked whole before anything is written."""
    from mlops_lab.workflows.carrying.importing import import_archive

    name = "The file that was sent"
    return import_archive(call.lab.store, body.finished(), who=call.user, name=name)


@endpoint(
    "GET",
    "report",
    summary="A report of runs, side by side, as one file",
    scope="kernel",
    lane="making",
    errors=(409,),
)
def make_report(call: Call, query: ReportQuery) -> Download:
    """Return a page that needs nothing else, or Markdown."""
    from mlops_lab.workflows.report.writing import write_report

    ids = call.lab.tracking.find_ids(query.run_id)
    ending, media_type = _ENDINGS[query.format]
    name = _name("report", ids, ending)
    baseline = None if query.baseline is None else call.lab.tracking.find_ids([query.baseline])[0]
    making = partial(
        write_report, call.lab, ids, title=query.title, baseline=baseline, who=call.user
    )
    return Download(make_file(call.lab.store.artifacts, name, making), name, media_type)


def _name(begin: str, ids: list[str], ending: str) -> str:
    shown = short_id(ids[0]) if len(ids) == 1 else f"{len(ids)}-runs"
    return f"{begin}-{shown}.{ending}"
