"""Owns reading experiments and runs back as clients logged them: latest metrics, params, tags."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from mlops_lab.core.literals import plain_value
from mlops_lab.core.logged import (
    LoggedExperiment,
    LoggedMetric,
    LoggedParam,
    LoggedRun,
    Shown,
)

from .metrics import read_series
from .rows import pieces, storable
from .tables import experiment, experiment_tag, key, param, run, tag

_Found = dict[str, list[LoggedParam]]


def is_shown(table_is_trashed: ColumnElement[bool], shown: Shown) -> list[ColumnElement[bool]]:
    """Return the condition that a record is in use, or in the trash, or none for both."""
    if shown == "all":
        return []
    return [table_is_trashed if shown == "trashed" else ~table_is_trashed]


def read_experiment(cx: Connection, experiment_id: str) -> LoggedExperiment | None:
    """Return the experiment with this id, also from the trash; None when there is none."""
    return _one(cx, experiment.c.id == storable(experiment_id))


def find_experiment(cx: Connection, name: str) -> LoggedExperiment | None:
    """Return the experiment with this name, also from the trash; None when there is none."""
    return _one(cx, experiment.c.name == storable(name))


def list_experiments(
    cx: Connection,
    conditions: Sequence[ColumnElement[bool]],
    *,
    order: Sequence[ColumnElement[object]],
    limit: int,
    offset: int,
) -> list[LoggedExperiment]:
    """Return experiments that meet all conditions, in an order."""
    query = select(experiment).where(*conditions).order_by(*order).limit(limit).offset(offset)
    return _experiments(cx, cx.execute(query).all())


def _one(cx: Connection, condition: ColumnElement[bool]) -> LoggedExperiment | None:
    found = _experiments(cx, cx.execute(select(experiment).where(condition)).all())
    return found[0] if found else None


def _experiments(cx: Connection, rows: Sequence[Row[tuple[object, ...]]]) -> list[LoggedExperiment]:
    tags: _Found = {}
    for some in pieces([row.id for row in rows]):
        query = select(experiment_tag).where(experiment_tag.c.experiment_id.in_(some))
        for row in cx.execute(query.order_by(experiment_tag.c.name)):
            tags.setdefault(row.experiment_id, []).append(LoggedParam(row.name, row.value))
    return [
        LoggedExperiment(
            id=row.id,
            name=row.name,
            artifact_location=row.artifact_location,
            created_at=row.created_at,
            updated_at=row.updated_at,
            trashed_at=row.trashed_at,
            tags=tags.get(row.id, []),
        )
        for row in rows
    ]


def read_runs(cx: Connection, run_ids: Sequence[str]) -> list[LoggedRun]:
    """Return the runs with these ids, in their order; one that is not there is left out."""
    rows: dict[str, Row[tuple[object, ...]]] = {}
    for some in pieces(run_ids):
        rows |= {row.id: row for row in cx.execute(_select_runs().where(run.c.id.in_(some)))}
    found = [run_id for run_id in run_ids if run_id in rows]
    params = _read_params(cx, found)
    tags = _read_tags(cx, found)
    series = read_series(cx, found)
    return [
        LoggedRun(
            id=row.id,
            name=row.name,
            experiment_id=row.experiment_id,
            artifact_location=row.artifact_location,
            status=row.status,
            source=row.source,
            user=row.user,
            started_at=row.started_at,
            ended_at=row.ended_at,
            trashed_at=row.trashed_at,
            parent_run_id=row.parent_run_id,
            notebook_path=row.notebook_path,
            cell_id=row.cell_id,
            params=params.get(row.id, []),
            metrics=[
                LoggedMetric(one.name, one.last, one.last_time, one.last_step)
                for one in series.get(row.id, [])
            ],
            tags=tags.get(row.id, []),
        )
        for row in (rows[run_id] for run_id in found)
    ]


def _select_runs() -> Select[tuple[object, ...]]:
    return select(run, experiment.c.artifact_location).join(
        experiment, experiment.c.id == run.c.experiment_id
    )


def _read_params(cx: Connection, run_ids: Sequence[str]) -> _Found:
    found: _Found = {}
    for some in pieces(run_ids):
        rows = cx.execute(
            select(run.c.id, key.c.name, param.c.value)
            .join(key, key.c.id == param.c.key_id)
            .join(run, run.c.seq == param.c.run_seq)
            .where(run.c.id.in_(some))
            .order_by(param.c.run_seq, param.c.position)
        )
        for run_id, name, value in rows:
            found.setdefault(run_id, []).append(LoggedParam(name, plain_value(value)))
    return found


def _read_tags(cx: Connection, run_ids: Sequence[str]) -> _Found:
    found: _Found = {}
    for some in pieces(run_ids):
        rows = cx.execute(
            select(run.c.id, key.c.name, tag.c.value)
            .join(key, key.c.id == tag.c.key_id)
            .join(run, run.c.seq == tag.c.run_seq)
            .where(run.c.id.in_(some))
            .order_by(tag.c.run_seq, key.c.name)
        )
        for run_id, name, value in rows:
            found.setdefault(run_id, []).append(LoggedParam(name, value))
    return found
