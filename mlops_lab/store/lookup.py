"""Owns how a record is named by a part of its id: some digits of its beginning or its end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Connection, Table, select, union_all

from mlops_lab.core.errors import InvalidInputError

MIN_DIGITS = 4
"""Fewer digits name nothing."""

_DIGITS = re.compile(rf"[0-9a-f]{{{MIN_DIGITS},32}}")
_SHOWN = 5
_WHOLE = 32


def find_id(cx: Connection, table: Table, typed: str, *, kind: str) -> str | None:
    """Return the id of the record of ``table`` that ``typed`` names; None when none has it.

    Args:
        cx: a transaction.
        table: one whose key ``id`` is an id of ours.
        typed: an id, or at least ``MIN_DIGITS`` digits of its beginning or end, in either case.
        kind: what a record of ``table`` is called, such as ``job``.

    Raises:
        InvalidInputError: several records have it.
    """
    digits = typed.strip().lower()
    if not may_be_id(digits):
        return None
    found = _find_ids(cx, table, digits, limit=_SHOWN + 1)
    if len(found) > 1:
        more = ", ..." if len(found) > _SHOWN else ""
        raise InvalidInputError(
            f"{digits!r} names more than one {kind}: {', '.join(found[:_SHOWN])}{more}",
            hint="Give more digits; the last eight are random.",
        )
    return found[0] if found else None


def may_be_id(typed: str) -> bool:
    """Tell whether ``typed`` has the form of an id or of a part of one."""
    return _DIGITS.fullmatch(typed.strip().lower()) is not None


def _find_ids(cx: Connection, table: Table, digits: str, *, limit: int) -> Sequence[str]:
    column = table.c.id
    exact = cx.execute(select(column).where(column == digits)).scalar_one_or_none()
    if exact is not None:
        return [exact]
    if len(digits) == _WHOLE:
        return []
    # "g" comes after every hex digit: a range, so that the key's index is used.
    begins = select(column).where(column >= digits, column < digits + "g").limit(limit)
    ends = select(column).where(column.like(f"%{digits}")).limit(limit)
    both = union_all(select(begins.subquery()), select(ends.subquery()))
    return sorted(set(cx.execute(both).scalars()), reverse=True)[:limit]
