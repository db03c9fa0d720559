"""Owns the removal of what hangs from runs and experiments: logged models, traces, datasets, files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Column, Connection, delete, exists, select, update

from mlops_lab.core.traces import ARTIFACT_LOCATION, SOURCE_RUN

from .free_file_tables import free_file
from .input_tables import dataset, run_dataset
from .registry_tables import logged_model, model_version, registered_model, run_model
from .rows import pieces
from .tables import experiment, job, run
from .trace_tables import assessment, issue, trace, trace_note, trace_run, trace_tag

MODEL_AREA = "logged_model/"
"""What the area of the files of a logged model begins with, before its id."""

OTHERS_AREA = "mlflow"
"""The area of files that clients put where neither a run nor a logged model is."""

_SCHEME = "mlflow-artifacts:/"
_ID = re.compile(r"[0-9a-f]{32}")
_READ_AT_ONCE = 1_000
_LEFT_IN_JOBS = dict.fromkeys(
    (
        "run_id",
        "notebook_digest",
        "error_name",
        "error_message",
        "error_traceback",
        "failing_source",
    )
)


def values_of(cx: Connection, wanted: Column[str], of: Column[str], ids: Iterable[str]) -> set[str]:
    """Return the values of a column in the rows whose column ``of`` is one of ``ids``."""
    found: set[str] = set()
    for some in pieces(ids):
        found.update(cx.execute(select(wanted).where(of.in_(some))).scalars())
    return found


def versions_without_run(cx: Connection) -> list[tuple[str, str]]:
    """Return (id, words) for each run or logged model that the address of a version names.

    Only of versions that do not say from which run they are.
    """
    query = (
        select(
            registered_model.c.name,
            model_version.c.number,
            model_version.c.source,
            model_version.c.location,
            model_version.c.logged_model_id,
        )
        .join(registered_model, registered_model.c.id == model_version.c.model_id)
        .where(model_version.c.run_id.is_(None))
    )
    found = []
    for name, number, *places in cx.execute(query.execution_options(yield_per=_READ_AT_ONCE)):
        words = f"version {number} of the model {name!r} comes from it"
        for place in places:
            found += [(one, words) for one in _ID.findall(place or "")]
    return found


def models_needed(cx: Connection, experiment_id: str) -> str:
    """Say which model version comes from a logged model of an experiment; empty when none does."""
    of_experiment = logged_model.c.experiment_id == experiment_id
    query = (
        select(registered_model.c.name, model_version.c.number)
        .join(registered_model, registered_model.c.id == model_version.c.model_id)
        .join(logged_model, logged_model.c.id == model_version.c.logged_model_id)
    )
    for name, number in cx.execute(query.where(of_experiment).limit(1)):
        return f"version {number} of the model {name!r} comes from a model of it"
    mine = set(cx.execute(select(logged_model.c.id).where(of_experiment)).scalars())
    for found, words in versions_without_run(cx):
        if f"m-{found}" in mine:
            return words
    return ""


def remove_models(tx: Connection, models: Collection[str]) -> set[str]:
    """Remove logged models with their files; return the content that these named."""
    digests: set[str] = set()
    places: list[str] = []
    for some in pieces(sorted(models)):
        areas = [f"{MODEL_AREA}{one}" for one in some]
        query = delete(free_file).where(free_file.c.area.in_(areas))
        digests.update(tx.execute(query.returning(free_file.c.digest)).scalars())
        places += tx.execute(
            select(logged_model.c.location).where(logged_model.c.id.in_(some))
        ).scalars()
        tx.execute(delete(run_model).where(run_model.c.model_id.in_(some)))
        tx.execute(delete(logged_model).where(logged_model.c.id.in_(some)))
    return digests | remove_places(tx, places)


def remove_traces_of(tx: Connection, run_ids: Sequence[str]) -> set[str]:
    """Remove the traces that were made in runs, and what runs judged of others; return content."""
    query = select(trace_note.c.trace_id).where(
        trace_note.c.name == SOURCE_RUN, trace_note.c.value.in_(run_ids)
    )
    digests = remove_traces(tx, set(tx.execute(query).scalars()))
    linked = values_of(tx, trace_run.c.trace_id, trace_run.c.run_id, run_ids)
    for some in pieces(sorted(linked)):
        found = select(assessment.c.id, assessment.c.overrides, assessment.c.content)
        judged = [
            row
            for row in tx.execute(found.where(assessment.c.trace_id.in_(some)))
            if any(run_id in row.content for run_id in run_ids)
        ]
        tx.execute(delete(assessment).where(assessment.c.id.in_([row.id for row in judged])))
        again = [row.overrides for row in judged if row.overrides]
        tx.execute(update(assessment).where(assessment.c.id.in_(again)).values(valid=True))
    tx.execute(delete(trace_run).where(trace_run.c.run_id.in_(run_ids)))
    found_by = issue.c.source_run_id.in_(run_ids)
    tx.execute(update(issue).where(found_by).values(source_run_id=None))
    return digests


def remove_traces(tx: Connection, trace_ids: Collection[str]) -> set[str]:
    """Remove traces with their spans and files; return the content that these named."""
    places: list[str] = []
    for some in pieces(sorted(trace_ids)):
        query = select(trace_tag.c.value).where(
            trace_tag.c.trace_id.in_(some), trace_tag.c.name == ARTIFACT_LOCATION
        )
        places += tx.execute(query).scalars()
        tx.execute(delete(trace_run).where(trace_run.c.trace_id.in_(some)))
        tx.execute(delete(trace).where(trace.c.id.in_(some)))
    return remove_places(tx, places)


def remove_places_of(tx: Connection, run_ids: Sequence[str]) -> set[str]:
    """Remove the files that clients put at the addresses of runs; return the content they named."""
    query = (
        select(run.c.id, run.c.experiment_id, experiment.c.artifact_location)
        .join(experiment, experiment.c.id == run.c.experiment_id)
        .where(run.c.id.in_(run_ids))
    )
    places = [
        f"{(row.artifact_location or _SCHEME + row.experiment_id).rstrip('/')}/{row.id}/artifacts"
        for row in tx.execute(query)
    ]
    return remove_places(tx, places)


def remove_places(tx: Connection, places: Iterable[str]) -> set[str]:
    """Remove the free files at and below addresses; return the content that they named."""
    folders = {
        one.removeprefix(_SCHEME).strip("/") for one in places if one.startswith(_SCHEME)
    } - {""}
    if not folders:
        return set()
    query = select(free_file.c.path).where(free_file.c.area == OTHERS_AREA)
    rows = tx.execute(query.execution_options(yield_per=_READ_AT_ONCE)).scalars()
    going = [path for path in rows if folder_in(path, folders)]
    digests: set[str] = set()
    for some in pieces(going):
        remove = delete(free_file).where(
            free_file.c.area == OTHERS_AREA, free_file.c.path.in_(some)
        )
        digests.update(tx.execute(remove.returning(free_file.c.digest)).scalars())
    return digests


def folder_in(path: str, folders: Collection[str]) -> bool:
    """Tell whether a path is one of the folders, or in one."""
    parts = path.split("/")
    return any("/".join(parts[:count]) in folders for count in range(1, len(parts) + 1))


def datasets_of(cx: Connection, run_ids: Sequence[str]) -> set[str]:
    """Return the ids of the datasets that went into runs."""
    return values_of(cx, run_dataset.c.dataset_id, run_dataset.c.run_id, run_ids)


def remove_unused_datasets(tx: Connection, datasets: Collection[str]) -> None:
    """Remove those of the datasets that went into no run any more."""
    used = exists().where(run_dataset.c.dataset_id == dataset.c.id)
    for some in pieces(sorted(datasets)):
        tx.execute(delete(dataset).where(dataset.c.id.in_(some), ~used))


def clear_jobs(tx: Connection, run_ids: Sequence[str]) -> tuple[set[str], set[str]]:
    """Take what runs left in their jobs out of these; return the ids of the jobs, and content."""
    query = select(job.c.id, job.c.notebook_digest).where(job.c.run_id.in_(run_ids))
    rows = tx.execute(query).all()
    for some in pieces([row.id for row in rows]):
        tx.execute(update(job).where(job.c.id.in_(some)).values(_LEFT_IN_JOBS))
    return {row.id for row in rows}, {row.notebook_digest for row in rows} - {None}
