"""Owns the rows of the audit: only ever added, in the transaction of the deed itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from mlops_lab.core.audit import AuditAction, AuditEntry, AuditKind
from mlops_lab.core.clock import now_ms

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
    before: int | None = None,
    limit: int = 100,
) -> Sequence[AuditEntry]:
    """Return entries, newest first: of a kind, of a record, and with a lower number than ``before``."""
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if kind is not None:
        query = query.where(audit.c.kind == kind)
    if record_id is not None:
        query = query.where(audit.c.record_id == record_id)
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
