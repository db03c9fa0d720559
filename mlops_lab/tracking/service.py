"""Owns what one can do with runs: take records in, open and close, list, show, chart, compare."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Unpack

from mlops_lab.core.clock import Clock, now_ms
from mlops_lab.core.comparison import Comparison
from mlops_lab.core.errors import NotFoundError, did_you_mean
from mlops_lab.core.facets import RunCapture
from mlops_lab.core.glances import GlanceList
from mlops_lab.core.ids import new_id
from mlops_lab.core.paths import without_drive
from mlops_lab.core.records import Batch, BatchAcknowledged, ParamLogged, TagSet
from mlops_lab.core.tracking import (
    ErrorInfo,
    MetricSeries,
    NewRun,
    Run,
    RunDetails,
    RunPage,
    RunStatus,
    SyncReport,
    TagHistory,
)
from mlops_lab.store import lifecycle, metrics, outbox, runs, tags, tracking, trash
from mlops_lab.store.store import Store

from .capture import read_capture
from .comparing import Asked, Comparing
from .content import store_content
from .explaining import Explaining
from .finding import Finding, Listed
from .glances import read_glances
from .ingest import Locate, check_batch, find_places, nowhere, store_batch
from .lookup import find_run_id
from .segments import find_spool_folders
from .sorting import Sorted
from .spools import Sweep, SweepMemory
from .thin import chart_points


class TrackingService:
    """The runs of one store. Safe to use from several threads."""

    def __init__(self, store: Store, *, clock: Clock = now_ms) -> None:
        self._store = store
        self._clock = clock
        self.finding = Finding(store, clock=clock)
        self.comparing = Comparing(store)
        self.explaining = Explaining(store)

    def ingest(self, batch: Batch, *, locate: Locate = nowhere) -> BatchAcknowledged:
        """Store a batch of records; what is stored already is skipped.

        Args:
            batch: records of one spool, in order.
            locate: gives the notebook of a kernel id, as the front end knows it.

        Raises:
            ConflictError: records before these, or between them, are missing.
            InvalidInputError: the spool's id is not an id.
            LimitError: the batch holds too many records.
            StoreUnavailableError: the store cannot be written now; nothing was stored.
        """
        check_batch(batch)
        places = find_places(batch.records, locate)
        now = self._clock()
        seq, _ = self._store.write_by(partial(store_batch, batch=batch, places=places, now=now))
        return BatchAcknowledged(seq=seq)

    def open_run(self, new: NewRun) -> str:
        """Begin a run that has no spool, such as the own run of a job; return its id.

        A param or tag beyond the limits becomes a warning of the run.
        """
        run_id = new_id()
        now = self._clock()
        row = tracking.RunRow(
            id=run_id,
            name=new.name,
            experiment=new.experiment,
            source="job" if new.job else "notebook",
            user=new.user,
            started_at=now,
            notebook_path=new.notebook_path,
            notebook_file=new.notebook_file,
            kernel_name=new.kernel_name,
            primary_metric=new.primary_metric,
            job=new.job,
        )
        content = Sorted(
            params=[
                ParamLogged(0, run_id, p.name, p.value, p.origin, p.detail) for p in new.params
            ],
            tags=[TagSet(0, run_id, t.name, t.value) for t in new.tags],
        )
        with self._store.write() as tx:
            tracking.add_runs(tx, [row], now=now)
            trash.bring_back(tx, [row.id], now=now)
            store_content(tx, content, stored={run_id}, now=now)
            outbox.put_change(tx, "run", run_id, "created")
        return run_id

    def close_run(self, run_id: str, *, status: RunStatus, error: ErrorInfo | None) -> None:
        """End a run; one that has ended already keeps its end.

        Raises:
            NotFoundError: there is no such run.
        """
        now = self._clock()
        with self._store.write() as tx:
            found = runs.read_runs(tx, [run_id]).get(run_id)
            if found is None:
                raise NotFoundError(f"There is no run {run_id!r}.")
            if found.summary.status != "running":
                return
            lasted = max(0, now - found.summary.started_at)
            end = lifecycle.EndRow(run_id, status, now, lasted, error=error)
            lifecycle.end_runs(tx, [end], correct_killed=False)
            outbox.put_change(tx, "run", run_id, "updated")

    def list_runs(self, **asked: Unpack[Listed]) -> RunPage:
        """Return a page of runs, the newest first where no other order is asked for.

        Args:
            asked: which runs, in which order, with which columns; see ``Listed``.

        Raises:
            InvalidInputError: the filter, the order, the limit or the cursor cannot be used.
            NotFoundError: there is no such parent.
        """
        return self.finding.page(asked)

    def get_run(self, run_id: str) -> Run:
        """Return one run, named by its id or at least four digits of its beginning or end.

        Raises:
            NotFoundError: no run has it.
            InvalidInputError: several runs have it.
        """
        with self._store.read() as cx:
            full_id = find_run_id(cx, run_id)
            return runs.read_runs(cx, [full_id])[full_id]

    def list_details(self, **asked: Unpack[Listed]) -> RunDetails:
        """Return a page of whole runs; see ``list_runs`` for what to give.

        Raises:
            InvalidInputError: the filter, the order, the limit or the cursor cannot be used.
        """
        page = self.list_runs(**asked)
        with self._store.read() as cx:
            found = runs.read_runs(cx, [run.id for run in page.runs])
        # One that was deleted in between is left out.
        whole = [found[run.id] for run in page.runs if run.id in found]
        return RunDetails(runs=whole, next_cursor=page.next_cursor)

    def newest_run(
        self, *, notebook_file: Path | None = None, notebook_path: str | None = None
    ) -> Run | None:
        """Return the newest run of a notebook, or of all; runs of jobs do not count.

        Args:
            notebook_file: the notebook on disk.
            notebook_path: the notebook as a browser names it, with or without a drive.
        """
        files: list[str] = []
        if notebook_file is not None:
            files = [str(notebook_file.absolute()), str(notebook_file.resolve())]
        path = None if notebook_path is None else without_drive(notebook_path).lstrip("/")
        with self._store.read() as cx:
            found = runs.find_newest(cx, notebook_files=files, notebook_path=path)
            return None if found is None else runs.read_runs(cx, [found])[found]

    def get_series(self, run_id: str, name: str, *, max_points: int = 1000) -> MetricSeries:
        """Return a metric as a chart needs it: by step, thinned, extremes and gaps kept.

        Raises:
            NotFoundError: there is no such run, or it has no such metric.
            InvalidInputError: several runs match ``run_id``, or ``max_points`` is too small.
        """
        with self._store.read() as cx:
            full_id = find_run_id(cx, run_id)
            series = metrics.read_series(cx, [full_id]).get(full_id, [])
            stored = next((one for one in series if one.name == name), None)
            if stored is None:
                raise NotFoundError(
                    f"Run {full_id} has no metric {name!r}.",
                    hint=did_you_mean(name, [one.name for one in series]),
                )
            points = chart_points(cx, stored, max_points=max_points)
        return MetricSeries(run_id=full_id, name=name, count=stored.count, points=points)

    def find_ids(self, run_ids: Sequence[str]) -> list[str]:
        """Return the whole ids of runs that are named by parts of them, each once.

        Raises:
            NotFoundError: one of the runs does not exist.
            InvalidInputError: several runs match one of them.
        """
        with self._store.read() as cx:
            return list(dict.fromkeys(find_run_id(cx, run_id) for run_id in run_ids))

    def compare(self, run_ids: Sequence[str], **asked: Unpack[Asked]) -> Comparison:
        """Return what differs between runs; see ``Comparing.compare``."""
        return self.comparing.compare(run_ids, **asked)

    def list_glances(self, run_ids: Sequence[str], *, points: int = 40) -> GlanceList:
        """Return what a list shows of runs, by their whole ids, beside their summaries.

        Raises:
            InvalidInputError: too many runs are named, or the number of points is not possible.
        """
        with self._store.read() as cx:
            return read_glances(cx, run_ids, points=points)

    def get_capture(self, run_id: str) -> RunCapture:
        """Return everything that is captured of a run besides params, metrics, tags and cells.

        Raises:
            NotFoundError: no run has it.
            InvalidInputError: several runs have it.
        """
        with self._store.read() as cx:
            return read_capture(cx, find_run_id(cx, run_id), is_kept=self._store.artifacts.has)

    def get_tag_history(self, run_id: str, name: str) -> TagHistory:
        """Return all values that a tag of a run has had, the oldest first.

        Raises:
            NotFoundError: there is no such run, or it has no such tag.
            InvalidInputError: several runs have it.
        """
        with self._store.read() as cx:
            full_id = find_run_id(cx, run_id)
            entries = tags.read_history(cx, full_id, name)
            if not entries:
                known = [tag.name for tag in runs.read_runs(cx, [full_id])[full_id].tags]
                raise NotFoundError(
                    f"Run {full_id} has no tag {name!r}.", hint=did_you_mean(name, known)
                )
        return TagHistory(entries=entries)

    def take_in_spools(
        self,
        spool_dir: Path,
        *,
        locate: Locate = nowhere,
        only_dead: bool = True,
        memory: SweepMemory | None = None,
    ) -> SyncReport:
        """Store what kernels left in the spool folder or its refuge; remove what is stored for good.

        The files of living processes are read at most, never removed.

        Args:
            spool_dir: the folder of the spools; it need not exist.
            locate: as for ``ingest``.
            only_dead: leave the files of living processes that deliver by themselves alone.
            memory: of the sweeps before, for who sweeps the folder again and again.

        Returns:
            What was done; runs of processes that are gone have become ``killed``.

        Raises:
            StoreUnavailableError: the store cannot be written now; the files stay.
        """
        reports = []
        for folder in find_spool_folders(spool_dir):
            known = memory if memory is not None and folder == spool_dir else SweepMemory()
            sweep = Sweep(self._store, folder, clock=self._clock, locate=locate, memory=known)
            reports.append(sweep.run(only_dead=only_dead))
        return SyncReport(
            files=sum(one.files for one in reports),
            records=sum(one.records for one in reports),
            runs_killed=sum(one.runs_killed for one in reports),
            unreadable=[name for one in reports for name in one.unreadable],
        )

    def count_runs(self) -> int:
        """Return how many runs the store holds."""
        with self._store.read() as cx:
            return runs.count_runs(cx)
