"""Owns how reproductions are kept on their run: begun once at a time, told of, and never left open."""

from __future__ import annotations

import os

import msgspec
from sqlalchemy import Connection, select

from mlops_lab.core.clock import Clock, Millis, now_ms
from mlops_lab.core.facets import FacetKind, Reproduction
from mlops_lab.store import outbox
from mlops_lab.store.audit import note
from mlops_lab.store.capture_tables import facet
from mlops_lab.store.documents import (
    add_documents,
    digest_of,
    index_documents,
    read_documents,
)
from mlops_lab.store.facets import FacetRow, read_facets, set_facets
from mlops_lab.store.like import begins_with
from mlops_lab.store.processes import host_name, is_alive, own_start_time
from mlops_lab.store.store import Store

from .entries import entries_of

_KIND: FacetKind = "reproduction"
_RUNNING = "running"
DIED = "The process that ran it ended before it could say how it went."


class _Owner(msgspec.Struct, frozen=True, array_like=True):
    """The process that carries a reproduction out."""

    state: str
    host: str
    pid: int
    process_started_at: float

    @property
    def is_dead(self) -> bool:
        """Whether it has ended; of other machines nothing is known."""
        return self.host == host_name() and not is_alive(self.pid, self.process_started_at)


def begin_reproduction(
    store: Store,
    run_id: str,
    reproduction: Reproduction,
    *,
    user: str = "",
    clock: Clock = now_ms,
) -> Reproduction:
    """Keep a reproduction that ``user`` begins; return it, or the one of the run that runs already.

    This process owns it from now on. One whose process is gone becomes failed first.
    """
    with store.write() as tx:
        _settle(tx, clock(), run_id=run_id)
        for other in _running(tx, run_id=run_id):
            found = _read(tx, other)
            if found is not None:
                return found
        _put(tx, run_id, reproduction)
        note(tx, "reproduce", "run", run_id, who=user, reproduction=reproduction.id)
    return reproduction


def put_reproduction(store: Store, run_id: str, reproduction: Reproduction) -> None:
    """Keep how a reproduction is now; one that runs is this process's from now on."""
    with store.write() as tx:
        _put(tx, run_id, reproduction)


def read_reproduction(store: Store, run_id: str, reproduction_id: str) -> Reproduction | None:
    """Return a reproduction of a run, or None."""
    with store.read() as cx:
        rows = read_facets(cx, [run_id], kinds=[_KIND]).get(run_id, [])
        return next((_read(cx, row) for row in rows if row.name == reproduction_id), None)


def fail_reproduction(
    store: Store, run_id: str, reproduction_id: str, message: str, *, clock: Clock = now_ms
) -> None:
    """End a reproduction that still runs as failed; one that has ended keeps its end."""
    with store.write() as tx:
        for row in _running(tx, run_id=run_id):
            if row.name == reproduction_id:
                _fail(tx, row, message, now=clock())


def settle_reproductions(store: Store, *, clock: Clock = now_ms) -> int:
    """End as failed those whose process on this machine is gone; return how many there were."""
    with store.read() as cx:
        if not _orphans(cx):
            return 0
    with store.write() as tx:
        return _settle(tx, clock())


def _settle(tx: Connection, now: Millis, *, run_id: str | None = None) -> int:
    orphans = _orphans(tx, run_id=run_id)
    for row in orphans:
        _fail(tx, row, DIED, now=now)
    return len(orphans)


def _orphans(cx: Connection, *, run_id: str | None = None) -> list[FacetRow]:
    found = []
    for row in _running(cx, run_id=run_id):
        try:
            owner = msgspec.json.decode(row.key, type=_Owner)
        except msgspec.MsgspecError:
            continue
        if owner.is_dead:
            found.append(row)
    return found


def _running(cx: Connection, *, run_id: str | None = None) -> list[FacetRow]:
    query = select(facet).where(facet.c.kind == _KIND, begins_with(facet.c.key, f'["{_RUNNING}"'))
    if run_id is not None:
        query = query.where(facet.c.run_id == run_id)
    rows = cx.execute(query.order_by(facet.c.name))
    return [FacetRow(r.run_id, r.kind, r.name, r.digest, r.key) for r in rows]


def _read(cx: Connection, row: FacetRow) -> Reproduction | None:
    content = read_documents(cx, [row.digest]).get(row.digest)
    return None if content is None else msgspec.json.decode(content, type=Reproduction)


def _fail(tx: Connection, row: FacetRow, message: str, *, now: Millis) -> None:
    found = _read(tx, row)
    if found is not None:
        ended = msgspec.structs.replace(found, state="failed", ended_at=now, message=message)
        _put(tx, row.run_id, ended)


def _put(tx: Connection, run_id: str, reproduction: Reproduction) -> None:
    key: str = reproduction.state
    if key == _RUNNING:
        owner = _Owner(_RUNNING, host_name(), os.getpid(), own_start_time())
        key = msgspec.json.encode(owner).decode()
    content = msgspec.json.encode(reproduction)
    digest = digest_of(content)
    add_documents(tx, {digest: content})
    index_documents(tx, {digest: entries_of(reproduction)})
    set_facets(tx, [FacetRow(run_id, _KIND, reproduction.id, digest, key)])
    outbox.put_change(tx, "run", run_id, "updated")
