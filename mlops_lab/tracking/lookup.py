"""Owns how people name a run: by its id, or by some digits of its beginning or end."""

from __future__ import annotations

from sqlalchemy import Connection

from mlops_lab.core.errors import NotFoundError
from mlops_lab.store.lookup import MIN_DIGITS, find_id, may_be_id
from mlops_lab.store.tables import run


def find_run_id(cx: Connection, typed: str) -> str:
    """Return the id of the run that ``typed`` names.

    Raises:
        NotFoundError: no run has it.
        InvalidInputError: several runs have it.
    """
    if not may_be_id(typed):
        raise NotFoundError(
            f"There is no run {typed[:60]!r}.",
            hint=f"Name a run by its id, or by {MIN_DIGITS} or more hex digits "
            "of its beginning or end.",
        )
    found = find_id(cx, run, typed, kind="run")
    if found is None:
        raise NotFoundError(
            f"No run has an id that begins or ends with {typed.strip()!r}.",
            hint="List the runs to see their ids.",
        )
    return found
