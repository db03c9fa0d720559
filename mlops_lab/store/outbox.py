"""Owns the outbox: changes written in the same transaction as the records that moved.

They are collected while the transaction goes on, and written as the last thing before its commit.
On PostgreSQL writers queue there until they commit, because numbers that became visible out of order
would be missed by a reader that asks for "all after N": who queued earlier, and then waited for a row
of somebody behind him, would wait for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from mlops_lab.core.changes import Change, ChangeAction, ChangeKind
from mlops_lab.core.clock import now_ms

from .locks import StoreLock, hold
from .tables import outbox

_KEPT = 10_000
_TRIM_EVERY = 1_000
COLLECTED = "changes"
"""The option of a writing connection with the list of what its transaction changed so far."""


def put_change(tx: Connection, kind: ChangeKind, record_id: str, action: ChangeAction) -> None:
    """Have the notice written that the record moved; it is there when the transaction commits."""
    put_changes(tx, kind, [(record_id, action)])


def put_changes(
    tx: Connection, kind: ChangeKind, changes: Iterable[tuple[str, ChangeAction]]
) -> None:
    """Have one notice written for each (record id, action), when the transaction commits."""
    now = now_ms()
    collected: list[dict[str, Any]] = tx.get_execution_options()[COLLECTED]
    collected.extend(
        {"kind": kind, "record_id": record_id, "action": action, "created_at": now}
        for record_id, action in changes
    )


def flush_changes(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write the notices that a transaction collected; nothing may come between this and its commit."""
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
