"""Owns what an order over the trash did so far: what moved, what was refused, what it leaves to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from mlops_lab.core.audit import AuditAction
from mlops_lab.core.changes import ChangeAction
from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import LabError
from mlops_lab.core.trash import Refused, TrashOutcome
from mlops_lab.store import audit, outbox, trash

from .lookup import find_run_id

_TOLD = 1_000


class Done:
    """What an order did so far."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.experiments: list[str] = []
        self.refused: list[Refused] = []
        self.digests: dict[str, Millis] = {}
        self.documents_kept = 0

    def find(self, cx: Connection, typed: Iterable[str]) -> list[str]:
        """Return the ids of runs; what names none is refused."""
        found: list[str] = []
        for name in typed:
            try:
                found.append(find_run_id(cx, name))
            except LabError as error:
                self.refuse("run", name, str(error))
        return list(dict.fromkeys(found))

    def refuse(self, kind: str, name: str, reason: str) -> None:
        """Note that a record stays as it is."""
        self.refused.append(Refused(kind, name, reason))

    def take(self, digests: Mapping[str, Millis]) -> None:
        """Note content that may be nobody's now, each with the time since when it may not be put."""
        for digest, before in digests.items():
            self.digests[digest] = min(before, self.digests.get(digest, before))

    def move_run(self, tx: Connection, action: AuditAction, one: trash.HeldTrash, who: str) -> None:
        """Note in the audit, and tell, what was done to a run."""
        audit.note(tx, action, "run", one.id, who=who, name=one.name, experiment=one.experiment)
        outbox.put_change(tx, "run", one.id, _change_of(action))
        self.runs.append(one.id)

    def move_experiment(
        self,
        tx: Connection,
        action: AuditAction,
        one: trash.HeldExperiment,
        *,
        runs: Sequence[str],
        who: str,
    ) -> None:
        """Note in the audit, and tell, what was done to an experiment with its runs.

        Of very many runs only some are told of one by one: who shows others hears of the experiment.
        """
        audit.note(tx, action, "experiment", one.id, who=who, name=one.name, runs=len(runs))
        change = _change_of(action)
        outbox.put_changes(tx, "run", [(run_id, change) for run_id in runs[:_TOLD]])
        outbox.put_change(tx, "experiment", one.id, change)
        self.runs += runs
        self.experiments.append(one.name)

    def outcome(self) -> TrashOutcome:
        """Return it as the answer to who gave the order."""
        return TrashOutcome(
            runs=self.runs,
            experiments=self.experiments,
            refused=self.refused,
            documents_kept=self.documents_kept,
        )


def _change_of(action: AuditAction) -> ChangeAction:
    return "created" if action == "restore" else "deleted"
