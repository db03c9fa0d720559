"""Owns the calls about runs: list, read, compare, write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mlops_lab.core.archive import ArchiveOrder, ArchiveOutcome
from mlops_lab.core.clock import Millis
from mlops_lab.core.comparison import Comparison, Curves
from mlops_lab.core.explanation import Explanation
from mlops_lab.core.facets import Reproduction, RunCapture
from mlops_lab.core.glances import Glance, GlanceList
from mlops_lab.core.ids import new_id
from mlops_lab.core.lineage import Lineage
from mlops_lab.core.tracking import (
    FacetList,
    MetricSeries,
    NameList,
    Run,
    RunDetails,
    RunPage,
    RunStatus,
    RunSummary,
    TagEntry,
    TagHistory,
)
from mlops_lab.core.trash import TrashOutcome
from mlops_lab.core.writing import (
    Batches,
    BatchOutcome,
    BatchOutcomes,
    Note,
    ParamValue,
    Point,
    RunBatch,
    RunBatchOf,
    RunIds,
    RunList,
    RunOrder,
    RunUpdate,
    TagValue,
)

from .connection import Connection, part
from .orders import check_params, order_of, with_times
from .pages import Pages
from .routes import calls


class Runs:
    """Runs: what they hold, how they differ, and writing them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @calls("list_runs")
    def list(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - as in REST
        experiment: str | None = None,
        notebook: str | None = None,
        parent: str | None = None,
        order_by: Sequence[str] = (),
        columns: Sequence[str] = (),
        limit: int | None = None,
        **query: Any,
    ) -> Pages[RunPage, RunSummary]:
        """List runs, newest first unless told otherwise.

        Args:
            filter: in the grammar of the search, such as ``metrics.auc > 0.9``.
            experiment: name of one experiment.
            notebook: path of one notebook.
            parent: a run, whose children are meant; ``none`` for runs without a parent.
            order_by: columns such as ``metrics.auc DESC``.
            columns: those whose values come with the page.
            limit: the size of a page.
            query: further parameters of ``GET runs``.
        """
        given = query | {"filter": filter, "experiment": experiment, "notebook": notebook}
        given |= {"parent": parent, "limit": limit, "order_by": [*order_by], "columns": [*columns]}
        ask = self._connection.ask
        return Pages(
            lambda cursor: ask("GET", "runs", RunPage, query={**given, "cursor": cursor}),
            lambda page: page.runs,
        )

    @calls("list_details")
    def details(
        self,
        *,
        filter: str | None = None,  # noqa: A002 - as in REST
        experiment: str | None = None,
        order_by: Sequence[str] = (),
        limit: int | None = None,
        **query: Any,
    ) -> Pages[RunDetails, Run]:
        """List whole runs; see ``list`` for what to give."""
        given = query | {"filter": filter, "experiment": experiment, "limit": limit}
        given |= {"order_by": [*order_by]}
        ask = self._connection.ask
        return Pages(
            lambda cursor: ask("GET", "details", RunDetails, query={**given, "cursor": cursor}),
            lambda page: page.runs,
        )

    @calls("count_facets")
    def facets(self, field: str, **query: Any) -> FacetList:
        """Return the most frequent values of a field, such as ``user``, among runs that match."""
        return self._connection.ask("GET", "facets", FacetList, query={"field": field, **query})

    @calls("list_names")
    def names(self, kind: str, *, prefix: str = "", limit: int | None = None) -> NameList:
        """Return names of params, metrics, tags or columns for completion."""
        query = {"kind": kind, "prefix": prefix or None, "limit": limit}
        return self._connection.ask("GET", "names", NameList, query=query)

    @calls("list_glances")
    def glances(self, run_ids: Iterable[str], *, points: int | None = None) -> Sequence[Glance]:
        """Return what a list shows of up to 200 runs beside their summaries."""
        query = {"run_id": [*run_ids], "points": points}
        return self._connection.ask("GET", "glances", GlanceList, query=query).glances

    @calls("trash_run")
    def delete(self, run_id: str) -> TrashOutcome:
        """Put a run and its children into the trash."""
        return self._connection.ask("DELETE", f"runs/{part(run_id)}", TrashOutcome)

    @calls("get_run")
    def get(self, run_id: str) -> Run:
        """Return everything about a run but its points."""
        return self._connection.ask("GET", f"runs/{part(run_id)}", Run)

    @calls("get_runs")
    def get_many(self, run_ids: Iterable[str]) -> RunList:
        """Return many runs at once; ``missing`` are those that there are not."""
        order = RunIds(list(run_ids))
        return self._connection.ask("POST", "runs/batch-get", RunList, body=order, repeats=True)

    @calls("get_series")
    def series(self, run_id: str, name: str, *, max_points: int = 1000) -> MetricSeries:
        """Return the points of a metric, thinned to ``max_points`` with its extremes."""
        query = {"name": name, "max_points": max_points}
        return self._connection.ask("GET", f"runs/{part(run_id)}/series", MetricSeries, query=query)

    @calls("get_capture")
    def capture(self, run_id: str) -> RunCapture:
        """Return what produced a run."""
        return self._connection.ask("GET", f"runs/{part(run_id)}/capture", RunCapture)

    @calls("get_lineage")
    def lineage(self, run_id: str) -> Lineage:
        """Return what a run came from, and what came from it."""
        return self._connection.ask("GET", f"runs/{part(run_id)}/lineage", Lineage)

    @calls("compare_runs")
    def compare(
        self,
        run_ids: Sequence[str],
        *,
        baseline: str | None = None,
        max_points: int = 500,
        names: Sequence[str] = (),
        points: bool = True,
    ) -> Comparison:
        """Return what differs between runs.

        Args:
            run_ids: the runs.
            baseline: the one of them that the others are held against; None means the first.
            max_points: most points of a series.
            names: of the metrics whose points are wanted; none means all.
            points: whether points are wanted at all.
        """
        query = {"run_id": [*run_ids], "max_points": max_points, "metric": [*names]}
        query |= {"baseline": baseline, "points": "yes" if points else "no"}
        return self._connection.ask("GET", "comparison", Comparison, query=query)

    @calls("get_curves")
    def curves(
        self, run_ids: Sequence[str], names: Sequence[str], *, max_points: int = 300, **query: Any
    ) -> Curves:
        """Return metrics of several runs as charts need them, thinned with their extremes.

        ``query`` may hold ``from_step`` and ``to_step``.
        """
        query |= {"run_id": [*run_ids], "metric": [*names], "max_points": max_points}
        return self._connection.ask("GET", "curves", Curves, query=query)

    @calls("explain_runs")
    def explain(self, baseline: str, run_id: str, *, metric: str | None = None) -> Explanation:
        """Return why a run is better or worse than a baseline, the likeliest cause first."""
        query = {"run_id": [baseline, run_id], "metric": metric}
        return self._connection.ask("GET", "explanation", Explanation, query=query)

    @calls("get_requirements")
    def requirements(self, run_id: str) -> str:
        """Return the packages of a run, for uv or pip to install."""
        path = f"runs/{part(run_id)}/requirements"
        return self._connection.ask("GET", path, bytes).decode("utf-8")

    @calls("create_reproduction")
    def reproduce(self, run_id: str, **wishes: Any) -> Reproduction:
        """Have a run done again in a clean kernel; ``wishes`` are the fields of that order."""
        path = f"runs/{part(run_id)}/reproductions"
        return self._connection.ask("POST", path, Reproduction, body=wishes)

    @calls("create_run")
    def create(self, order: RunOrder | None = None, **fields: Any) -> Run:
        """Make a run, of a ``RunOrder`` or of its fields.

        It gets an id here unless it has one, so that it is made once however often it is sent.

        Raises:
            LabError: as the server says, or that a field is not what a run takes.
        """
        wanted = order_of(fields) if order is None else order
        check_params(wanted.params)
        if wanted.id is None:
            wanted = msgspec.structs.replace(wanted, id=new_id())
        return self._connection.ask("POST", "runs", Run, body=wanted, repeats=True)

    @calls("log_batch")
    def log(
        self,
        run_id: str,
        *,
        params: Mapping[str, ParamValue] | None = None,
        metrics: Sequence[Point] = (),
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Add to a run: all of it, or on an error nothing.

        A point without a time gets that of this call, so that it is stored once however often it
        is sent.

        Raises:
            LabError: as the server says, or that a param is none.
        """
        check_params(params or {})
        batch = RunBatch(
            params=dict(params or {}), metrics=with_times(metrics), tags=dict(tags or {})
        )
        path = f"runs/{part(run_id)}/batch"
        self._connection.ask("POST", path, type(None), body=batch, repeats=True)

    @calls("log_batches")
    def log_many(self, batches: Iterable[RunBatchOf]) -> Sequence[BatchOutcome]:
        """Add to many runs, each for itself, and return what became of each."""
        timed = [msgspec.structs.replace(one, metrics=with_times(one.metrics)) for one in batches]
        for one in timed:
            check_params(one.params)
        found = self._connection.ask(
            "POST", "runs/batch-write", BatchOutcomes, body=Batches(timed), repeats=True
        )
        return found.outcomes

    @calls("update_run")
    def update(
        self,
        run_id: str,
        *,
        status: RunStatus | None = None,
        ended_at: Millis | None = None,
        name: str | None = None,
        archived: bool | None = None,
    ) -> Run:
        """Set status, end or name of a run, or archive it; what is None stays."""
        change = RunUpdate(status=status, ended_at=ended_at, name=name, archived=archived)
        return self._connection.ask("PATCH", f"runs/{part(run_id)}", Run, body=change, repeats=True)

    @calls("archive_runs")
    def archive(self, run_ids: Iterable[str], *, archived: bool = True) -> ArchiveOutcome:
        """Archive runs with their children, or take them out; what cannot is named in the answer."""
        order = ArchiveOrder(run_ids=[*run_ids], archived=archived)
        return self._connection.ask(
            "POST", "runs/archive", ArchiveOutcome, body=order, repeats=True
        )

    def finish(self, run_id: str, *, status: RunStatus = "finished") -> Run:
        """End a run now."""
        return self.update(run_id, status=status)

    @calls("set_tag")
    def set_tag(self, run_id: str, name: str, value: str) -> None:
        """Set a tag of a run."""
        path = f"runs/{part(run_id)}/tags/{part(name)}"
        self._connection.ask("PUT", path, type(None), body=TagValue(value))

    @calls("delete_tag")
    def delete_tag(self, run_id: str, name: str) -> None:
        """Remove a tag of a run."""
        path = f"runs/{part(run_id)}/tags/{part(name)}"
        self._connection.ask("DELETE", path, type(None))

    @calls("get_tag_history")
    def tag_history(self, run_id: str, name: str) -> Sequence[TagEntry]:
        """Return all values that a tag has had, the oldest first."""
        path = f"runs/{part(run_id)}/tags/{part(name)}/history"
        return self._connection.ask("GET", path, TagHistory).entries

    @calls("set_note")
    def set_note(self, run_id: str, text: str) -> None:
        """Set the note of a run; an empty text takes it away."""
        self._connection.ask("PUT", f"runs/{part(run_id)}/note", type(None), body=Note(text))
