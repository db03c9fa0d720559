"""Owns the archive: runs that lists leave out when they are asked to; nothing of them changes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from mlops_lab.core.archive import ArchiveOrder, ArchiveOutcome
from mlops_lab.core.clock import Clock, Millis, now_ms
from mlops_lab.store import archive, audit, outbox, trash
from mlops_lab.store.family import with_children
from mlops_lab.store.store import Store

from .trashdone import Done


class ArchiveService:
    """The archive of one store. Safe to use from several threads."""

    def __init__(self, store: Store, *, clock: Clock = now_ms) -> None:
        self._store = store
        self._clock = clock

    def put(self, order: ArchiveOrder, *, who: str) -> ArchiveOutcome:
        """Archive runs with their children, or take them out: all in one transaction.

        What names no run, or one in the trash, is named in the answer. Runs that are as they shall
        be already are left as they are.
        """
        done = Done()
        with self._store.write() as tx:
            meant = []
            for one in trash.hold_runs(tx, with_children(tx, done.find(tx, order.run_ids))):
                if one.trashed_at is None:
                    meant.append(one.id)
                else:
                    done.refuse("run", one.id, "it is in the trash: restore it first")
            now = self._clock()
            moved = set_archived(tx, meant, archived=order.archived, now=now, who=who)
        return ArchiveOutcome(runs=moved, refused=done.refused)


def set_archived(
    tx: Connection, run_ids: Iterable[str], *, archived: bool, now: Millis, who: str | None
) -> list[str]:
    """Archive runs or take them out, and tell; return those that changed.

    It is noted in the audit where it is said who does it.
    """
    moved = archive.set_archived(tx, run_ids, at=now if archived else None)
    if who is not None:
        for run_id in moved:
            audit.note(tx, "archive" if archived else "unarchive", "run", run_id, who=who)
    outbox.put_changes(tx, "run", [(run_id, "updated") for run_id in moved])
    return moved
