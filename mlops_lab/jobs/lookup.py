"""Owns how people name records: by id, by a unique beginning or end of it, definitions by name.

What people type is looked up by ``find_...``, at the edge. Inside, ids are ids: ``get_...``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from mlops_lab.core.errors import NotFoundError, did_you_mean
from mlops_lab.store import definitions, jobs, schedules
from mlops_lab.store.lookup import find_id
from mlops_lab.store.tables import definition, job, schedule


def find_definition(cx: Connection, typed: str) -> Row[Any]:
    """Return the definition with this id or name.

    A whole id counts before a name, and a name before a part of an id.

    Raises:
        NotFoundError: there is none; the hint has the nearest name.
        InvalidInputError: several ids begin or end like this.
    """
    row = definitions.get_definition(cx, typed) or definitions.get_definition_named(cx, typed)
    if row is not None:
        return row
    found = find_id(cx, definition, typed, kind="job definition")
    row = definitions.get_definition(cx, found) if found else None
    if row is None:
        hint = did_you_mean(typed, definitions.list_names(cx))
        raise NotFoundError(f"There is no job definition {typed!r}.", hint=hint)
    return row


def get_definition(cx: Connection, definition_id: str) -> Row[Any]:
    """Return the definition with this id.

    Raises:
        NotFoundError: there is none.
    """
    row = definitions.get_definition(cx, definition_id)
    if row is None:
        raise NotFoundError(f"There is no job definition {definition_id!r}.")
    return row


def get_revision(cx: Connection, definition_row: Row[Any], number: int) -> Row[Any]:
    """Return a revision of a definition.

    Raises:
        NotFoundError: there is none with this number.
    """
    row = definitions.get_revision(cx, definition_row.id, number)
    if row is None:
        raise NotFoundError(
            f"The job definition {definition_row.name!r} has no revision {number}.",
            hint=f"The newest is {definition_row.revision}.",
        )
    return row


def find_schedule(cx: Connection, typed: str) -> Row[Any]:
    """Return the schedule with this id, with the name of its definition.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: several ids begin or end like this.
    """
    return get_schedule(cx, find_id(cx, schedule, typed, kind="schedule") or typed)


def get_schedule(cx: Connection, schedule_id: str) -> Row[Any]:
    """Return the schedule with exactly this id, with the name of its definition.

    Raises:
        NotFoundError: there is none.
    """
    row = schedules.get_schedule(cx, schedule_id)
    if row is None:
        raise NotFoundError(
            f"There is no schedule {schedule_id!r}.", hint="'mlops-lab schedules list' shows them."
        )
    return row


def find_job(cx: Connection, typed: str) -> Row[Any]:
    """Return the job with this id, with the name of its definition.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: several ids begin or end like this.
    """
    return get_job(cx, find_id(cx, job, typed, kind="job") or typed)


def get_job(cx: Connection, job_id: str) -> Row[Any]:
    """Return the job with exactly this id, with the name of its definition.

    Raises:
        NotFoundError: there is none.
    """
    row = jobs.get_job(cx, job_id)
    if row is None:
        raise NotFoundError(
            f"There is no job {job_id!r}.", hint="'mlops-lab jobs list' shows them."
        )
    return row
