"""Owns the purge: what lies in the trash is removed for good, with what nothing else names."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from mlops_lab.core.clock import Clock, Millis
from mlops_lab.core.logged import DEFAULT_EXPERIMENT
from mlops_lab.core.trash import PurgeOrder, TrashOutcome
from mlops_lab.store import purge, purge_linked, trash
from mlops_lab.store.artifact_garbage import Garbage
from mlops_lab.store.job_files import JobFiles
from mlops_lab.store.purge_texts import GRACE_MS, remove_left_texts
from mlops_lab.store.rows import pieces
from mlops_lab.store.store import Store

from .trashdone import Done

_AT_ONCE = 50
_MOST = 1_000_000
_DAY_MS = 86_400_000


class Purge:
    """One order to remove what lies in the trash."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        job_files: JobFiles | None,
        who: str,
        put_before: Millis | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._now = clock()
        self._job_files = job_files
        self._who = who
        self._put_before = put_before
        self._done = Done()

    def run(self, order: PurgeOrder) -> TrashOutcome:
        """Carry the order out.

        Raises:
            StoreUnavailableError: the store or its artifacts cannot be written.
        """
        ids, names = self._named(order)
        for some in pieces(ids, _AT_ONCE):
            self._purge_runs(some)
        for name in names:
            self._purge_experiment(name)
        if ids or names:
            remove_left_texts(self._store, before=self._now - GRACE_MS, now=self._now)
        return self._remove_bytes()

    def _named(self, order: PurgeOrder) -> tuple[list[str], list[str]]:
        with self._store.read() as cx:
            ids, names = self._done.find(cx, order.runs), list(order.experiments)
            if order.older_than_days is not None:
                until = self._now - int(order.older_than_days * _DAY_MS)
                ids += trash.old_runs(cx, until=until, limit=_MOST, now=self._now)
                names += trash.old_experiments(cx, until=until)
        return list(dict.fromkeys(ids)), list(dict.fromkeys(names))

    def _purge_runs(self, run_ids: list[str]) -> None:
        with self._store.write_durably() as tx:
            # Also those that name one of them: they are written too, and all writers go in one order.
            others = purge.referring(tx, run_ids) - set(run_ids)
            held = [
                one for one in trash.hold_runs(tx, others.union(run_ids)) if one.id in set(run_ids)
            ]
            needed = purge.needed_by(tx, run_ids)
            going = []
            for one in held:
                reason = needed.get(one.id) or self._refusal(one)
                if reason:
                    self._done.refuse("run", one.id, reason)
                    continue
                going.append(one)
            since = {one.id: one.trashed_at or 0 for one in going}
            removed = purge.remove_runs(tx, since, now=self._now)
            for one in going:
                self._done.move_run(tx, "purge", one, self._who)
        if self._job_files is not None:
            self._job_files.remove(removed.jobs)
        self._done.take(removed.digests)
        self._done.documents_kept += removed.documents_kept

    def _refusal(self, one: trash.HeldTrash) -> str:
        if one.is_running:
            return "it is running"
        if one.trashed_at is None:
            return "it is not in the trash"
        if (one.import_began_at or 0) >= self._now - trash.UNFINISHED_MS:
            return "an import is writing it"
        return ""

    def _purge_experiment(self, name: str) -> None:
        with self._store.read() as cx:
            found = trash.find_experiment(cx, name)
            if found is None or found.trashed_at is None or name == DEFAULT_EXPERIMENT:
                self._refuse(name, "there is none of this name in the trash to purge")
                return
            if trash.has_living(cx, found.id):
                self._refuse(name, "it has runs that are not in the trash")
                return
            runs = trash.runs_of(cx, found.id)
        for some in pieces(runs, _AT_ONCE):
            self._purge_runs(some)
        with self._store.write_durably() as tx:
            # Since it was looked at it may have been restored, or somebody logged into it.
            held = trash.claim_experiment(tx, found.id)
            if held is None or held.trashed_at is None:
                self._refuse(name, "it is not in the trash any more")
                return
            needed = purge_linked.models_needed(tx, found.id)
            if needed or trash.runs_of(tx, found.id):
                self._refuse(name, needed or "some of its runs cannot be purged")
                return
            digests = purge.remove_experiment(tx, found.id)
            self._done.take(dict.fromkeys(digests, held.trashed_at))
            self._done.move_experiment(tx, "purge", held, runs=[], who=self._who)

    def _refuse(self, name: str, reason: str) -> None:
        self._done.refuse("experiment", name, reason)

    def _remove_bytes(self) -> TrashOutcome:
        """Remove content that is nobody's; what was put later is somebody else's, who may yet name it."""
        by_time: defaultdict[Millis, list[str]] = defaultdict(list)
        for digest, trashed_at in self._done.digests.items():
            by_time[min(trashed_at, self._put_before or trashed_at)].append(digest)
        garbage = Garbage(self._store, clock=self._clock)
        removed = [
            garbage.remove(digests, before=before, who=self._who)
            for before, digests in sorted(by_time.items())
        ]
        gone = [each for one in removed for each in one.gone]
        kept = [each for one in removed for each in one.waiting]
        return msgspec.structs.replace(
            self._done.outcome(),
            artifacts=len(gone),
            artifact_bytes=sum(one.size for one in gone),
            artifacts_kept=len(kept),
            artifact_bytes_kept=sum(one.size for one in kept),
        )
