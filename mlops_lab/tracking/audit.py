"""Owns reading the audit: who did what to which record, and when."""

from __future__ import annotations

from mlops_lab.core.audit import AuditAction, AuditKind, AuditPage
from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import InvalidInputError, UnknownInputError
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.store import audit
from mlops_lab.store.rows import INT64_MAX
from mlops_lab.store.store import Store


class AuditService:
    """The audit of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list_page(
        self,
        *,
        kind: AuditKind | None = None,
        record_id: str | None = None,
        action: AuditAction | None = None,
        who: str | None = None,
        since: Millis | None = None,
        until: Millis | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> AuditPage:
        """Return a page of entries that are all of what is given, newest first.

        Raises:
            InvalidInputError: the limit or the cursor cannot be used.
        """
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInputError(
                f"A page of {limit} records was asked for.", hint=f"Ask for 1 to {MAX_PAGE}."
            )
        with self._store.read() as cx:
            found = audit.read_entries(
                cx,
                kind=kind,
                record_id=record_id,
                action=action,
                who=who,
                since=since,
                until=until,
                before=None if cursor is None else _number(cursor),
                limit=limit + 1,
            )
        following = str(found[limit - 1].seq) if len(found) > limit else None
        return AuditPage(entries=[*found[:limit]], next_cursor=following)


def _number(cursor: str) -> int:
    if cursor.isascii() and cursor.isdigit() and len(cursor) < len(str(INT64_MAX)):
        return int(cursor)
    raise UnknownInputError(
        f"The cursor {cursor[:60]!r} cannot be read.", hint="Begin again with the first page."
    )
