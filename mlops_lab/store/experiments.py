"""Owns the rows of experiments: by name, with what is set of them, and what their runs add up to."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, and_, case, func, select, update

from mlops_lab.core.clock import Millis
from mlops_lab.core.ids import new_id
from mlops_lab.core.logged import DEFAULT_EXPERIMENT, DEFAULT_EXPERIMENT_ID
from mlops_lab.core.metrics import SYSTEM_PREFIX
from mlops_lab.core.tracking import Direction, KnownRun

from .rows import pieces, storable, upsert
from .tables import experiment, key, run, series


class ExperimentRow(msgspec.Struct, frozen=True):
    """An experiment: what is set of it, or None, and the sums over its runs."""

    id: str
    name: str
    primary_metric: str | None
    direction: Direction | None
    runs: int
    total_duration_ms: Millis
    total_cpu_ms: Millis
    max_peak_memory: int | None


def stored_name(name: str) -> str:
    """Return the name under which an experiment is kept."""
    return storable(name).strip() or DEFAULT_EXPERIMENT


def experiment_ids(tx: Connection, names: set[str], *, now: Millis) -> dict[str, str]:
    """Return the id of the experiment of each name, making those that are new."""
    stored_names = {name: stored_name(name) for name in names}
    wanted = sorted(set(stored_names.values()))
    ids = _read_ids(tx, wanted)
    missing = [name for name in wanted if name not in ids]
    if missing:
        tx.execute(
            upsert(tx, experiment).on_conflict_do_nothing(index_elements=["name"]),
            [{"id": _new_id(name), "name": name, "created_at": now} for name in missing],
        )
        ids |= _read_ids(tx, missing)
    return {name: ids[stored] for name, stored in stored_names.items()}


def _new_id(name: str) -> str:
    """Return the id of a new experiment: MLflow's clients know the default one as "0"."""
    return DEFAULT_EXPERIMENT_ID if name == DEFAULT_EXPERIMENT else new_id()


def _read_ids(cx: Connection, names: Iterable[str]) -> dict[str, str]:
    ids: dict[str, str] = {}
    for some in pieces(names):
        rows = cx.execute(
            select(experiment.c.name, experiment.c.id).where(experiment.c.name.in_(some))
        )
        ids.update((row.name, row.id) for row in rows)
    return ids


def set_primary(
    tx: Connection, experiment_id: str, *, metric: str | None, direction: Direction | None
) -> None:
    """Set the primary metric, the direction, or both; what is None stays."""
    given = {"primary_metric": metric, "direction": direction}
    values = {name: value for name, value in given.items() if value is not None}
    if values:
        tx.execute(update(experiment).where(experiment.c.id == experiment_id).values(values))


def read_names(cx: Connection) -> list[str]:
    """Return the names of all experiments."""
    return list(cx.execute(select(experiment.c.name).order_by(experiment.c.name)).scalars())


def read_experiments(cx: Connection, *, name: str | None = None) -> list[ExperimentRow]:
    """Return experiments with their sums, the one with the newest run first; one, when it is named.

    Times and number are those of runs that are nobody's children. What is in the trash is left out,
    but an experiment that is named is found there too.
    """
    is_top = run.c.parent_run_id.is_(None)
    query = (
        select(
            experiment.c.id,
            experiment.c.name,
            experiment.c.primary_metric,
            experiment.c.direction,
            func.count(case((is_top, run.c.id))).label("runs"),
            func.coalesce(func.sum(case((is_top, run.c.duration_ms))), 0).label("duration"),
            func.coalesce(func.sum(case((is_top, run.c.cpu_ms))), 0).label("cpu"),
            func.max(run.c.peak_memory).label("peak"),
        )
        .outerjoin(run, and_(run.c.experiment_id == experiment.c.id, run.c.trashed_at.is_(None)))
        .group_by(
            experiment.c.id,
            experiment.c.name,
            experiment.c.primary_metric,
            experiment.c.direction,
            experiment.c.created_at,
        )
        .order_by(
            func.coalesce(func.max(run.c.started_at), experiment.c.created_at).desc(),
            experiment.c.name,
        )
    )
    is_meant = experiment.c.trashed_at.is_(None) if name is None else experiment.c.name == name
    query = query.where(is_meant)
    return [
        ExperimentRow(
            id=row.id,
            name=row.name,
            primary_metric=row.primary_metric,
            direction=row.direction,
            runs=row.runs,
            total_duration_ms=int(row.duration),
            total_cpu_ms=int(row.cpu),
            max_peak_memory=row.peak,
        )
        for row in cx.execute(query)
    ]


def shown_metric(cx: Connection, experiment_id: str) -> str | None:
    """Return the metric that the newest run with metrics shows: the one it names, or its first."""
    is_shown = ~key.c.name.startswith(SYSTEM_PREFIX)
    has_metrics = (
        select(series.c.id)
        .join(key, key.c.id == series.c.key_id)
        .where(series.c.run_seq == run.c.seq, is_shown)
        .exists()
    )
    newest = (
        select(run.c.seq, func.coalesce(run.c.primary_metric, run.c.inferred_metric).label("named"))
        .where(
            run.c.experiment_id == experiment_id,
            run.c.parent_run_id.is_(None),
            run.c.trashed_at.is_(None),
            has_metrics,
        )
        .order_by(run.c.started_at.desc())
        .limit(1)
    )
    found = cx.execute(newest).one_or_none()
    if found is None:
        return None
    first = (
        select(key.c.name)
        .join(series, series.c.key_id == key.c.id)
        .where(series.c.run_seq == found.seq, is_shown)
        .order_by(case((key.c.name == found.named, 0), else_=1), series.c.id)
        .limit(1)
    )
    name: str = cx.execute(first).scalar_one()
    return name


def best_run(
    cx: Connection, experiment_id: str, *, metric: str, direction: Direction
) -> tuple[str, float] | None:
    """Return the finished run, nobody's child, whose last value of the metric is best, and the value."""
    order = series.c.last.asc() if direction == "min" else series.c.last.desc()
    query = (
        select(run.c.id, series.c.last)
        .join(series, series.c.run_seq == run.c.seq)
        .join(key, key.c.id == series.c.key_id)
        .where(
            run.c.experiment_id == experiment_id,
            run.c.status == "finished",
            run.c.parent_run_id.is_(None),
            run.c.trashed_at.is_(None),
            key.c.name == metric,
            series.c.last.is_not(None),
        )
        .order_by(order, run.c.started_at, run.c.id)
        .limit(1)
    )
    found = cx.execute(query).one_or_none()
    return None if found is None else (found.id, found.last)


def known_runs(cx: Connection, experiment_id: str, *, limit: int) -> list[KnownRun]:
    """Return the newest finished runs of which is known what they were made of, one an identity."""
    query = (
        select(run.c.identity, run.c.id, run.c.name)
        .where(
            run.c.experiment_id == experiment_id,
            run.c.status == "finished",
            run.c.trashed_at.is_(None),
            run.c.identity.is_not(None),
        )
        .order_by(run.c.started_at.desc(), run.c.id.desc())
        .limit(limit)
    )
    newest: dict[str, KnownRun] = {}
    for row in cx.execute(query):
        newest.setdefault(row.identity, KnownRun(row.identity, row.id, row.name))
    return list(newest.values())
