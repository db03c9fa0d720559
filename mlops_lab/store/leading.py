"""Owns which metric leads where nobody named the primary one: of an experiment, and of its runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, select

from mlops_lab.core.metrics import SYSTEM_PREFIX, primary_rank

from .experiments import IS_TOP
from .like import begins_with
from .rows import pieces
from .tables import experiment, key, run, series

_IS_SHOWN = ~begins_with(key.c.name, SYSTEM_PREFIX)

_NEWEST = (50, 2_000)
"""Among so many of the newest runs one with metrics is looked for: first among few."""

_FIRST = 20
"""Among so many of its first runs the one is looked for whose metric an experiment keeps."""

_HAVING = 10
"""So many of the newest runs with metrics are asked whether they still have that metric."""

_EXPERIMENTS_AT_ONCE = 50


def shown_metric(cx: Connection, experiment_id: str) -> str | None:
    """Return the metric of an experiment for which nobody set one.

    It is the one that the newest run with metrics names; else the one that the first run is shown
    by, while one of the newest ten has it, so that a metric which joins later does not take its
    place; else what leads in the newest. Looked for among some thousand runs that are nobody's
    children.
    """
    found = None
    for limit in _NEWEST:
        found = found or _newest_with_metrics(cx, experiment_id, limit)
    if found is None:
        return None
    names = [name for _, name in _names_of(cx, [found.seq])]
    if found.primary_metric in names:
        return str(found.primary_metric)
    kept = _kept_metrics(cx, [experiment_id]).get(experiment_id)
    if kept is not None and (kept in names or _is_had(cx, experiment_id, kept)):
        return kept
    return _leads(names, found.inferred_metric)


def find_kept(cx: Connection, shown: Mapping[str, str]) -> dict[str, int]:
    """Return the series by which runs are shown since the first run of their experiment is.

    Args:
        cx: a transaction.
        shown: what runs would be shown by otherwise, by their ids; neither they nor their
            experiments name a metric.
    """
    found: dict[str, int] = {}
    for some in pieces(shown):
        query = select(run.c.id, run.c.experiment_id).where(run.c.id.in_(some))
        experiment_of = {row.id: row.experiment_id for row in cx.execute(query)}
        kept = _kept_metrics(cx, set(experiment_of.values()))
        others = [
            one for one, at in experiment_of.items() if kept.get(at, shown[one]) != shown[one]
        ]
        if not others:
            continue
        names = {kept[experiment_of[one]] for one in others}
        query = (
            select(run.c.id, key.c.name, series.c.id.label("series_id"))
            .join(series, series.c.run_seq == run.c.seq)
            .join(key, key.c.id == series.c.key_id)
            .where(run.c.id.in_(others), key.c.name.in_(sorted(names)))
        )
        for row in cx.execute(query):
            if kept[experiment_of[row.id]] == row.name:
                found[row.id] = row.series_id
    return found


def find_leading(cx: Connection, run_ids: Sequence[str]) -> dict[str, int]:
    """Return the first series of the best ``primary_rank`` of each run that has series."""
    found: dict[str, tuple[int, int]] = {}
    for some in pieces(run_ids):
        query = (
            select(run.c.id.label("run_id"), series.c.id, key.c.name)
            .join(series, series.c.run_seq == run.c.seq)
            .join(key, key.c.id == series.c.key_id)
            .where(run.c.id.in_(some))
        )
        for row in cx.execute(query):
            rank = (primary_rank(row.name), row.id)
            found[row.run_id] = min(rank, found.get(row.run_id, rank))
    return {run_id: series_id for run_id, (_, series_id) in found.items()}


def _kept_metrics(cx: Connection, experiment_ids: Collection[str]) -> dict[str, str]:
    """Return by experiment the metric that its first run with metrics is shown by.

    A time or a count is not kept: a result that joins later takes its place.
    """
    first = _some(run.c.experiment_id == experiment.c.id, newest=False, limit=_FIRST)
    seq = select(first.c.seq).where(_has_metrics(first)).order_by(first.c.started_at, first.c.seq)
    of_experiment: dict[str, int] = {}
    for some in pieces(sorted(experiment_ids), _EXPERIMENTS_AT_ONCE):
        query = select(
            experiment.c.id, seq.limit(1).correlate(experiment).scalar_subquery().label("seq")
        ).where(experiment.c.id.in_(some))
        of_experiment |= {row.id: row.seq for row in cx.execute(query) if row.seq is not None}
    names: dict[int, list[str]] = {}
    for run_seq, name in _names_of(cx, list(of_experiment.values())):
        names.setdefault(run_seq, []).append(name)
    found: dict[str, str] = {}
    for some in pieces(sorted(of_experiment)):
        asked = select(run.c.experiment_id, run.c.seq, run.c.primary_metric, run.c.inferred_metric)
        for row in cx.execute(asked.where(run.c.seq.in_([of_experiment[one] for one in some]))):
            of_run = names.get(row.seq, [])
            metric = row.primary_metric if row.primary_metric in of_run else None
            leads = metric or (_leads(of_run, row.inferred_metric) if of_run else None)
            if leads is not None and (metric is not None or primary_rank(leads) == 0):
                found[row.experiment_id] = leads
    return found


def _leads(names: Sequence[str], inferred: str | None) -> str:
    return inferred if inferred in names and inferred is not None else min(names, key=primary_rank)


def _names_of(cx: Connection, seqs: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield the metrics of runs in the order in which they came."""
    for some in pieces(seqs):
        query = (
            select(series.c.run_seq, key.c.name)
            .join(key, series.c.key_id == key.c.id)
            .where(series.c.run_seq.in_(some), _IS_SHOWN)
            .order_by(series.c.id)
        )
        yield from ((row.run_seq, row.name) for row in cx.execute(query))


def _newest_with_metrics(cx: Connection, experiment_id: str, limit: int) -> Any:
    newest = _some(run.c.experiment_id == experiment_id, newest=True, limit=limit)
    query = (
        select(run.c.seq, run.c.primary_metric, run.c.inferred_metric)
        .join(newest, newest.c.seq == run.c.seq)
        .where(_has_metrics(newest))
        .order_by(newest.c.started_at.desc())
    )
    return cx.execute(query.limit(1)).one_or_none()


def _is_had(cx: Connection, experiment_id: str, metric: str) -> bool:
    newest = _some(run.c.experiment_id == experiment_id, newest=True, limit=_NEWEST[0])
    having: Select[Any] = select(newest.c.seq).where(_has_metrics(newest))
    having = having.order_by(newest.c.started_at.desc()).limit(_HAVING)
    query = (
        select(series.c.id)
        .join(key, key.c.id == series.c.key_id)
        .where(series.c.run_seq.in_(having), key.c.name == metric)
    )
    return cx.execute(query.limit(1)).first() is not None


def _some(condition: ColumnElement[bool], *, newest: bool, limit: int) -> Subquery:
    """Return the newest or the first runs that are nobody's children."""
    began = run.c.started_at.desc() if newest else run.c.started_at.asc()
    # No other column: these two are read from an index alone.
    query = select(run.c.seq, run.c.started_at)
    query = query.where(condition, *IS_TOP).order_by(began).limit(limit)
    return query.correlate(experiment).subquery()


def _has_metrics(runs: Subquery) -> ColumnElement[bool]:
    return (
        select(series.c.id)
        .join(key, key.c.id == series.c.key_id)
        .where(series.c.run_seq == runs.c.seq, _IS_SHOWN)
        .exists()
    )
