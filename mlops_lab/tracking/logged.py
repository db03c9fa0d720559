"""Owns ``lab.logged``: experiments and runs read back as clients logged them, with all points."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.logged import HistoryRow, LoggedExperiment, LoggedRun, Shown
from mlops_lab.store import logged, metrics
from mlops_lab.store.metrics import History, SeriesRow
from mlops_lab.store.store import Store
from mlops_lab.store.tables import experiment

from .experimentsearch import experiment_conditions, experiment_order
from .thin import thinned_rows


class LoggedService:
    """Reads what was logged into one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get_experiment(self, experiment_id: str) -> LoggedExperiment:
        """Return an experiment, also from the trash.

        Raises:
            NotFoundError: there is none with this id.
        """
        with self._store.read() as cx:
            found = logged.read_experiment(cx, experiment_id)
        if found is None:
            raise NotFoundError(f"No Experiment with id={experiment_id} exists")
        return found

    def find_experiment(self, name: str) -> LoggedExperiment | None:
        """Return the experiment with this name, also from the trash; None when there is none."""
        with self._store.read() as cx:
            return logged.find_experiment(cx, name)

    def search_experiments(
        self,
        text: str = "",
        *,
        order_by: Sequence[str] = (),
        shown: Shown = "active",
        limit: int,
        offset: int = 0,
    ) -> list[LoggedExperiment]:
        """Return experiments that match a filter of MLflow's grammar.

        Raises:
            InvalidInputError: the filter or the order cannot be used.
        """
        conditions = experiment_conditions(text, dialect=self._store.dialect)
        conditions += logged.is_shown(experiment.c.trashed_at.is_not(None), shown)
        order = experiment_order(order_by)
        with self._store.read() as cx:
            return logged.list_experiments(cx, conditions, order=order, limit=limit, offset=offset)

    def get_run(self, run_id: str) -> LoggedRun:
        """Return a run, also from the trash.

        Raises:
            NotFoundError: there is none with this id.
        """
        found = self.get_runs([run_id])
        if not found:
            raise NotFoundError(f"Run with id={run_id} not found")
        return found[0]

    def get_runs(self, run_ids: Sequence[str]) -> list[LoggedRun]:
        """Return the runs with these ids, in their order; one that is not there is left out."""
        with self._store.read() as cx:
            return logged.read_runs(cx, run_ids)

    def metric_history(self, run_id: str, name: str, *, limit: int, after: str = "") -> History:
        """Return points of a metric by time, step and value; none when the run has no such metric.

        Args:
            run_id: the run.
            name: the metric.
            limit: most points.
            after: ``History.after`` of the page before; empty for the first page.

        Raises:
            NotFoundError: there is no such run.
            InvalidInputError: ``after`` is not of a page.
        """
        with self._store.read() as cx:
            stored = _series_of(cx, run_id, name)
            if stored is None:
                return History(points=[], after=None)
            return metrics.read_history(cx, stored, after=after, limit=limit)

    def count_points(self, run_id: str, name: str) -> int:
        """Return how many points a metric has; 0 when the run has no such metric.

        Raises:
            NotFoundError: there is no such run.
        """
        with self._store.read() as cx:
            stored = _series_of(cx, run_id, name)
        return 0 if stored is None else stored.count

    def points_by_step(self, run_id: str, name: str) -> list[HistoryRow]:
        """Return all points of a metric by step, time and value: for metrics of a few thousand.

        Raises:
            NotFoundError: there is no such run.
        """
        with self._store.read() as cx:
            stored = _series_of(cx, run_id, name)
            points = [] if stored is None else metrics.read_points(cx, [stored])[stored.id]
        return sorted(points, key=lambda point: (point[0], point[1], point[2] or 0.0))

    def thinned_points(
        self, run_id: str, name: str, *, steps: tuple[int, int] | None, limit: int
    ) -> list[HistoryRow]:
        """Return at most ``limit`` points of a metric by step, its extremes among them.

        Args:
            run_id: the run.
            name: the metric.
            steps: the lowest and the highest step that are wanted; None means all.
            limit: most points, at least 10.

        Raises:
            NotFoundError: there is no such run.
        """
        with self._store.read() as cx:
            stored = _series_of(cx, run_id, name)
            return [] if stored is None else thinned_rows(cx, stored, max_points=limit, steps=steps)


def _series_of(cx: Connection, run_id: str, name: str) -> SeriesRow | None:
    series = metrics.read_series(cx, [run_id]).get(run_id)
    if series is None and not logged.read_runs(cx, [run_id]):
        raise NotFoundError(f"Run with id={run_id} not found")
    return next((one for one in series or [] if one.name == name), None)
