"""Owns the removal of captured texts and of kernels' histories that nothing names any more.

A text is sent before what names it, and an import writes texts and histories before its runs: what
came a moment ago stays for a while. The history of a kernel stays while the kernel lives.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, or_, select, update

from mlops_lab.core.clock import Millis

from .capture_tables import document, entry, facet, history_cell
from .processes import host_name, is_alive
from .purge_linked import values_of
from .rows import pieces
from .store import Store
from .tables import run, spool

GRACE_MS: Millis = 86_400_000
"""So long a text stays after it came, for what may be about to name it."""

_SILENT_MS = 7 * 86_400_000
"""After so long without a word the process of another machine is taken for dead."""

_AT_ONCE = 500


def remove_texts_of(
    tx: Connection,
    texts: Collection[str],
    histories: Collection[tuple[str, str | None]],
    *,
    now: Millis,
) -> int:
    """Remove what runs named that are removed, and nothing else names; return how many texts wait.

    Args:
        tx: the transaction that removed the runs.
        texts: digests that the runs named.
        histories: that the runs had, each with the spool of the run.
        now: the time.
    """
    before = now - GRACE_MS
    needed = values_of(tx, run.c.history_id, run.c.history_id, {one for one, _ in histories})
    left = {(one, spool_id) for one, spool_id in histories if one not in needed}
    staying = {one for one, _ in left} & _young_histories(
        tx, {one for one, _ in left}, since=before
    )
    living = _living(tx, {spool_id for _, spool_id in left if spool_id is not None}, now=now)
    for history, spool_id in sorted((h, s) for h, s in left if s is not None and s in living):
        tx.execute(update(spool).where(spool.c.id == spool_id).values(history_id=history))
        staying.add(history)
    sources = _remove_cells(tx, {one for one, _ in left} - staying)
    named = values_of(tx, history_cell.c.digest, history_cell.c.history_id, staying)
    waiting = named - values_of(tx, facet.c.digest, facet.c.digest, named)
    return len(waiting) + remove_texts(tx, sources.union(texts) - named, before=before)


def remove_texts(tx: Connection, digests: Collection[str], *, before: Millis) -> int:
    """Remove those texts that nothing names and that came before a time; return how many stay.

    What something names does not count among those that stay.
    """
    waiting = 0
    for some in pieces(sorted(digests)):
        # Held first: who names one meanwhile has touched it, and is seen by the next look.
        query = select(document.c.digest, document.c.kept_at).where(document.c.digest.in_(some))
        rows = tx.execute(query.order_by(document.c.digest).with_for_update()).all()
        named = values_of(tx, facet.c.digest, facet.c.digest, some)
        named |= values_of(tx, history_cell.c.digest, history_cell.c.digest, some)
        unnamed = [row for row in rows if row.digest not in named]
        going = [row.digest for row in unnamed if (row.kept_at or 0) < before]
        waiting += len(unnamed) - len(going)
        _remove(tx, going)
    return waiting


class LeftTexts(msgspec.Struct, frozen=True):
    """Histories and texts that nothing names."""

    histories: list[str]
    texts: list[str]


def find_left_texts(cx: Connection, *, before: Millis, now: Millis) -> LeftTexts:
    """Return the histories without a run or a living kernel, and the texts that nothing else names.

    What came since ``before`` is left out.
    """
    left = list(cx.execute(_left_histories(cx, before=before, now=now)).scalars())
    is_named = exists().where(facet.c.digest == document.c.digest)
    has_cell = exists().where(history_cell.c.digest == document.c.digest)
    bare = set(cx.execute(select(document.c.digest).where(~is_named, ~has_cell)).scalars())
    return LeftTexts(left, _older(cx, bare | _texts_of(cx, set(left)), before=before))


def remove_left_texts(store: Store, *, before: Millis, now: Millis) -> int:
    """Remove what ``find_left_texts`` finds, in pieces; return how many texts went."""
    with store.read() as cx:
        found = find_left_texts(cx, before=before, now=now)
    for some in pieces(found.histories, _AT_ONCE):
        with store.write() as tx:
            needed = values_of(tx, run.c.history_id, run.c.history_id, some)
            needed |= _young_histories(tx, some, since=before)
            _remove_cells(tx, set(some) - needed - _living_histories(tx, now=now))
    waiting = 0
    for some in pieces(found.texts, _AT_ONCE):
        with store.write() as tx:
            waiting += remove_texts(tx, some, before=before)
    return len(found.texts) - waiting


def _left_histories(cx: Connection, *, before: Millis, now: Millis) -> Select[Any]:
    has_run = exists().where(run.c.history_id == history_cell.c.history_id)
    living = sorted(_living_histories(cx, now=now))
    return (
        select(history_cell.c.history_id)
        .where(~has_run, history_cell.c.history_id.not_in(living))
        .group_by(history_cell.c.history_id)
        .having(func.max(_came_at()) < before)
        .order_by(history_cell.c.history_id)
    )


def _living_histories(cx: Connection, *, now: Millis) -> set[str]:
    noted = cx.execute(
        select(spool.c.id, spool.c.history_id).where(spool.c.history_id.is_not(None))
    )
    of_spool = {row.id: row.history_id for row in noted}
    return {of_spool[one] for one in _living(cx, of_spool, now=now)}


def _texts_of(cx: Connection, left: Collection[str]) -> set[str]:
    """Return the texts that cells of these histories name, and nothing else does."""
    found: set[str] = set()
    for some in pieces(sorted(left)):
        query = select(history_cell.c.digest).where(history_cell.c.history_id.in_(some))
        found.update(cx.execute(query.distinct()).scalars())
    found -= values_of(cx, facet.c.digest, facet.c.digest, found)
    elsewhere: set[str] = set()
    for some in pieces(sorted(found)):
        pairs = select(history_cell.c.digest, history_cell.c.history_id).where(
            history_cell.c.digest.in_(some)
        )
        elsewhere.update(row.digest for row in cx.execute(pairs) if row.history_id not in left)
    return found - elsewhere


def _older(cx: Connection, digests: Collection[str], *, before: Millis) -> list[str]:
    """Return those that came before a time. Asked for these alone: the time lies behind the text."""
    found: list[str] = []
    for some in pieces(sorted(digests)):
        query = select(document.c.digest).where(
            document.c.digest.in_(some),
            or_(document.c.kept_at.is_(None), document.c.kept_at < before),
        )
        found += cx.execute(query.order_by(document.c.digest)).scalars()
    return found


def _young_histories(cx: Connection, histories: Collection[str], *, since: Millis) -> set[str]:
    found: set[str] = set()
    for some in pieces(sorted(histories)):
        query = select(history_cell.c.history_id).where(
            history_cell.c.history_id.in_(some), _came_at() >= since
        )
        found.update(cx.execute(query.distinct()).scalars())
    return found


def _came_at() -> ColumnElement[int]:
    return func.coalesce(history_cell.c.kept_at, history_cell.c.started_at, 0)


def _living(cx: Connection, spools: Collection[str], *, now: Millis) -> set[str]:
    found: set[str] = set()
    for some in pieces(sorted(spools)):
        for row in cx.execute(select(spool).where(spool.c.id.in_(some))):
            if row.host != host_name():
                if now - row.updated_at < _SILENT_MS:
                    found.add(row.id)
            elif is_alive(row.pid, row.process_started_at):
                found.add(row.id)
    return found


def _remove_cells(tx: Connection, histories: Collection[str]) -> set[str]:
    digests: set[str] = set()
    for some in pieces(sorted(histories)):
        query = delete(history_cell).where(history_cell.c.history_id.in_(some))
        digests.update(tx.execute(query.returning(history_cell.c.digest)).scalars())
    return digests


def _remove(tx: Connection, digests: Collection[str]) -> None:
    shared = values_of(tx, document.c.shared, document.c.digest, digests) - {None}
    for some in pieces(sorted(digests)):
        tx.execute(delete(entry).where(entry.c.owner.in_(some)))
        tx.execute(delete(document).where(document.c.digest.in_(some)))
    left = shared - values_of(tx, document.c.shared, document.c.shared, shared)
    for some in pieces(sorted(left)):
        tx.execute(delete(entry).where(entry.c.owner.in_(some)))
