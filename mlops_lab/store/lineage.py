"""Owns reading who else read or made the data of a run, and what was made from the run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, select

from mlops_lab.core.lineage import (
    MAX_LINEAGE_COUNT,
    MAX_LINEAGE_RUNS,
    MAX_LINEAGE_THINGS,
    LineageDefinition,
    LineageModel,
    LineageRun,
    LineageRuns,
    LineageVersion,
)

from .capture_tables import facet, run_artifact
from .input_tables import dataset, run_dataset
from .registry_tables import logged_model, model_alias, model_version, registered_model
from .tables import definition, experiment, revision, run

_MAX_FORMS = 50


class NamedData(msgspec.Struct, frozen=True):
    """Data that a client named as an input of a run, or a file of it that other runs read."""

    name: str
    digest: str


def read_run_points(cx: Connection, run_ids: Iterable[str]) -> dict[str, LineageRun]:
    """Return those of the runs that are not in the trash, by id."""
    query = (
        select(run.c.id, run.c.name, experiment.c.name, run.c.status, run.c.source)
        .add_columns(run.c.started_at)
        .join(experiment, experiment.c.id == run.c.experiment_id)
        .where(run.c.id.in_(sorted(set(run_ids))), run.c.trashed_at.is_(None))
    )
    return {row[0]: LineageRun(*row) for row in cx.execute(query)}


def forms_of(cx: Connection, digest: str) -> list[str]:
    """Return the documents in which captured data of this digest was told."""
    query = select(facet.c.digest).where(facet.c.kind == "data", facet.c.key == digest).distinct()
    return list(cx.execute(query.order_by(facet.c.digest).limit(_MAX_FORMS)).scalars())


def readers_of(
    cx: Connection, digest: str, *, but: str, makers: Collection[str] = ()
) -> LineageRuns:
    """Return the other runs that read data of this digest.

    Args:
        cx: an open connection.
        digest: of the data.
        but: the run that does not count.
        makers: documents of ``forms_of`` that tell of data as made by the run.
    """
    captured = select(facet.c.run_id).where(*_is_data(digest), facet.c.digest.not_in(makers))
    named = (
        select(run_dataset.c.run_id)
        .join(dataset, dataset.c.id == run_dataset.c.dataset_id)
        .where(dataset.c.digest == digest)
    )
    return _newest(cx, captured, named, but=but)


def makers_of(
    cx: Connection, digest: str, *, but: str, makers: Collection[str] = ()
) -> LineageRuns:
    """Return the other runs that made data of this digest, or keep it as a file of theirs."""
    captured = select(facet.c.run_id).where(*_is_data(digest), facet.c.digest.in_(makers))
    kept = select(run_artifact.c.run_id).where(run_artifact.c.digest == digest)
    return _newest(cx, captured, kept, but=but)


def children_of(cx: Connection, run_id: str) -> LineageRuns:
    """Return the runs that a run holds."""
    return _newest_where(cx, run.c.parent_run_id == run_id)


def job_runs_of(cx: Connection, run_id: str) -> LineageRuns:
    """Return the own runs of jobs whose revision was promoted from a run."""
    return _newest_where(cx, run.c.source_run_id == run_id)


def read_datasets(cx: Connection, run_id: str) -> list[NamedData]:
    """Return the datasets that a client named as inputs of a run."""
    query = (
        select(dataset.c.name, dataset.c.digest)
        .join(run_dataset, run_dataset.c.dataset_id == dataset.c.id)
        .where(run_dataset.c.run_id == run_id)
        .order_by(dataset.c.name, dataset.c.digest)
    )
    return [NamedData(*row) for row in cx.execute(query)]


def read_used_files(cx: Connection, run_id: str) -> list[NamedData]:
    """Return the files of a run that other runs read as data."""
    other = facet.alias()
    is_read = (
        select(other.c.run_id)
        .where(
            other.c.kind == "data", other.c.key == run_artifact.c.digest, other.c.run_id != run_id
        )
        .exists()
    )
    query = (
        select(run_artifact.c.path, run_artifact.c.digest)
        .where(run_artifact.c.run_id == run_id, is_read)
        .order_by(run_artifact.c.path)
    )
    return [NamedData(*row) for row in cx.execute(query.limit(MAX_LINEAGE_THINGS))]


def read_logged_models(cx: Connection, run_id: str) -> list[LineageModel]:
    """Return the models that a client logged from a run."""
    query = select(logged_model.c.name, logged_model.c.model_type).where(
        logged_model.c.source_run_id == run_id
    )
    rows = cx.execute(query.order_by(logged_model.c.created_at).limit(MAX_LINEAGE_THINGS))
    return [LineageModel(row.name, row.model_type or "") for row in rows]


def read_run_versions(cx: Connection, run_id: str) -> list[LineageVersion]:
    """Return the versions of registered models that were made from a run, the newest first."""
    query = (
        select(model_version, registered_model.c.name)
        .join(registered_model, registered_model.c.id == model_version.c.model_id)
        .where(model_version.c.run_id == run_id)
        .order_by(model_version.c.created_at.desc(), registered_model.c.name)
        .limit(MAX_LINEAGE_THINGS)
    )
    rows = cx.execute(query).all()
    aliases: dict[tuple[str, int], list[str]] = {}
    held = select(model_alias).where(model_alias.c.model_id.in_({row.model_id for row in rows}))
    for row in cx.execute(held.order_by(model_alias.c.alias)):
        aliases.setdefault((row.model_id, row.number), []).append(row.alias)
    return [
        LineageVersion(
            row.name,
            row.number,
            row.source,
            aliases.get((row.model_id, row.number), []),
            row.stage,
            row.description,
            row.created_at,
            row.created_by,
        )
        for row in rows
    ]


def read_promoted(cx: Connection, run_id: str) -> list[LineageDefinition]:
    """Return the job definitions that have revisions from a run, by name."""
    query = (
        select(definition.c.id, definition.c.name, revision.c.number)
        .join(revision, revision.c.definition_id == definition.c.id)
        .where(revision.c.source_run_id == run_id)
        .order_by(definition.c.name, revision.c.number.desc())
        .limit(MAX_LINEAGE_COUNT)
    )
    found: dict[str, LineageDefinition] = {}
    for row in cx.execute(query):
        there = found.setdefault(row.id, LineageDefinition(row.id, row.name, []))
        there.revisions.append(row.number)
    return list(found.values())[:MAX_LINEAGE_THINGS]


def _is_data(digest: str) -> Sequence[ColumnElement[bool]]:
    return facet.c.kind == "data", facet.c.key == digest


def _newest_where(cx: Connection, condition: ColumnElement[bool]) -> LineageRuns:
    kept = select(run.c.id).where(condition, run.c.trashed_at.is_(None))
    newest = kept.order_by(run.c.started_at.desc()).limit(MAX_LINEAGE_COUNT + 1)
    ids = cx.execute(newest).scalars().all()
    return _told(cx, ids, is_exact=len(ids) <= MAX_LINEAGE_COUNT)


def _newest(cx: Connection, *queries: Select[Any], but: str) -> LineageRuns:
    """Look at no more than the newest runs of each query, by their ids, which grow with time."""
    ids: set[str] = set()
    is_exact = True
    for query in queries:
        [column] = query.selected_columns
        newest = query.where(column != but).order_by(column.desc())
        some = cx.execute(newest.limit(MAX_LINEAGE_COUNT + 1)).scalars().all()
        ids.update(some)
        is_exact = is_exact and len(some) <= MAX_LINEAGE_COUNT
    return _told(cx, ids, is_exact=is_exact)


def _told(cx: Connection, ids: Collection[str], *, is_exact: bool) -> LineageRuns:
    kept = read_run_points(cx, ids).values()
    newest = sorted(kept, key=lambda one: (-one.started_at, one.id))
    return LineageRuns(
        newest[:MAX_LINEAGE_RUNS], min(len(newest), MAX_LINEAGE_COUNT), is_exact=is_exact
    )
