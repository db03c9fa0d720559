"""Owns finding the best run of an experiment without reading all runs of the store, or all of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, func, select

from mlops_lab.core.tracking import Direction

from .experiments import IS_TOP
from .search_axes import count_upto
from .tables import key, run, series

_STEPS = ((50, 50), (500, 2_000))
"""So few runs of an experiment are all looked at; else so many of the best values of the store are."""

_MANY = 10_000
"""So many runs are all looked at where none of them is among the best of the store."""

_ALIKE = 2_000
"""Among so many runs with the same value the one that began first is looked for."""


def best_run(
    cx: Connection, experiment_id: str, *, metric: str, direction: Direction, runs: int
) -> tuple[str, float] | None:
    """Return the finished run, nobody's child, whose last value of the metric is best, and the value.

    Of runs that are as good the one that began first, of those that came first into the store.

    Args:
        cx: a transaction.
        experiment_id: the experiment.
        metric: name of the metric.
        direction: whether the highest or the lowest value is best.
        runs: how many runs it has, at least.
    """
    key_id = cx.execute(select(key.c.id).where(key.c.name == metric)).scalar_one_or_none()
    if key_id is None:
        return None
    own = select(run.c.seq).where(run.c.experiment_id == experiment_id, *IS_TOP)
    held = select(series.c.run_seq, series.c.last)
    held = held.where(series.c.key_id == key_id, series.c.last.is_not(None))
    best = held.order_by(_way(series.c.last, direction))
    for few, limit in _STEPS:
        if runs <= few:
            return _best_of(cx, own, key_id, direction)
        found = _first_of(cx, best.limit(limit), experiment_id, direction)
        if found is not None:
            return _earliest(cx, found, experiment_id, key_id)
        if count_upto(cx, held, limit + 1) <= limit:
            return None
    if count_upto(cx, own, _MANY + 1) <= _MANY:
        return _best_of(cx, own, key_id, direction)
    found = _first_of(cx, best, experiment_id, direction)
    return None if found is None else _earliest(cx, found, experiment_id, key_id)


def count_judged(cx: Connection, experiment_id: str, *, metric: str, among: int) -> int:
    """Return how many runs the best one is the best of: finished, nobody's children, with a value.

    Args:
        cx: a transaction.
        experiment_id: the experiment.
        metric: name of the metric.
        among: so many of the newest runs are looked at.
    """
    key_id = cx.execute(select(key.c.id).where(key.c.name == metric)).scalar_one_or_none()
    if key_id is None:
        return 0
    newest = (
        select(run.c.seq, run.c.status)
        .where(run.c.experiment_id == experiment_id, *IS_TOP)
        .order_by(run.c.started_at.desc())
        .limit(among)
        .subquery()
    )
    query = (
        select(func.count())
        .select_from(newest)
        .join(series, series.c.run_seq == newest.c.seq)
        .where(newest.c.status == "finished", series.c.key_id == key_id, series.c.last.is_not(None))
    )
    return int(cx.execute(query).scalar_one())


def _way(column: ColumnElement[Any], direction: Direction) -> ColumnElement[Any]:
    return column.asc() if direction == "min" else column.desc()


def _best_of(
    cx: Connection, runs: Select[Any], key_id: int, direction: Direction
) -> tuple[str, float] | None:
    query = (
        select(run.c.id, series.c.last)
        .join(series, series.c.run_seq == run.c.seq)
        .where(
            run.c.seq.in_(runs),
            run.c.status == "finished",
            series.c.key_id == key_id,
            series.c.last.is_not(None),
        )
        .order_by(_way(series.c.last, direction), run.c.started_at, run.c.id)
        .limit(1)
    )
    row = cx.execute(query).one_or_none()
    return None if row is None else (row.id, row.last)


def _meant(values: Subquery, experiment_id: str) -> Select[Any]:
    return (
        select(run.c.id, values.c.last)
        .join(values, values.c.run_seq == run.c.seq)
        .where(run.c.experiment_id == experiment_id, run.c.status == "finished", *IS_TOP)
    )


def _first_of(
    cx: Connection, best: Select[Any], experiment_id: str, direction: Direction
) -> tuple[str, float] | None:
    """Return the first run of the experiment along values that are in order."""
    values = best.subquery()
    query = _meant(values, experiment_id).order_by(_way(values.c.last, direction)).limit(1)
    row = cx.execute(query).one_or_none()
    return None if row is None else (row.id, row.last)


def _earliest(
    cx: Connection, found: tuple[str, float], experiment_id: str, key_id: int
) -> tuple[str, float]:
    """Return the run that began first among some with the same value."""
    alike = (
        select(series.c.run_seq, series.c.last)
        .where(series.c.key_id == key_id, series.c.last == found[1])
        .order_by(series.c.run_seq)
        .limit(_ALIKE)
    )
    query = _meant(alike.subquery(), experiment_id).order_by(run.c.started_at, run.c.id).limit(1)
    row = cx.execute(query).one_or_none()
    return found if row is None else (row.id, row.last)
