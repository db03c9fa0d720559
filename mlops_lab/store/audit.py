"""Owns the rows of the audit: only ever added, in the transaction of the deed itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from mlops_lab.core.audit import AuditAction, AuditEntry, AuditKind
from mlops_lab.core.clock import Millis, now_ms

from .rows import storable
from .tables import audit


def note(
    tx: Connection,
    action: AuditAction,
    kind: AuditKind,
    record_id: str,
    *,
    who: str,
    **detail: Any,
) -> None:
    """Write that ``who`` did ``action`` to a record; ``detail`` is kept as JSON."""
    values = {
        "at": now_ms(),
        "who": storable(who),
        "action": action,
        "kind": kind,
        "record_id": storable(record_id),
        "detail": storable(msgspec.json.encode(detail).decode()),
    }
    tx.execute(insert(audit), [values])


def read_entries(
    cx: Connection,
    *,
    kind: AuditKind | None = None,
    record_id: str | None = None,
    action: AuditAction | None = None,
    who: str | None = None,
    since: Millis | None = None,
    until: Millis | None = None,
    before: int | None = None,
    limit: int = 100,
) -> Sequence[AuditEntry]:
    """Return entries that are all of what is given, newest first, numbered below ``before``.

    Args:
        cx: an open connection.
        kind: of what kind the record is.
        record_id: its id.
        action: what was done.
        who: who did it.
        since: the earliest time.
        until: the latest time.
        before: the number of the entry that the page follows.
        limit: most entries.
    """
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    wanted = {"kind": kind, "record_id": record_id, "action": action, "who": who}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(audit.c[name] == value)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at <= until)
    if before is not None:
        query = query.where(audit.c.seq < before)
    return [
        AuditEntry(
            seq=row.seq,
            at=row.at,
            who=row.who,
            action=row.action,
            kind=row.kind,
            record_id=row.record_id,
            detail=msgspec.json.decode(row.detail),
        )
        for row in cx.execute(query)
    ]
