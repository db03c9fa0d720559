"""Owns reading what the jobs of definitions came to: outcomes, metrics, and models with an alias."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, func, select

from mlops_lab.core.jobs import MAX_MADE_MODELS, MAX_PAST_JOBS, JobResult, MadeModel, PastJob

from .registry_tables import model_alias, model_version, registered_model
from .runs import summaries_of
from .tables import definition, job, run


def read_past(cx: Connection, definition_id: str | None = None) -> dict[str, list[PastJob]]:
    """Return the newest jobs of one definition, or of each, with what their runs came to."""
    found: dict[str, list[PastJob]] = {}
    for owner, past in _read_newest(cx, definition_id):
        several = found.setdefault(owner, [])
        if len(several) < MAX_PAST_JOBS:
            several.append(past)
    shown = [past.run_id for several in found.values() for past in several if past.run_id]
    results = _read_results(cx, shown)
    return {
        owner: [
            msgspec.structs.replace(past, result=results.get(past.run_id or "")) for past in several
        ]
        for owner, several in found.items()
    }


def read_models(cx: Connection, definition_id: str | None = None) -> dict[str, list[MadeModel]]:
    """Return the versions with an alias that jobs of one definition made, or of each."""
    # From the aliases, which are few, to the definition: so the history of jobs costs nothing.
    query = (
        select(run.c.definition_id, registered_model.c.name, model_alias.c.number)
        .add_columns(model_alias.c.alias)
        .join(registered_model, registered_model.c.id == model_alias.c.model_id)
        .join(
            model_version,
            (model_version.c.model_id == model_alias.c.model_id)
            & (model_version.c.number == model_alias.c.number),
        )
        .join(run, run.c.id == model_version.c.run_id)
        .where(run.c.definition_id.is_not(None))
        .order_by(registered_model.c.name, model_alias.c.number.desc(), model_alias.c.alias)
    )
    if definition_id is not None:
        query = query.where(run.c.definition_id == definition_id)
    found: dict[str, list[MadeModel]] = {}
    for row in cx.execute(query):
        several = found.setdefault(row.definition_id, [])
        last = several[-1] if several else None
        if last is not None and (last.name, last.version) == (row.name, row.number):
            last.aliases.append(row.alias)
        elif len(several) < MAX_MADE_MODELS:
            several.append(MadeModel(row.name, row.number, [row.alias]))
    return found


def _read_newest(cx: Connection, definition_id: str | None) -> list[tuple[str, PastJob]]:
    """Return the newest jobs of definitions, and those of the same moment as the oldest of them."""
    older = job.alias("older")
    since = (
        select(older.c.submitted_at)
        .where(older.c.definition_id == definition.c.id)
        .order_by(older.c.submitted_at.desc())
        .offset(MAX_PAST_JOBS - 1)
        .limit(1)
        .correlate(definition)
        .scalar_subquery()
    )
    # An outer join, so that a definition looks for its jobs, and no scan of the jobs begins it.
    query = (
        select(definition.c.id, job.c.id, job.c.state, job.c.revision, job.c.submitted_at)
        .add_columns(job.c.ended_at, job.c.run_id)
        .select_from(definition)
        .outerjoin(
            job,
            (job.c.definition_id == definition.c.id)
            & (job.c.submitted_at >= func.coalesce(since, 0)),
        )
        .order_by(definition.c.id, job.c.submitted_at.desc(), job.c.id.desc())
    )
    if definition_id is not None:
        query = query.where(definition.c.id == definition_id)
    return [(row[0], PastJob(*row[1:])) for row in cx.execute(query) if row[1] is not None]


def _read_results(cx: Connection, run_ids: list[str]) -> dict[str, JobResult]:
    """Return the last value of the primary metric of each run that has one."""
    return {
        summary.id: JobResult(shown.name, shown.last, summary.direction)
        for summary in summaries_of(cx, run_ids)
        if (shown := summary.primary_metric) is not None
    }
