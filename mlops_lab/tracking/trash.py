"""Owns the trash: runs and experiments are put there, taken back, and purged for good.

A run that is running cannot be put there, unless a client writes it that may never end it. A run that
a model version or a job definition comes from can lie in the trash, and cannot be purged.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from mlops_lab.core.clock import Clock, Millis, now_ms
from mlops_lab.core.cursor import read_cursor, write_cursor
from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.core.trash import PurgeOrder, TrashOrder, TrashOutcome, TrashPage
from mlops_lab.store import trash
from mlops_lab.store.family import with_children
from mlops_lab.store.job_files import JobFiles
from mlops_lab.store.store import Store

from .lookup import find_run_id
from .purging import Purge
from .trashdone import Done

_MOST = 1_000_000


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
            runs = trash.list_runs(cx, after=after, limit=limit + 1, now=self._clock())
            names = [] if cursor else trash.list_experiments(cx, limit=_MOST)
        following = None
        if len(runs) > limit:
            runs = runs[:limit]
            following = write_cursor((runs[-1].trashed_at, runs[-1].id))
        return TrashPage(runs=runs, experiments=names, next_cursor=following)

    def put(self, order: TrashOrder, *, who: str) -> TrashOutcome:
        """Put runs with their children, and experiments with their runs, into the trash."""
        done = Done()
        with self._store.write_durably() as tx:
            run_ids = done.find(tx, order.runs)
            ids = _experiments_named(tx, done, order.experiments)
            now = self._clock()
            self._put_experiments(tx, done, ids, now=now, who=who)
            self._put_runs(tx, done, run_ids, now=now, who=who)
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

    def put_experiment(self, experiment_id: str, *, who: str) -> TrashOutcome:
        """Put one experiment, by its id, into the trash with its runs.

        Raises:
            NotFoundError: there is no such experiment.
            ConflictError: one of its runs is running, or it is there already.
        """
        done = Done()
        with self._store.write_durably() as tx:
            self._put_experiments(tx, done, [experiment_id], now=self._clock(), who=who)
        return _found_and_done(done, experiment_id)

    def restore_run(self, typed: str, *, who: str) -> TrashOutcome:
        """Take one run, named by its id or a part of it, out of the trash.

        Raises:
            NotFoundError: there is no such run.
            InvalidInputError: several runs begin or end like this.
            ConflictError: it is not in the trash, or an import has not finished it.
        """
        with self._store.read() as cx:
            run_id = find_run_id(cx, typed)
        return _done_or_refused(self.restore(TrashOrder(runs=[run_id]), who=who))

    def restore_experiment(self, experiment_id: str, *, who: str) -> TrashOutcome:
        """Take one experiment, by its id, out of the trash, with the runs that went there with it.

        Raises:
            NotFoundError: there is no such experiment.
            ConflictError: it is not in the trash.
        """
        done = Done()
        with self._store.write_durably() as tx:
            self._restore_experiments(tx, done, [experiment_id], who=who)
        return _found_and_done(done, experiment_id)

    def restore(self, order: TrashOrder, *, who: str) -> TrashOutcome:
        """Take runs and experiments out of the trash, with what was put there together with them.

        What a run is in, its parents and its experiment, comes back with it.
        """
        done = Done()
        with self._store.write_durably() as tx:
            run_ids = done.find(tx, order.runs)
            ids = _experiments_named(tx, done, order.experiments)
            self._restore_experiments(tx, done, ids, who=who)
            back = set(done.runs)
            self._restore_runs(tx, done, [one for one in run_ids if one not in back], who=who)
        return done.outcome()

    def purge(
        self, order: PurgeOrder, *, who: str, put_before: Millis | None = None
    ) -> TrashOutcome:
        """Remove what lies in the trash for good: rows, and bytes that nothing else names.

        Records of a purged run that arrive later are dropped.

        Args:
            order: what to remove.
            who: who does it, for the audit.
            put_before: bytes that were put since then stay for a collection of garbage, as do those
                that were put since their run came into the trash.

        Raises:
            StoreUnavailableError: the store or its artifacts cannot be written.
        """
        going = Purge(
            self._store,
            clock=self._clock,
            job_files=self._job_files,
            who=who,
            put_before=put_before,
        )
        return going.run(order)

    def _put_runs(
        self, tx: Connection, done: Done, run_ids: Sequence[str], *, now: Millis, who: str
    ) -> None:
        families = {run_id: with_children(tx, [run_id]) for run_id in run_ids}
        # All at once, in one order: two such orders do not wait for each other.
        every = trash.hold_runs(tx, [one for family in families.values() for one in family])
        held = {one.id: one for one in every}
        for run_id, family in families.items():
            running = [one for one in family if one in held and held[one].is_running]
            if running:
                reason = f"run {running[0]} is running: let it end, or interrupt it"
                done.refuse("run", run_id, reason)
                continue
            for moved in trash.put_runs(tx, family, at=now, who=who):
                done.move_run(tx, "trash", held[moved], who)

    def _put_experiments(
        self, tx: Connection, done: Done, ids: Sequence[str], *, now: Millis, who: str
    ) -> None:
        going = []
        for one in trash.hold_experiments(tx, ids):
            if one.trashed_at is None:
                going.append(one)
            else:
                done.refuse("experiment", one.name, "it is there already")
        trash.hold_runs_of(tx, [one.id for one in going])
        for one in going:
            running = trash.running_of(tx, one.id)
            if running is not None:
                reason = f"its run {running} is running: let it end first"
                done.refuse("experiment", one.name, reason)
                continue
            trash.set_experiment(tx, one.id, trashed_at=now, now=now)
            runs = trash.put_runs_of(tx, one.id, at=now, who=who)
            done.move_experiment(tx, "trash", one, runs=runs, who=who)

    def _restore_experiments(
        self, tx: Connection, done: Done, ids: Sequence[str], *, who: str
    ) -> None:
        held = trash.hold_experiments(tx, ids)
        trash.hold_runs_of(tx, [one.id for one in held])
        for one in held:
            if one.trashed_at is None:
                done.refuse("experiment", one.name, "there is none of this name in the trash")
                continue
            trash.set_experiment(tx, one.id, trashed_at=None, now=self._clock())
            runs = trash.take_runs_of(tx, one.id, of=one.trashed_at)
            done.move_experiment(tx, "restore", one, runs=runs, who=who)

    def _restore_runs(
        self, tx: Connection, done: Done, run_ids: Sequence[str], *, who: str
    ) -> None:
        around = trash.hold_experiments(tx, trash.trashed_experiments_of(tx, run_ids))
        families = {one: with_children(tx, [one]) for one in run_ids}
        above = {one: trash.trashed_parents(tx, one) for one in run_ids}
        every = {one for found in (families, above) for ids in found.values() for one in ids}
        held = {one.id: one for one in trash.hold_runs(tx, every)}
        restored: dict[str, trash.HeldTrash] = {}
        for run_id in run_ids:
            found = held.get(run_id)
            reason = _why_not_restored(found) if found else "it is not there any more"
            if reason or found is None:
                done.refuse("run", run_id, reason)
                continue
            together = [held[one] for one in families[run_id] if one in held]
            moved = [one for one in together if one.trashed_at == found.trashed_at]
            moved += [held[one] for one in above[run_id] if one in held]
            restored |= {one.id: one for one in moved if not _why_not_restored(one)}
        trash.take_runs(tx, sorted(restored))
        for one in restored.values():
            done.move_run(tx, "restore", one, who)
        for experiment in around:
            if experiment.name in {one.experiment for one in restored.values()}:
                trash.set_experiment(tx, experiment.id, trashed_at=None, now=self._clock())
                done.move_experiment(tx, "restore", experiment, runs=[], who=who)


def _experiments_named(cx: Connection, done: Done, names: Sequence[str]) -> list[str]:
    ids: list[str] = []
    for name in names:
        found = trash.find_experiment(cx, name)
        if found is None:
            done.refuse("experiment", name, "there is none of this name")
        else:
            ids.append(found.id)
    return ids


def _why_not_restored(one: trash.HeldTrash) -> str:
    if one.trashed_at is None:
        return "it is not in the trash"
    if one.import_began_at is not None:
        return "its import has not finished it: import it again"
    return ""


def _found_and_done(done: Done, experiment_id: str) -> TrashOutcome:
    if not done.experiments and not done.refused:
        raise NotFoundError(f"There is no experiment with the id {experiment_id!r}.")
    return _done_or_refused(done.outcome())


def _done_or_refused(outcome: TrashOutcome) -> TrashOutcome:
    for one in outcome.refused:
        raise ConflictError(
            f"The {one.kind} {one.name} stays as it is: {one.reason}.",
            hint="See what lies there: mlops-lab trash list",
        )
    return outcome
