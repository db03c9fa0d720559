"""Owns how rows of the jobs column become the structs that the product speaks in."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from sqlalchemy import Row

from mlops_lab.core.clock import Millis
from mlops_lab.core.jobs import (
    Definition,
    FailingCell,
    Job,
    MadeModel,
    Parameter,
    PastJob,
    Revision,
    Schedule,
    Worker,
)
from mlops_lab.core.tracking import ErrorInfo

from . import triggers
from .processes import is_ours_and_dead

LEASE_MS = 15_000
"""How long a worker may be silent before it counts as gone."""


def to_revision(row: Row[Any]) -> Revision:
    """Return the struct of a revision row."""
    return Revision(
        definition_id=row.definition_id,
        number=row.number,
        parameters=msgspec.json.decode(row.parameters, type=list[Parameter]),
        kernel_name=row.kernel_name,
        working_dir=row.working_dir,
        notebook_digest=row.notebook_digest,
        notebook_path=row.notebook_path,
        source_run_id=row.source_run_id,
        created_at=row.created_at,
        created_by=row.created_by,
        warnings=msgspec.json.decode(row.warnings, type=list[str]),
    )


def to_schedule(row: Row[Any], *, now: Millis) -> Schedule:
    """Return the struct of a schedule row, with its words as of ``now``."""
    next_fire_at = None if row.paused else row.next_fire_at
    words = None
    if next_fire_at is not None:
        words = triggers.fire_words(next_fire_at, row.timezone, now=now)
    return Schedule(
        id=row.id,
        definition_id=row.definition_id,
        definition_name=row.definition_name,
        cron=row.cron,
        timezone=row.timezone,
        description=triggers.describe(row.cron),
        paused=row.paused,
        next_fire_at=next_fire_at,
        next_fire_words=words,
        created_at=row.created_at,
    )


def to_definition(
    row: Row[Any],
    *,
    revision: Revision,
    schedule: Schedule | None,
    last_job: Job | None,
    past: list[PastJob],
    models: list[MadeModel],
) -> Definition:
    """Return the struct of a definition row."""
    return Definition(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        created_by=row.created_by,
        revision=revision,
        schedule=schedule,
        last_job=last_job,
        past=past,
        models=models,
    )


def to_job(row: Row[Any]) -> Job:
    """Return the struct of a job row."""
    return Job(
        id=row.id,
        definition_id=row.definition_id,
        definition_name=row.definition_name,
        revision=row.revision,
        schedule_id=row.schedule_id,
        fire_at=row.fire_at,
        state=row.state,
        cause=row.cause,
        parameters=json.loads(row.parameters),
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        started_at=row.started_at,
        ended_at=row.ended_at,
        attempt=row.attempt,
        cells_done=row.cells_done,
        cells_total=row.cells_total,
        cancel_requested=row.cancel_requested,
        run_id=row.run_id,
        source_run_id=row.source_run_id,
        failing_cell=_failing_cell(row),
        error=_error(row),
    )


def to_worker(row: Row[Any], *, now: Millis) -> Worker:
    """Return the struct of a worker row; ``alive`` is what is known at ``now``."""
    silent = row.heartbeat_at + LEASE_MS < now
    dead = is_ours_and_dead(host=row.host, pid=row.pid, process_started_at=row.process_started_at)
    return Worker(
        id=row.id,
        host=row.host,
        pid=row.pid,
        process_started_at=row.process_started_at,
        started_at=row.started_at,
        heartbeat_at=row.heartbeat_at,
        alive=row.stopped_at is None and not silent and not dead,
        version=row.version,
    )


def _failing_cell(row: Row[Any]) -> FailingCell | None:
    if row.failing_index is None:
        return None
    return FailingCell(
        index=row.failing_index, cell_id=row.failing_cell_id, source=row.failing_source or ""
    )


def _error(row: Row[Any]) -> ErrorInfo | None:
    if row.error_name is None:
        return None
    return ErrorInfo(
        name=row.error_name,
        message=row.error_message or "",
        traceback=row.error_traceback or "",
    )
