"""Owns retention: data of an experiment is kept, masked, or removed some days after a run's end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Connection

from mlops_lab.core.clock import Clock, Millis, now_ms
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.limits import check_key
from mlops_lab.core.retention import MAX_DAYS, RetentionOutcome, RetentionPolicy
from mlops_lab.core.trash import PurgeOrder, TrashOrder
from mlops_lab.store import audit, outbox, purge, retention, trash as trash_rows
from mlops_lab.store.artifact_garbage import Garbage
from mlops_lab.store.family import with_children, with_parents
from mlops_lab.store.job_files import JobFiles
from mlops_lab.store.rows import pieces, storable
from mlops_lab.store.store import Store

from .trash import TrashService

_Old = Callable[..., list[retention.OldRun]]
_Stays = Callable[[Connection, Sequence[str]], Collection[str]]

PERIOD_MS = 3_600_000
"""How often a policy is applied by itself."""

_MOST = 1_000
_AT_ONCE = 100
_DAY_MS = 86_400_000


class RetentionService:
    """The data policies of one store. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        trash: TrashService,
        *,
        clock: Clock = now_ms,
        job_files: JobFiles | None = None,
    ) -> None:
        self._store = store
        self._trash = trash
        self._clock = clock
        self._job_files = job_files

    def list_policies(self) -> list[RetentionPolicy]:
        """Return all policies, that for all other experiments first."""
        with self._store.read() as cx:
            return retention.read_policies(cx)

    def set_policy(
        self,
        experiment: str,
        *,
        runs_days: float | None,
        artifacts_days: float | None,
        masked: Sequence[str],
        who: str,
    ) -> RetentionPolicy:
        """Set the policy of an experiment, or with an empty name that of all others.

        A policy that keeps everything takes an experiment out of the one for all others.

        Raises:
            InvalidInputError: the days cannot be used.
            LimitError: a name cannot be that of a param or tag.
        """
        for days in (runs_days, artifacts_days):
            if days is not None and not 0 < days <= MAX_DAYS:
                raise InvalidInputError(
                    f"{days} is no number of days to keep data.",
                    hint=f"Give more than 0 and at most {MAX_DAYS:,}.",
                )
        policy = RetentionPolicy(
            experiment=storable(experiment),
            runs_days=runs_days,
            artifacts_days=artifacts_days,
            masked=[storable(check_key("param", name)) for name in masked],
            updated_at=self._clock(),
            updated_by=storable(who),
        )
        with self._store.write_durably() as tx:
            retention.put_policy(tx, policy)
            told = {"runs_days": runs_days, "artifacts_days": artifacts_days}
            audit.note(
                tx, "retain", "experiment", experiment, who=who, masked=policy.masked, **told
            )
        return policy

    def remove_policy(self, experiment: str, *, who: str) -> bool:
        """Remove the policy of an experiment; False when it has none."""
        with self._store.write_durably() as tx:
            is_removed = retention.remove_policy(tx, experiment)
            if is_removed:
                audit.note(tx, "retain", "experiment", experiment, who=who, removed=True)
        return is_removed

    def survey(self) -> list[RetentionOutcome]:
        """Return what ``apply`` would do now; nothing is changed."""
        return [self._survey(policy) for policy in self.list_policies()]

    def apply(self) -> list[RetentionOutcome]:
        """Apply every policy now, 1,000 runs of each at most; return what was done."""
        return [self._apply(policy) for policy in self.list_policies()]

    def apply_due(self) -> list[RetentionOutcome]:
        """Apply the policies that no process of this store has applied for an hour."""
        now = self._clock()
        with self._store.read() as cx:
            due = retention.read_policies(cx, due_before=now - PERIOD_MS)
        done = []
        for policy in due:
            with self._store.write() as tx:
                is_ours = retention.claim_policy(
                    tx, policy.experiment, due_before=now - PERIOD_MS, now=now
                )
            if is_ours:
                done.append(self._apply(policy))
        return done

    def _survey(self, policy: RetentionPolicy) -> RetentionOutcome:
        runs = self._runs_to_remove(policy)
        files = [one for one in self._runs_with_old_files(policy) if one not in set(runs)]
        return RetentionOutcome(
            policy.experiment, len(runs), len(files), len(self._unmasked(policy))
        )

    def _apply(self, policy: RetentionPolicy) -> RetentionOutcome:
        who = f"retention, set by {policy.updated_by}"
        masked = self._unmasked(policy)
        for some in pieces(masked, _AT_ONCE):
            with self._store.write_durably() as tx:
                retention.mask_values(tx, some, policy.masked)
                for run_id in some:
                    audit.note(tx, "retain", "run", run_id, who=who, masked=policy.masked)
                    outbox.put_change(tx, "run", run_id, "updated")
        going = self._runs_to_remove(policy)
        removed: list[str] = []
        for some in pieces(going, _AT_ONCE):
            # Children go with their run.
            family = self._trash.put(TrashOrder(runs=some), who=who).runs
            order = PurgeOrder(runs=sorted({*some, *family}))
            # What was put since they ended is of another run.
            put_before = self._before(policy.runs_days or 0)
            removed += self._trash.purge(order, who=who, put_before=put_before).runs
        files = self._remove_files(policy, who=who)
        return RetentionOutcome(policy.experiment, len(removed), files, len(masked))

    def _runs_to_remove(self, policy: RetentionPolicy) -> list[str]:
        if policy.runs_days is None:
            return []
        return self._find(policy, retention.old_runs, days=policy.runs_days, stays=_staying)

    def _find(self, policy: RetentionPolicy, old: _Old, *, days: float, stays: _Stays) -> list[str]:
        """Return old runs that may go, 1,000 at most: those that stay do not stand before them."""
        found: list[str] = []
        after: retention.OldRun | None = None
        before = self._before(days)
        while len(found) < _MOST:
            with self._store.read() as cx:
                page = old(cx, policy.experiment, before=before, after=after, limit=_MOST)
                ids = [one.id for one in page]
                staying = stays(cx, ids)
            found += [run_id for run_id in ids if run_id not in staying]
            if len(page) < _MOST:
                break
            after = page[-1]
        return found[:_MOST]

    def _runs_with_old_files(self, policy: RetentionPolicy) -> list[str]:
        if policy.artifacts_days is None:
            return []
        days = policy.artifacts_days
        return self._find(policy, retention.old_runs_with_files, days=days, stays=purge.needed_by)

    def _remove_files(self, policy: RetentionPolicy, *, who: str) -> int:
        if policy.artifacts_days is None:
            return 0
        found = self._runs_with_old_files(policy)
        digests: set[str] = set()
        for some in pieces(found, _AT_ONCE):
            with self._store.write_durably() as tx:
                for run_id, digest in retention.remove_files(tx, some):
                    digests.add(digest)
                    audit.note(tx, "retain", "run", run_id, who=who, artifact=digest)
                outbox.put_changes(tx, "run", [(run_id, "updated") for run_id in some])
        digests |= self._remove_job_files(policy, who=who)
        # What was put later than that is of another run.
        before = self._before(policy.artifacts_days)
        Garbage(self._store, clock=self._clock).remove(digests, before=before, who=who)
        return len(found)

    def _remove_job_files(self, policy: RetentionPolicy, *, who: str) -> set[str]:
        """Remove executed notebooks and logs of jobs; return the content that these named."""
        assert policy.artifacts_days is not None  # noqa: S101 - asked before
        before = self._before(policy.artifacts_days)
        here = set() if self._job_files is None else self._job_files.list_ids()
        with self._store.read() as cx:
            jobs = retention.old_jobs(cx, policy.experiment, before=before, here=here, limit=_MOST)
            runs = [one.run_id for one in jobs if one.run_id is not None]
            needed = purge.needed_by(cx, runs)
        going = [one for one in jobs if one.run_id not in needed]
        digests: set[str] = set()
        for some in pieces(going, _AT_ONCE):
            with self._store.write_durably() as tx:
                digests |= retention.remove_notebooks(tx, [one.id for one in some])
                for one in some:
                    audit.note(tx, "retain", "job", one.id, who=who, removed="notebook and log")
                outbox.put_changes(tx, "job", [(one.id, "updated") for one in some])
            if self._job_files is not None:
                self._job_files.remove([one.id for one in some])
        return digests

    def _unmasked(self, policy: RetentionPolicy) -> list[str]:
        if not policy.masked:
            return []
        with self._store.read() as cx:
            return retention.find_unmasked(cx, policy.experiment, policy.masked, limit=_MOST)

    def _before(self, days: float) -> Millis:
        return self._clock() - int(days * _DAY_MS)


def _staying(cx: Connection, run_ids: Sequence[str]) -> set[str]:
    """Return those of the runs that cannot go, because of themselves or of a run below them."""
    family = with_children(cx, run_ids)
    blocked = {*purge.needed_by(cx, family), *trash_rows.running_among(cx, family)}
    return set(with_parents(cx, blocked))
