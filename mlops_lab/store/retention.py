"""Owns the rows of retention: the policies, and the runs, files and values that they mean."""

from __future__ import annotations

from collections.abc import Sequence, Set as AbstractSet
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select, tuple_, update

from mlops_lab.core.clock import Millis
from mlops_lab.core.retention import MASK, RetentionPolicy

from .capture_tables import old_tag, run_artifact
from .rows import pieces, upsert
from .tables import experiment, job, key, param, run, tag
from .trash_tables import retention

_LITERAL = repr(MASK)


def read_policies(cx: Connection, *, due_before: Millis | None = None) -> list[RetentionPolicy]:
    """Return the policies, that for all others first; or only those not applied since a time."""
    query = select(retention).order_by(retention.c.experiment)
    if due_before is not None:
        query = query.where(
            or_(retention.c.applied_at.is_(None), retention.c.applied_at < due_before)
        )
    return [
        RetentionPolicy(
            experiment=row.experiment,
            runs_days=row.runs_days,
            artifacts_days=row.artifacts_days,
            masked=msgspec.json.decode(row.masked, type=list[str]),
            updated_at=row.updated_at,
            updated_by=row.updated_by,
        )
        for row in cx.execute(query)
    ]


def claim_policy(tx: Connection, name: str, *, due_before: Millis, now: Millis) -> bool:
    """Take a policy to apply it; False when another process did since ``due_before``."""
    query = update(retention).where(
        retention.c.experiment == name,
        or_(retention.c.applied_at.is_(None), retention.c.applied_at < due_before),
    )
    return tx.execute(query.values(applied_at=now)).rowcount > 0


def put_policy(tx: Connection, policy: RetentionPolicy) -> None:
    """Write a policy in place of the one that the experiment has."""
    values: dict[str, Any] = msgspec.structs.asdict(policy)
    values["masked"] = msgspec.json.encode(policy.masked).decode()
    values["applied_at"] = None
    write = upsert(tx, retention).values(values)
    changed = {name: write.excluded[name] for name in values if name != "experiment"}
    tx.execute(write.on_conflict_do_update(index_elements=["experiment"], set_=changed))


def move_policy(tx: Connection, before: str, name: str) -> bool:
    """Give the policy of an experiment to its new name; return False when it has none."""
    moved = select(retention.c.experiment).where(retention.c.experiment == before).with_for_update()
    if not before or not name or tx.execute(moved).first() is None:
        return False
    tx.execute(delete(retention).where(retention.c.experiment == name))
    tx.execute(update(retention).where(retention.c.experiment == before).values(experiment=name))
    return True


def remove_policy(tx: Connection, name: str) -> bool:
    """Remove the policy of an experiment; return False when it has none."""
    return tx.execute(delete(retention).where(retention.c.experiment == name)).rowcount > 0


class OldRun(msgspec.Struct, frozen=True):
    """A run, and when it ended: the place of a page that goes on after it."""

    ended_at: Millis
    id: str


def old_runs(
    cx: Connection, name: str, *, before: Millis, after: OldRun | None, limit: int
) -> list[OldRun]:
    """Return runs that a policy means and that ended before a time, the oldest first."""
    return _old(cx, _meant(name), before=before, after=after, limit=limit)


def old_runs_with_files(
    cx: Connection, name: str, *, before: Millis, after: OldRun | None, limit: int
) -> list[OldRun]:
    """Return those of ``old_runs`` that have files."""
    has_files = select(run_artifact.c.run_id).where(run_artifact.c.run_id == run.c.id).exists()
    return _old(cx, [*_meant(name), has_files], before=before, after=after, limit=limit)


def _old(
    cx: Connection,
    meant: Sequence[ColumnElement[bool]],
    *,
    before: Millis,
    after: OldRun | None,
    limit: int,
) -> list[OldRun]:
    ended = func.coalesce(run.c.ended_at, run.c.started_at)
    query = select(ended, run.c.id).where(
        *meant, run.c.status.not_in(["running", "scheduled"]), ended < before
    )
    if after is not None:
        query = query.where(tuple_(ended, run.c.id) > (after.ended_at, after.id))
    return [OldRun(*row) for row in cx.execute(query.order_by(ended, run.c.id).limit(limit))]


def remove_files(tx: Connection, run_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Remove the names of all files of runs; return (run id, digest) of each."""
    query = delete(run_artifact).where(run_artifact.c.run_id.in_(run_ids))
    rows = tx.execute(query.returning(run_artifact.c.run_id, run_artifact.c.digest))
    return [(row.run_id, row.digest) for row in rows]


class OldJob(msgspec.Struct, frozen=True):
    """A job that ended long ago, and the run that it made, if it made one."""

    id: str
    run_id: str | None


def old_jobs(
    cx: Connection, name: str, *, before: Millis, here: AbstractSet[str], limit: int
) -> list[OldJob]:
    """Return jobs that a policy means and that ended before a time, the oldest first.

    A job without a run is meant by the policy for all others.

    Args:
        cx: an open connection.
        name: the experiment of the policy; empty for all others.
        before: the time.
        here: jobs that have files on this machine; of others only those with a notebook are told.
        limit: most jobs.
    """
    meant = select(run.c.id).where(run.c.id == job.c.run_id, *_meant(name)).exists()
    found: list[OldJob] = []
    for has_files in (job.c.notebook_digest.is_not(None), *map(job.c.id.in_, pieces(sorted(here)))):
        query = select(job.c.id, job.c.run_id).where(
            job.c.ended_at < before,
            has_files,
            meant if name else or_(job.c.run_id.is_(None), meant),
        )
        rows = cx.execute(query.order_by(job.c.ended_at, job.c.id).limit(limit))
        found += [OldJob(*row) for row in rows]
    return list({one.id: one for one in found}.values())[:limit]


def remove_notebooks(tx: Connection, job_ids: Sequence[str]) -> set[str]:
    """Take their executed notebooks out of jobs; return the content that they named."""
    query = select(job.c.notebook_digest).where(job.c.id.in_(job_ids))
    digests = {one for one in tx.execute(query).scalars() if one is not None}
    tx.execute(update(job).where(job.c.id.in_(job_ids)).values(notebook_digest=None))
    return digests


def find_unmasked(cx: Connection, name: str, names: Sequence[str], *, limit: int) -> list[str]:
    """Return runs that a policy means and that show a value of these params or tags."""
    found: set[str] = set()
    for table, mask in _SHOWN:
        query = (
            select(run.c.id)
            .select_from(table)
            .join(run, run.c.seq == table.c.run_seq)
            .where(*_meant(name), table.c.key_id.in_(_keys(names)), table.c.value != mask)
        )
        found.update(cx.execute(query.distinct().limit(limit)).scalars())
    return sorted(found)


def mask_values(tx: Connection, run_ids: Sequence[str], names: Sequence[str]) -> None:
    """Replace the values of these params and tags of runs."""
    seqs = select(run.c.seq).where(run.c.id.in_(run_ids))
    for table, mask in _SHOWN:
        values: dict[str, Any] = {"value": mask}
        if "number" in table.c:
            values |= {"number": None, "detail": None}
        if "word" in table.c:
            values["word"] = MASK
        tx.execute(
            update(table)
            .where(table.c.run_seq.in_(seqs), table.c.key_id.in_(_keys(names)))
            .values(values)
        )


_SHOWN: tuple[tuple[Table, str], ...] = ((param, _LITERAL), (tag, MASK), (old_tag, MASK))


def _keys(names: Sequence[str]) -> Any:
    return select(key.c.id).where(key.c.name.in_(list(names)))


def _meant(name: str) -> list[ColumnElement[bool]]:
    named = select(experiment.c.id)
    if name:
        return [run.c.experiment_id.in_(named.where(experiment.c.name == name))]
    own = select(retention.c.experiment).where(retention.c.experiment != "")
    return [run.c.experiment_id.in_(named.where(experiment.c.name.not_in(own)))]
