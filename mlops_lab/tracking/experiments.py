"""Owns what is told of experiments: their metric, which way it is better, and the best run by it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from mlops_lab.core.errors import InvalidInputError, LimitError, NotFoundError, did_you_mean
from mlops_lab.core.limits import MAX_NAMED, MAX_PAGE, check_key
from mlops_lab.core.metrics import guess_direction
from mlops_lab.core.numbers import to_wire
from mlops_lab.core.tracking import Briefing, Experiment, ExperimentList, ExperimentUpdate
from mlops_lab.store import audit, experiments, outbox
from mlops_lab.store.bestrun import best_run, count_judged
from mlops_lab.store.experiments import ExperimentRow
from mlops_lab.store.keyset import write_token
from mlops_lab.store.leading import shown_metric
from mlops_lab.store.rows import storable
from mlops_lab.store.store import Store

_KNOWN = 1_000
"""Most of the newest runs that a kernel is told of."""

_COUNTED = 10_000
"""Over so many of its newest runs the sums of one experiment go."""

_LISTED = 1_000
"""Over so many they go in a list."""


class ExperimentsService:
    """The experiments of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, *, limit: int = 100, cursor: str | None = None) -> ExperimentList:
        """Return a page of experiments, the one with the newest run first.

        Raises:
            InvalidInputError: the limit or the cursor cannot be used.
        """
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInputError(
                f"A page of {limit} experiments was asked for.", hint=f"Ask for 1 to {MAX_PAGE}."
            )
        after = None if cursor is None else experiments.read_place(cursor)
        with self._store.read() as cx:
            found = experiments.read_page(cx, after=after, limit=limit + 1)
            shown = [experiment_id for experiment_id, _ in found[:limit]]
            rows = experiments.read_experiments(cx, shown, counted=_LISTED)
            return ExperimentList(
                experiments=[_describe(cx, row, counted=_LISTED) for row in rows],
                next_cursor=write_token(found[limit - 1][1]) if len(found) > limit else None,
            )

    def list_named(self, names: Sequence[str]) -> ExperimentList:
        """Return the experiments of these names, in that order; those that are not there are left out.

        Raises:
            InvalidInputError: too many are named.
        """
        if len(names) > MAX_NAMED:
            raise InvalidInputError(
                f"{len(names)} experiments are too many.", hint=f"Name up to {MAX_NAMED}."
            )
        with self._store.read() as cx:
            ids = experiments.find_named(cx, names)
            rows = experiments.read_experiments(cx, ids, counted=_LISTED)
            return ExperimentList(experiments=[_describe(cx, row, counted=_LISTED) for row in rows])

    def get(self, name: str) -> Experiment:
        """Return one experiment.

        Raises:
            NotFoundError: there is none of this name.
        """
        with self._store.read() as cx:
            return _describe(cx, _find(cx, name), counted=_COUNTED)

    def update(self, name: str, change: ExperimentUpdate, *, user: str) -> Experiment:
        """Set the primary metric of an experiment, or which way it is better.

        Raises:
            InvalidInputError: the metric cannot be a metric's name.
            NotFoundError: there is no experiment of this name.
        """
        metric = change.primary_metric
        try:
            metric = None if metric is None else storable(check_key("metric", metric))
        except LimitError as error:
            raise InvalidInputError(error.message, hint=error.hint) from error
        with self._store.write_durably() as tx:
            found = _find(tx, name)
            experiments.set_primary(tx, found.id, metric=metric, direction=change.direction)
            told = {"primary_metric": metric, "direction": change.direction}
            audit.note(tx, "update", "experiment", found.id, who=user, name=found.name, **told)
            outbox.put_change(tx, "experiment", found.id, "updated")
        return self.get(name)

    def brief(self, name: str) -> Briefing:
        """Return what a kernel needs to know of an experiment, which need not exist yet."""
        with self._store.read() as cx:
            row = _look(cx, name)
            if row is None:
                return Briefing(experiment=None, known=[])
            known = experiments.known_runs(cx, row.id, limit=_KNOWN)
            return Briefing(experiment=_describe(cx, row, counted=_COUNTED), known=known)


def _look(cx: Connection, name: str) -> ExperimentRow | None:
    found = experiments.find_experiment(cx, experiments.stored_name(name))
    if found is None:
        return None
    [row] = experiments.read_experiments(cx, [found], counted=_COUNTED)
    return row


def _find(cx: Connection, name: str) -> ExperimentRow:
    row = _look(cx, name)
    if row is not None:
        return row
    raise NotFoundError(
        f"There is no experiment {name[:80]!r}.",
        hint=did_you_mean(name, experiments.read_names(cx)),
    )


def _describe(cx: Connection, row: ExperimentRow, *, counted: int) -> Experiment:
    metric = row.primary_metric or shown_metric(cx, row.id)
    direction = row.direction or (None if metric is None else guess_direction(metric))
    best = None
    if metric is not None and direction is not None:
        best = best_run(cx, row.id, metric=metric, direction=direction, runs=row.runs)
    judged = 0
    if metric is not None and best is not None:
        judged = count_judged(cx, row.id, metric=metric, among=counted)
    return Experiment(
        name=row.name,
        primary_metric=metric,
        direction=direction,
        runs=row.runs,
        best_run_id=None if best is None else best[0],
        best=None if best is None else to_wire(best[1]),
        total_duration_ms=row.total_duration_ms,
        total_cpu_ms=row.total_cpu_ms,
        max_peak_memory=row.max_peak_memory,
        is_exact=row.is_exact,
        judged=judged,
    )
