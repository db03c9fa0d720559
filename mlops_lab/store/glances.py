"""Owns reading what a list shows of many runs beside their summaries: tags and notes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, func, or_, select

from mlops_lab.core.tracking import Tag

from .like import begins_with
from .rows import pieces
from .tables import key, run, tag


def read_beginnings(
    cx: Connection,
    run_ids: Sequence[str],
    *,
    besides: Sequence[str],
    note: str,
    length: int,
) -> dict[str, list[Tag]]:
    """Return the tags of each run that is there by name, with the beginnings of their values.

    Args:
        cx: a transaction.
        run_ids: whole ids.
        besides: beginnings of the names of tags that are left out.
        note: a name that is not left out, whatever it begins with.
        length: most characters of a value.
    """
    is_meant = and_(*(~begins_with(key.c.name, one) for one in besides))
    found: dict[str, list[Tag]] = {}
    for some in pieces(run_ids):
        ids = select(run.c.id).where(run.c.id.in_(some))
        found.update((run_id, []) for run_id in cx.execute(ids).scalars())
        query = (
            select(run.c.id, key.c.name, func.substr(tag.c.value, 1, length))
            .join(tag, tag.c.run_seq == run.c.seq)
            .join(key, key.c.id == tag.c.key_id)
            .where(run.c.id.in_(some), or_(key.c.name == note, is_meant))
            .order_by(run.c.id, key.c.name)
        )
        for run_id, name, value in cx.execute(query):
            found[run_id].append(Tag(name, value))
    return found
