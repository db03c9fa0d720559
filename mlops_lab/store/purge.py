"""Owns the removal of runs and experiments for good, with every row that nothing else needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, delete, insert, select, update

from mlops_lab.core.clock import Millis

from .capture_tables import document, entry, facet, history_cell, run_artifact
from .processes import host_name, is_alive
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
from .registry_tables import logged_model, logged_model_metric, model_version, registered_model
from .rows import pieces
from .tables import definition, experiment, revision, run, spool
from .trace_tables import evaluation_dataset_experiment, trace
from .trash_tables import purged

_SILENT_MS = 7 * 86_400_000
"""After so long without a word the process of another machine is taken for dead."""


class Removed(msgspec.Struct, frozen=True):
    """What a purge leaves to do: content that may be nobody's now, texts that had to stay, jobs."""

    digests: set[str]
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


def remove_runs(tx: Connection, run_ids: Sequence[str], *, now: Millis) -> Removed:
    """Remove runs and everything that is theirs alone; their ids are never taken in again."""
    facts = [
        tx.execute(select(run.c.history_id, run.c.spool_id).where(run.c.id.in_(some))).all()
        for some in pieces(run_ids)
    ]
    histories = {row.history_id for rows in facts for row in rows if row.history_id}
    spools = {row.spool_id for rows in facts for row in rows if row.spool_id}
    documents = values_of(tx, facet.c.digest, facet.c.run_id, run_ids)
    digests = values_of(tx, run_artifact.c.digest, run_artifact.c.run_id, run_ids)
    digests |= remove_models(
        tx, values_of(tx, logged_model.c.id, logged_model.c.source_run_id, run_ids)
    )
    datasets: set[str] = set()
    jobs: set[str] = set()
    for some in pieces(run_ids):
        datasets |= datasets_of(tx, some)
        cleared, left = clear_jobs(tx, some)
        jobs |= cleared
        digests |= left | remove_traces_of(tx, some) | remove_places_of(tx, some)
        _forget(tx, some, histories)
        tx.execute(delete(run).where(run.c.id.in_(some)))
        tx.execute(insert(purged), [{"run_id": run_id, "purged_at": now} for run_id in some])
    remove_unused_datasets(tx, datasets)
    if _are_open(tx, spools, now=now):
        # A kernel sends a text once, and later only its digest.
        return Removed(digests, len(_unneeded(tx, documents)), jobs)
    documents |= _remove_histories(tx, histories)
    _remove_documents(tx, _unneeded(tx, documents))
    return Removed(digests, 0, jobs)


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


def remove_left_documents(tx: Connection, *, now: Millis, limit: int = 10_000) -> int:
    """Remove histories and texts that no run has, if no kernel lives that could; return how many.

    The cells of a run that went on in another kernel forget it here, by one look at all cells.
    """
    gone = select(purged.c.run_id)
    of_purged = history_cell.c.run_id.in_(gone)
    tx.execute(update(history_cell).where(of_purged).values(run_id=None))
    living = set(tx.execute(select(spool.c.id)).scalars())
    if _are_open(tx, living, now=now):
        return 0
    known = select(run.c.history_id).where(run.c.history_id.is_not(None))
    tx.execute(delete(history_cell).where(history_cell.c.history_id.not_in(known)))
    named = select(facet.c.digest).union(select(history_cell.c.digest))
    query = select(document.c.digest).where(document.c.digest.not_in(named)).limit(limit)
    left = set(tx.execute(query).scalars())
    _remove_documents(tx, left)
    return len(left)


def _forget(tx: Connection, run_ids: Sequence[str], histories: Collection[str]) -> None:
    """Take the names of runs out of the rows that stay."""
    for some in pieces(sorted(histories)):
        tx.execute(
            update(history_cell)
            .where(history_cell.c.history_id.in_(some), history_cell.c.run_id.in_(run_ids))
            .values(run_id=None)
        )
    columns: list[Column[Any]] = [
        run.c.parent_run_id,
        run.c.same_as,
        run.c.source_run_id,
    ]
    for column in columns:
        tx.execute(update(column.table).where(column.in_(run_ids)).values({column.name: None}))
    tx.execute(delete(logged_model_metric).where(logged_model_metric.c.run_id.in_(run_ids)))


def _are_open(cx: Connection, spools: Collection[str], *, now: Millis) -> bool:
    for some in pieces(sorted(spools)):
        for row in cx.execute(select(spool).where(spool.c.id.in_(some))):
            if row.host != host_name():
                if now - row.updated_at < _SILENT_MS:
                    return True
            elif is_alive(row.pid, row.process_started_at):
                return True
    return False


def _remove_histories(tx: Connection, histories: Collection[str]) -> set[str]:
    documents: set[str] = set()
    for some in pieces(sorted(histories)):
        needed = set(
            tx.execute(select(run.c.history_id).where(run.c.history_id.in_(some))).scalars()
        )
        going = [one for one in some if one not in needed]
        query = delete(history_cell).where(history_cell.c.history_id.in_(going))
        documents.update(tx.execute(query.returning(history_cell.c.digest)).scalars())
    return documents


def _unneeded(cx: Connection, documents: Collection[str]) -> set[str]:
    named = values_of(cx, facet.c.digest, facet.c.digest, documents)
    named |= values_of(cx, history_cell.c.digest, history_cell.c.digest, documents)
    return set(documents) - named


def _remove_documents(tx: Connection, digests: Collection[str]) -> None:
    shared = values_of(tx, document.c.shared, document.c.digest, digests) - {None}
    for some in pieces(sorted(digests)):
        tx.execute(delete(entry).where(entry.c.owner.in_(some)))
        tx.execute(delete(document).where(document.c.digest.in_(some)))
    left = shared - values_of(tx, document.c.shared, document.c.shared, shared)
    for some in pieces(sorted(left)):
        tx.execute(delete(entry).where(entry.c.owner.in_(some)))
