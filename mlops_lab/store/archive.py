"""Owns the mark of archived runs."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, update

from mlops_lab.core.clock import Millis

from .rows import pieces
from .tables import run


def set_archived(tx: Connection, run_ids: Iterable[str], *, at: Millis | None) -> list[str]:
    """Archive runs, or with None take them out; return those that were not so before."""
    is_other = run.c.archived_at.is_(None) if at is not None else run.c.archived_at.is_not(None)
    moved: list[str] = []
    for some in pieces(sorted(set(run_ids))):
        write = update(run).where(run.c.id.in_(some), is_other).values(archived_at=at)
        moved += tx.execute(write.returning(run.c.id)).scalars()
    return sorted(moved)
