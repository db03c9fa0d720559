"""Owns the removal of runs and experiments for good, with every row that nothing else needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, delete, insert, select, update

from mlops_lab.core.clock import Millis

from .capture_tables import facet, history_cell, run_artifact
from .purge_linked import (
    clear_jobs,
    datasets_of,
    remove_models,
    remove_places_of,
    remove_traces,
    remove_traces_of,
    remove_unused_datasets,
    values_of,
    versions_without_run,
)
from .purge_texts import remove_texts_of
from .registry_tables import logged_model, logged_model_metric, model_version, registered_model
from .rows import pieces
from .tables import definition, experiment, revision, run
from .trace_tables import evaluation_dataset_experiment, trace
from .trash_tables import purged

_REFERRING: tuple[Column[Any], ...] = (run.c.parent_run_id, run.c.same_as, run.c.source_run_id)


class Removed(msgspec.Struct, frozen=True):
    """What a purge leaves to do: content that may be nobody's now, jobs, texts that stay a while.

    ``digests`` tell of content since when the first run that named it lies in the trash.
    """

    digests: dict[str, Millis]
    documents_kept: int
    jobs: set[str]


def needed_by(cx: Connection, run_ids: Collection[str]) -> dict[str, str]:
    """Return for each run that something else refers to in words what that is."""
    found = _needed_by_address(cx, run_ids)
    for some in pieces(sorted(run_ids)):
        for run_id, query in (
            (model_version.c.run_id, select(model_version.c.run_id)),
            (
                logged_model.c.source_run_id,
                select(logged_model.c.source_run_id).join(
                    model_version, model_version.c.logged_model_id == logged_model.c.id
                ),
            ),
        ):
            versions = (
                query.add_columns(registered_model.c.name, model_version.c.number)
                .join(registered_model, registered_model.c.id == model_version.c.model_id)
                .where(run_id.in_(some))
            )
            for needed, name, number in cx.execute(versions):
                found[needed] = f"version {number} of the model {name!r} comes from it"
        revisions = (
            select(revision.c.source_run_id, definition.c.name, revision.c.number)
            .join(definition, definition.c.id == revision.c.definition_id)
            .where(revision.c.source_run_id.in_(some))
        )
        for needed, name, number in cx.execute(revisions):
            found[needed] = f"revision {number} of the job definition {name!r} comes from it"
    return found


def _needed_by_address(cx: Connection, run_ids: Collection[str]) -> dict[str, str]:
    named = dict(versions_without_run(cx))
    models = {f"m-{one}": words for one, words in named.items()}
    made: dict[str, str] = {}
    for some in pieces(sorted(models)):
        query = select(logged_model.c.source_run_id, logged_model.c.id)
        for run_id, model_id in cx.execute(query.where(logged_model.c.id.in_(some))):
            made[run_id] = models[model_id]
    return {one: words for one, words in (named | made).items() if one in set(run_ids)}


def remove_runs(tx: Connection, runs: Mapping[str, Millis], *, now: Millis) -> Removed:
    """Remove runs and everything that is theirs alone; their ids are never taken in again.

    Args:
        tx: an open transaction.
        runs: by id, each with the time when it came into the trash.
        now: the time.
    """
    if not runs:
        return Removed({}, 0, set())
    run_ids = sorted(runs)
    histories = _histories_of(tx, run_ids)
    texts = values_of(tx, facet.c.digest, facet.c.run_id, run_ids)
    digests = _files_of(tx, runs)
    others = remove_models(
        tx, values_of(tx, logged_model.c.id, logged_model.c.source_run_id, run_ids)
    )
    datasets: set[str] = set()
    jobs: set[str] = set()
    for some in pieces(run_ids):
        datasets |= datasets_of(tx, some)
        cleared, left = clear_jobs(tx, some)
        jobs |= cleared
        others |= left | remove_traces_of(tx, some) | remove_places_of(tx, some)
        _forget(tx, some)
        tx.execute(delete(run).where(run.c.id.in_(some)))
        tx.execute(insert(purged), [{"run_id": run_id, "purged_at": now} for run_id in some])
    remove_unused_datasets(tx, datasets)
    first = min(runs.values())
    digests |= {one: min(first, digests.get(one, first)) for one in others}
    return Removed(digests, remove_texts_of(tx, texts, histories, now=now), jobs)


def _histories_of(cx: Connection, run_ids: Sequence[str]) -> set[tuple[str, str | None]]:
    found: set[tuple[str, str | None]] = set()
    for some in pieces(run_ids):
        # A run that went on in another kernel tells nothing of the one whose history it has.
        query = select(run.c.history_id, run.c.spool_id).where(
            run.c.id.in_(some), run.c.history_id.is_not(None), run.c.resumed_at.is_(None)
        )
        found.update((row.history_id, row.spool_id) for row in cx.execute(query))
    return found


def _files_of(cx: Connection, runs: Mapping[str, Millis]) -> dict[str, Millis]:
    found: dict[str, Millis] = {}
    for some in pieces(sorted(runs)):
        query = select(run_artifact.c.run_id, run_artifact.c.digest)
        for row in cx.execute(query.where(run_artifact.c.run_id.in_(some))):
            since = runs[row.run_id]
            found[row.digest] = min(since, found.get(row.digest, since))
    return found


def remove_experiment(tx: Connection, experiment_id: str) -> set[str]:
    """Remove an experiment without runs, with its models, traces, tags; return content it named."""
    owned = [experiment_id]
    digests = remove_models(
        tx, values_of(tx, logged_model.c.id, logged_model.c.experiment_id, owned)
    )
    digests |= remove_traces(tx, values_of(tx, trace.c.id, trace.c.experiment_id, owned))
    linked = evaluation_dataset_experiment
    tx.execute(delete(linked).where(linked.c.experiment_id == experiment_id))
    tx.execute(delete(experiment).where(experiment.c.id == experiment_id))
    return digests


def referring(cx: Connection, run_ids: Sequence[str]) -> set[str]:
    """Return the runs that name these: their children, repetitions, and what came from them."""
    found: set[str] = set()
    for column in _REFERRING:
        found |= values_of(cx, run.c.id, column, run_ids)
    return found


def _forget(tx: Connection, run_ids: Sequence[str]) -> None:
    """Take the names of runs out of the rows that stay."""
    in_history = history_cell.c.run_id.in_(run_ids)
    tx.execute(update(history_cell).where(in_history).values(run_id=None))
    for column in _REFERRING:
        tx.execute(update(run).where(column.in_(run_ids)).values({column.name: None}))
    tx.execute(delete(logged_model_metric).where(logged_model_metric.c.run_id.in_(run_ids)))
