"""Owns how people name a run: by its id, or by some digits of its beginning or end."""

from __future__ import annotations

import re

from sqlalchemy import Connection

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.store.runs import find_ids

_DIGITS = re.compile(r"[0-9a-f]{4,32}")
_SHOWN = 5


def find_run_id(cx: Connection, typed: str) -> str:
    """Return the id of the run that ``typed`` names.

    Raises:
        NotFoundError: no run has it.
        InvalidInputError: several runs have it.
    """
    digits = typed.strip().lower()
    if _DIGITS.fullmatch(digits) is None:
        raise NotFoundError(
            f"There is no run {typed[:60]!r}.",
            hint="Name a run by its id, or by at least 4 hex digits of its beginning or end.",
        )
    found = find_ids(cx, digits, limit=_SHOWN + 1)
    if not found:
        raise NotFoundError(
            f"No run has an id that begins or ends with {digits!r}.",
            hint="List the runs to see their ids.",
        )
    if len(found) == 1:
        return found[0]
    more = "..." if len(found) > _SHOWN else ""
    raise InvalidInputError(
        f"Several runs have {digits!r} in their id: {', '.join(found[:_SHOWN])}{more}",
        hint="Give more digits; the last eight are random.",
    )
