"""Owns the calls about what is thrown away: the trash, and the audit of who did what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlops_lab.core.audit import AuditEntry, AuditPage
from mlops_lab.core.trash import PurgeOrder, TrashedRun, TrashOrder, TrashOutcome, TrashPage

from .connection import Connection, part
from .pages import Pages
from .routes import calls


class Trash:
    """The trash: what lies in it can be restored until it is purged."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @calls("list_trash")
    def list(self, *, limit: int | None = None) -> Pages[TrashPage, TrashedRun]:
        """List the runs in the trash; the experiments in it are in the first of ``pages()``."""
        ask = self._connection.ask
        return Pages(
            lambda cursor: ask("GET", "trash", TrashPage, query={"limit": limit, "cursor": cursor}),
            lambda page: page.runs,
        )

    @calls("trash_records")
    def put(self, *, runs: Sequence[str] = (), experiments: Sequence[str] = ()) -> TrashOutcome:
        """Put runs and experiments into the trash; what cannot go there is named in the answer."""
        order = TrashOrder(runs=[*runs], experiments=[*experiments])
        return self._connection.ask("POST", "trash", TrashOutcome, body=order, repeats=True)

    @calls("restore_records")
    def restore(self, *, runs: Sequence[str] = (), experiments: Sequence[str] = ()) -> TrashOutcome:
        """Take runs and experiments out of the trash."""
        order = TrashOrder(runs=[*runs], experiments=[*experiments])
        return self._connection.ask("POST", "trash/restore", TrashOutcome, body=order, repeats=True)

    @calls("restore_run")
    def restore_run(self, run_id: str) -> TrashOutcome:
        """Take one run out of the trash, with the children that went there with it."""
        path = f"runs/{part(run_id)}/restore"
        return self._connection.ask("POST", path, TrashOutcome, repeats=True)

    @calls("purge_trash")
    def purge(
        self,
        *,
        runs: Sequence[str] = (),
        experiments: Sequence[str] = (),
        older_than_days: float | None = None,
    ) -> TrashOutcome:
        """Remove for good what is named, or all that lies there for so many days."""
        order = PurgeOrder(
            runs=[*runs], experiments=[*experiments], older_than_days=older_than_days
        )
        return self._connection.ask("POST", "trash/purge", TrashOutcome, body=order)


class Audit:
    """Who did what, and when."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @calls("list_audit")
    def list(self, **query: Any) -> Pages[AuditPage, AuditEntry]:
        """List deeds, the newest first; ``query`` are the parameters of ``GET audit``."""
        ask = self._connection.ask
        return Pages(
            lambda cursor: ask("GET", "audit", AuditPage, query={**query, "cursor": cursor}),
            lambda page: page.entries,
        )
