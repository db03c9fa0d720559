"""Owns the calls about what is thrown away: the trash, retention, and the audit of who did what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlops_lab.core.audit import AuditEntry, AuditPage
from mlops_lab.core.retention import (
    RetentionOrder,
    RetentionOutcome,
    RetentionPlan,
    RetentionPolicies,
    RetentionPolicy,
)
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


class Retention:
    """How long the data of experiments is kept; an empty name stands for all others."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @calls("list_retention")
    def list(self) -> Sequence[RetentionPolicy]:
        """Return every policy, that for all others first."""
        return self._connection.ask("GET", "retention", RetentionPolicies).policies

    @calls("preview_retention")
    def preview(self) -> Sequence[RetentionOutcome]:
        """Return what the policies would do now."""
        return self._connection.ask("GET", "retention/preview", RetentionPlan).outcomes

    @calls("set_retention")
    def set(
        self,
        experiment: str = "",
        *,
        runs_days: float | None = None,
        artifacts_days: float | None = None,
        masked: Sequence[str] = (),
    ) -> RetentionPolicy:
        """Set the policy of an experiment in place of the one it has; what is None is kept."""
        order = RetentionOrder(experiment, runs_days, artifacts_days, [*masked])
        return self._connection.ask("PUT", "retention", RetentionPolicy, body=order)

    @calls("remove_retention")
    def remove(self, experiment: str = "") -> None:
        """Remove the policy of an experiment."""
        self._connection.ask("DELETE", "retention", type(None), query={"experiment": experiment})
