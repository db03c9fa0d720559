"""Owns the route of the audit."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.audit import AuditAction, AuditKind, AuditPage
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.server.endpoint import Call, endpoint

Time = Annotated[int, Meta(ge=0, le=2**63 - 1, description="Milliseconds since 1970-01-01 UTC.")]


class AuditQuery(msgspec.Struct, frozen=True):
    """Which entries to list; all that is given must hold."""

    kind: AuditKind | None = None
    record: Annotated[str | None, Meta(description="Id of the record.")] = None
    action: AuditAction | None = None
    who: Annotated[str | None, Meta(description="Name of the user.")] = None
    since: Time | None = None
    until: Time | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Most entries on the page.")] = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


@endpoint("GET", "audit", summary="Who did what to which record, the newest first")
def list_audit(call: Call, query: AuditQuery) -> AuditPage:
    """Return a page of the audit, which nobody can change."""
    return call.lab.audit.list_page(
        kind=query.kind,
        record_id=query.record,
        action=query.action,
        who=query.who,
        since=query.since,
        until=query.until,
        limit=query.limit,
        cursor=query.cursor,
    )
