"""Owns how people name records: by id, by a unique beginning or end of it, definitions by name."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Row, Table

from mlops_lab.core.errors import InvalidInputError, NotFoundError, did_you_mean
from mlops_lab.store import definitions, jobs, schedules
from mlops_lab.store.tables import definition, job, schedule

_PART_OF_ID = re.compile(r"[0-9a-f]{4,32}")


def definition_row(cx: Connection, typed: str) -> Row[Any]:
    """Return the definition with this name or id.

    Raises:
        NotFoundError: there is none; the hint has the nearest name.
        InvalidInputError: several ids begin or end like this.
    """
    named = definitions.get_definition_named(cx, typed)
    if named is not None:
        return named
    found = _find_id(cx, definition, "job definition", typed)
    row = definitions.get_definition(cx, found) if found else None
    if row is None:
        hint = did_you_mean(typed, definitions.list_names(cx))
        raise NotFoundError(f"There is no job definition {typed!r}.", hint=hint)
    return row


def revision_row(cx: Connection, definition_row: Row[Any], number: int) -> Row[Any]:
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


def schedule_row(cx: Connection, typed: str) -> Row[Any]:
    """Return the schedule with this id, with the name of its definition.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: several ids begin or end like this.
    """
    found = _find_id(cx, schedule, "schedule", typed)
    row = schedules.get_schedule(cx, found) if found else None
    if row is None:
        raise NotFoundError(
            f"There is no schedule {typed!r}.", hint="'mlops-lab schedules list' shows them."
        )
    return row


def job_row(cx: Connection, typed: str) -> Row[Any]:
    """Return the job with this id, with the name of its definition.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: several ids begin or end like this.
    """
    found = _find_id(cx, job, "job", typed)
    row = jobs.get_job(cx, found) if found else None
    if row is None:
        raise NotFoundError(f"There is no job {typed!r}.", hint="'mlops-lab jobs list' shows them.")
    return row


def _find_id(cx: Connection, table: Table, kind: str, typed: str) -> str | None:
    if _PART_OF_ID.fullmatch(typed) is None:
        return None
    found = jobs.find_ids(cx, table, typed)
    if len(found) > 1:
        raise InvalidInputError(
            f"{typed!r} names more than one {kind}: {', '.join(found)}.",
            hint="Type more digits of the id.",
        )
    return found[0] if found else None
