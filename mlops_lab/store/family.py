"""Owns walking from runs to the parents and the children that hang together with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection, Select, select

from .rows import pieces
from .tables import run


def with_parents(cx: Connection, run_ids: Iterable[str]) -> list[str]:
    """Return runs with their parents and the parents of those, each once, the nearest first."""
    return _walk(cx, run_ids, _parents_of)


def with_children(cx: Connection, run_ids: Iterable[str]) -> list[str]:
    """Return runs with their children and the children of those, each once, parents first."""
    return _walk(cx, run_ids, _children_of)


def _walk(
    cx: Connection, run_ids: Iterable[str], step: Callable[[Sequence[str]], Select[str]]
) -> list[str]:
    """Return ``run_ids`` and what ``step`` leads to from them, again and again; circles end it."""
    found = dict.fromkeys(run_ids)
    newest = list(found)
    while newest:
        reached: dict[str, None] = {}
        for some in pieces(newest):
            reached |= dict.fromkeys(cx.execute(step(some)).scalars())
        newest = [one for one in reached if one not in found]
        found |= dict.fromkeys(newest)
    return list(found)


def _parents_of(run_ids: Sequence[str]) -> Select[str]:
    return select(run.c.parent_run_id).where(
        run.c.id.in_(run_ids), run.c.parent_run_id.is_not(None)
    )


def _children_of(run_ids: Sequence[str]) -> Select[str]:
    query = select(run.c.id).where(run.c.parent_run_id.in_(run_ids))
    return query.order_by(run.c.started_at, run.c.id)
