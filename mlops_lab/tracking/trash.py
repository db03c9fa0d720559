"""Owns the trash: runs and experiments are put there, taken back, and purged for good.

A run that is running cannot be put there, unless a client writes it that may never end it. A run that
a model version or a job definition comes from can lie in the trash, and cannot be purged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from mlops_lab.core.audit import AuditAction
from mlops_lab.core.changes import ChangeAction
from mlops_lab.core.clock import Clock, Millis, now_ms
from mlops_lab.core.cursor import read_cursor, write_cursor
from mlops_lab.core.errors import ConflictError, InvalidInputError, LabError
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.core.logged import DEFAULT_EXPERIMENT
from mlops_lab.core.trash import PurgeOrder, Refused, TrashOrder, TrashOutcome, TrashPage
from mlops_lab.store import audit, outbox, purge, purge_linked, trash
from mlops_lab.store.artifact_garbage import Garbage
from mlops_lab.store.job_files import JobFiles
from mlops_lab.store.store import Store

from .lookup import find_run_id

_AT_ONCE = 50
_MOST = 1_000_000
_DAY_MS = 86_400_000


class TrashService:
    """The trash of one store. Safe to use from several threads."""

    def __init__(
        self, store: Store, *, clock: Clock = now_ms, job_files: JobFiles | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._job_files = job_files

    def list_page(self, *, limit: int = 100, cursor: str | None = None) -> TrashPage:
        """Return a page of what is in the trash, what came last first.

        Raises:
            InvalidInputError: the limit or the cursor cannot be used.
        """
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInputError(
                f"A page of {limit} records was asked for.", hint=f"Ask for 1 to {MAX_PAGE}."
            )
        after = None if cursor is None else read_cursor(cursor)
        with self._store.read() as cx:
            runs = trash.list_runs(cx, after=after, limit=limit + 1)
            names = [] if cursor else trash.list_experiments(cx, limit=_MOST)
        following = None
        if len(runs) > limit:
            runs = runs[:limit]
            following = write_cursor((runs[-1].trashed_at, runs[-1].id))
        return TrashPage(runs=runs, experiments=names, next_cursor=following)

    def put(self, order: TrashOrder, *, who: str) -> TrashOutcome:
        """Put runs with their children, and experiments with their runs, into the trash."""
        done = _Done()
        with self._store.write_durably() as tx:
            now = self._clock()
            for run_id in done.find(tx, order.runs):
                self._put_run(tx, done, run_id, now=now, who=who)
            for name in order.experiments:
                self._put_experiment(tx, done, name, now=now, who=who)
        return done.outcome()

    def put_run(self, typed: str, *, who: str) -> TrashOutcome:
        """Put one run, named by its id or a part of it, into the trash with its children.

        Raises:
            NotFoundError: there is no such run.
            InvalidInputError: several runs begin or end like this.
            ConflictError: it is running.
        """
        with self._store.read() as cx:
            run_id = find_run_id(cx, typed)
        return _done_or_refused(self.put(TrashOrder(runs=[run_id]), who=who))

    def restore_run(self, typed: str, *, who: str) -> TrashOutcome:
        """Take one run, named by its id or a part of it, out of the trash.

        Raises:
            NotFoundError: there is no such run.
            InvalidInputError: several runs begin or end like this.
            ConflictError: it is not in the trash.
        """
        with self._store.read() as cx:
            run_id = find_run_id(cx, typed)
        return _done_or_refused(self.restore(TrashOrder(runs=[run_id]), who=who))

    def restore(self, order: TrashOrder, *, who: str) -> TrashOutcome:
        """Take runs and experiments out of the trash, with what was put there together with them."""
        done = _Done()
        with self._store.write_durably() as tx:
            for run_id in done.find(tx, order.runs):
                [held] = trash.hold_runs(tx, [run_id])
                if held.trashed_at is None:
                    done.refuse("run", run_id, "it is not in the trash")
                    continue
                family = trash.with_children(tx, [run_id])
                self._restored(tx, done, trash.take_runs(tx, family, of=held.trashed_at), who=who)
            for name in order.experiments:
                found = trash.find_experiment(tx, name)
                if found is None or found.trashed_at is None:
                    done.refuse("experiment", name, "there is none of this name in the trash")
                    continue
                trash.set_experiment(tx, found.id, at=None)
                runs = trash.take_runs(tx, trash.runs_of(tx, found.id), of=found.trashed_at)
                self._restored(tx, done, runs, who=who)
                _note_experiment(tx, done, "restore", found.id, found.name, who=who)
        return done.outcome()

    def purge(self, order: PurgeOrder, *, who: str) -> TrashOutcome:
        """Remove what lies in the trash for good: rows, and bytes that nothing else names.

        Records of a purged run that arrive later are dropped.

        Raises:
            StoreUnavailableError: the store or its artifacts cannot be written.
        """
        done = _Done()
        ids, names = self._named(order, done)
        now = self._clock()
        kept = 0
        for start in range(0, len(ids), _AT_ONCE):
            kept += self._purge_runs(done, ids[start : start + _AT_ONCE], now=now, who=who)
        for name in names:
            self._purge_experiment(done, name, now=now, who=who)
        with self._store.write_durably() as tx:
            purge.remove_left_documents(tx, now=now)
        # What was put after its run came into the trash is somebody else's, whose record may be on
        # its way.
        removed = Garbage(self._store, clock=self._clock).remove(
            done.digests, before=done.newest_trashed_at + 1, who=who
        )
        return TrashOutcome(
            runs=done.runs,
            experiments=done.experiments,
            refused=done.refused,
            artifacts=removed.artifacts,
            artifact_bytes=removed.artifact_bytes,
            documents_kept=kept,
        )

    def _put_run(self, tx: Connection, done: _Done, run_id: str, *, now: Millis, who: str) -> None:
        family = trash.with_children(tx, [run_id])
        held = {one.id: one for one in trash.hold_runs(tx, family)}
        running = [one for one in held.values() if _is_running(one)]
        if running:
            reason = f"run {running[0].id} is running: let it end, or interrupt it"
            done.refuse("run", run_id, reason)
            return
        for moved in trash.put_runs(tx, family, at=now, who=who):
            one = held[moved]
            audit.note(tx, "trash", "run", moved, who=who, name=one.name, experiment=one.experiment)
            outbox.put_change(tx, "run", moved, "deleted")
            done.runs.append(moved)

    def _put_experiment(
        self, tx: Connection, done: _Done, name: str, *, now: Millis, who: str
    ) -> None:
        found = trash.find_experiment(tx, name)
        if found is None or found.trashed_at is not None:
            done.refuse("experiment", name, "there is none of this name, or it is there already")
            return
        runs = trash.runs_of(tx, found.id)
        running = [one.id for one in trash.hold_runs(tx, runs) if _is_running(one)]
        if running:
            done.refuse("experiment", name, f"its run {running[0]} is running: let it end first")
            return
        trash.set_experiment(tx, found.id, at=now)
        moved = trash.put_runs(tx, runs, at=now, who=who)
        outbox.put_changes(tx, "run", [(run_id, "deleted") for run_id in moved])
        done.runs += moved
        _note_experiment(tx, done, "trash", found.id, found.name, who=who, runs=len(moved))

    def _restored(self, tx: Connection, done: _Done, run_ids: Sequence[str], *, who: str) -> None:
        for run_id in run_ids:
            audit.note(tx, "restore", "run", run_id, who=who)
            outbox.put_change(tx, "run", run_id, "created")
            done.runs.append(run_id)

    def _named(self, order: PurgeOrder, done: _Done) -> tuple[list[str], list[str]]:
        with self._store.read() as cx:
            ids, names = done.find(cx, order.runs), list(order.experiments)
            if order.older_than_days is not None:
                until = self._clock() - int(order.older_than_days * _DAY_MS)
                ids += trash.old_runs(cx, until=until, limit=_MOST)
                names += trash.old_experiments(cx, until=until)
        return list(dict.fromkeys(ids)), list(dict.fromkeys(names))

    def _purge_runs(self, done: _Done, run_ids: list[str], *, now: Millis, who: str) -> int:
        with self._store.write_durably() as tx:
            held = trash.hold_runs(tx, run_ids)
            needed = purge.needed_by(tx, run_ids)
            going = []
            for one in held:
                reason = needed.get(one.id, "")
                if one.trashed_at is None:
                    reason = "it is not in the trash"
                elif _is_running(one):
                    reason = "it is running"
                if reason:
                    done.refuse("run", one.id, reason)
                    continue
                going.append(one)
            removed = purge.remove_runs(tx, [one.id for one in going], now=now)
            for one in going:
                audit.note(
                    tx, "purge", "run", one.id, who=who, name=one.name, experiment=one.experiment
                )
                outbox.put_change(tx, "run", one.id, "deleted")
        if self._job_files is not None:
            self._job_files.remove(removed.jobs)
        done.runs += [one.id for one in going]
        done.take(removed.digests, [one.trashed_at for one in going])
        return removed.documents_kept

    def _purge_experiment(self, done: _Done, name: str, *, now: Millis, who: str) -> None:
        with self._store.read() as cx:
            found = trash.find_experiment(cx, name)
            if found is None or found.trashed_at is None or name == DEFAULT_EXPERIMENT:
                done.refuse("experiment", name, "there is none of this name in the trash to purge")
                return
            if trash.has_living(cx, found.id):
                done.refuse("experiment", name, "it has runs that are not in the trash")
                return
            runs = trash.runs_of(cx, found.id)
        for start in range(0, len(runs), _AT_ONCE):
            self._purge_runs(done, runs[start : start + _AT_ONCE], now=now, who=who)
        with self._store.write_durably() as tx:
            needed = purge_linked.models_needed(tx, found.id)
            if needed or trash.runs_of(tx, found.id):
                done.refuse("experiment", name, needed or "some of its runs cannot be purged")
                return
            done.take(purge.remove_experiment(tx, found.id), [found.trashed_at])
            _note_experiment(tx, done, "purge", found.id, found.name, who=who)


class _Done:
    """What an order did so far."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.experiments: list[str] = []
        self.refused: list[Refused] = []
        self.digests: set[str] = set()
        self.newest_trashed_at: Millis = 0

    def find(self, cx: Connection, typed: Iterable[str]) -> list[str]:
        found: list[str] = []
        for name in typed:
            try:
                found.append(find_run_id(cx, name))
            except LabError as error:
                self.refuse("run", name, str(error))
        return found

    def refuse(self, kind: str, name: str, reason: str) -> None:
        self.refused.append(Refused(kind, name, reason))

    def take(self, digests: Iterable[str], trashed_at: Iterable[Millis | None]) -> None:
        self.digests.update(digests)
        self.newest_trashed_at = max(self.newest_trashed_at, *(at or 0 for at in trashed_at), 0)

    def outcome(self) -> TrashOutcome:
        return TrashOutcome(runs=self.runs, experiments=self.experiments, refused=self.refused)


def _is_running(held: trash.HeldTrash) -> bool:
    return held.status == "running" and held.source != "client"


def _note_experiment(
    tx: Connection,
    done: _Done,
    action: AuditAction,
    experiment_id: str,
    name: str,
    *,
    who: str,
    **detail: int,
) -> None:
    audit.note(tx, action, "experiment", experiment_id, who=who, name=name, **detail)
    moved: ChangeAction = "created" if action == "restore" else "deleted"
    outbox.put_change(tx, "experiment", experiment_id, moved)
    done.experiments.append(name)


def _done_or_refused(outcome: TrashOutcome) -> TrashOutcome:
    for one in outcome.refused:
        raise ConflictError(
            f"The {one.kind} {one.name} stays as it is: {one.reason}.",
            hint="See what lies there: mlops-lab trash list",
        )
    return outcome
