"""Owns the outbox: changes written in the same transaction as the records that moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, func, insert, select

from mlops_lab.core.changes import Change, ChangeAction, ChangeKind
from mlops_lab.core.clock import now_ms

from .locks import StoreLock, hold
from .tables import outbox

_KEPT = 10_000
_TRIM_EVERY = 1_000


def put_change(tx: Connection, kind: ChangeKind, record_id: str, action: ChangeAction) -> None:
    """Write the notice that the record moved; readers see it when the transaction commits."""
    put_changes(tx, kind, [(record_id, action)])


def put_changes(
    tx: Connection, kind: ChangeKind, changes: Iterable[tuple[str, ChangeAction]]
) -> None:
    """Write one notice for each (record id, action); best as the last thing of a transaction.

    On PostgreSQL writers queue here until they commit: numbers that became visible out of order
    would be missed by a reader that asks for "all after N". SQLite has one writer anyhow.
    """
    now = now_ms()
    rows = [
        {"kind": kind, "record_id": record_id, "action": action, "created_at": now}
        for record_id, action in changes
    ]
    if not rows:
        return
    hold(tx, StoreLock.OUTBOX)
    tx.execute(insert(outbox), rows)
    newest = last_seq(tx)
    if newest // _TRIM_EVERY != (newest - len(rows)) // _TRIM_EVERY:
        trim(tx)


def last_seq(cx: Connection) -> int:
    """Return the sequence number of the newest change, 0 when there is none."""
    return int(cx.execute(select(func.coalesce(func.max(outbox.c.seq), 0))).scalar_one())


def changes_after(cx: Connection, seq: int, *, limit: int = 1000) -> Sequence[Change]:
    """Return the changes with a sequence number above ``seq``, in order."""
    rows = cx.execute(select(outbox).where(outbox.c.seq > seq).order_by(outbox.c.seq).limit(limit))
    return [Change(seq=r.seq, kind=r.kind, id=r.record_id, action=r.action) for r in rows]


def oldest_seq(cx: Connection) -> int:
    """Return the sequence number of the oldest change that is kept, 0 when there is none."""
    return int(cx.execute(select(func.coalesce(func.min(outbox.c.seq), 0))).scalar_one())


def trim(tx: Connection) -> None:
    """Remove all but the newest changes; a reader that fell further behind refetches everything."""
    tx.execute(delete(outbox).where(outbox.c.seq <= last_seq(tx) - _KEPT))
