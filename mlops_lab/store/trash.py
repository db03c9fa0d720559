"""Owns the rows in the trash: put there with their children, taken back, listed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
from sqlalchemy import Connection, func, select, tuple_, update

from mlops_lab.core.clock import Millis
from mlops_lab.core.trash import TrashedExperiment, TrashedRun

from .rows import pieces
from .tables import experiment, run
from .trash_tables import purged


class HeldTrash(msgspec.Struct, frozen=True):
    """What decides what may be done with a run."""

    id: str
    name: str
    experiment: str
    source: str
    status: str
    trashed_at: Millis | None


def hold_runs(tx: Connection, run_ids: Iterable[str]) -> list[HeldTrash]:
    """Return what decides over these runs, locked until the transaction ends."""
    found: list[HeldTrash] = []
    for some in pieces(sorted(set(run_ids))):
        query = (
            select(
                run.c.id,
                run.c.name,
                experiment.c.name,
                run.c.source,
                run.c.status,
                run.c.trashed_at,
            )
            .join(experiment, experiment.c.id == run.c.experiment_id)
            .where(run.c.id.in_(some))
            .order_by(run.c.id)
            .with_for_update(of=run)
        )
        found += [HeldTrash(*row) for row in tx.execute(query)]
    return found


def with_children(cx: Connection, run_ids: Collection[str]) -> list[str]:
    """Return runs with their children, and the children of those."""
    found = set(run_ids)
    newest: Collection[str] = found
    while newest:
        below: set[str] = set()
        for some in pieces(sorted(newest)):
            query = select(run.c.id).where(run.c.parent_run_id.in_(some))
            below.update(cx.execute(query).scalars())
        newest = below - found
        found |= newest
    return sorted(found)


def put_runs(tx: Connection, run_ids: Sequence[str], *, at: Millis, who: str) -> list[str]:
    """Put runs into the trash; return those that were not there."""
    moved: list[str] = []
    for some in pieces(run_ids):
        query = update(run).where(run.c.id.in_(some), run.c.trashed_at.is_(None))
        query = query.values(trashed_at=at, trashed_by=who)
        moved += tx.execute(query.returning(run.c.id)).scalars()
    return sorted(moved)


def take_runs(tx: Connection, run_ids: Sequence[str], *, of: Millis) -> list[str]:
    """Take out of the trash those of the runs that were put there at that time; return them."""
    moved: list[str] = []
    for some in pieces(run_ids):
        query = update(run).where(run.c.id.in_(some), run.c.trashed_at == of)
        query = query.values(trashed_at=None, trashed_by=None)
        moved += tx.execute(query.returning(run.c.id)).scalars()
    return sorted(moved)


class HeldExperiment(msgspec.Struct, frozen=True):
    """What decides what may be done with an experiment."""

    id: str
    name: str
    trashed_at: Millis | None


def find_experiment(tx: Connection, name: str) -> HeldExperiment | None:
    """Return an experiment, locked until the transaction ends; None without one of this name."""
    query = select(experiment.c.id, experiment.c.name, experiment.c.trashed_at)
    row = tx.execute(query.where(experiment.c.name == name).with_for_update()).one_or_none()
    return None if row is None else HeldExperiment(*row)


def set_experiment(tx: Connection, experiment_id: str, *, at: Millis | None) -> None:
    """Put an experiment into the trash, or with None take it out."""
    tx.execute(update(experiment).where(experiment.c.id == experiment_id).values(trashed_at=at))


def runs_of(cx: Connection, experiment_id: str) -> list[str]:
    """Return the ids of all runs of an experiment."""
    return list(cx.execute(select(run.c.id).where(run.c.experiment_id == experiment_id)).scalars())


def list_runs(cx: Connection, *, after: tuple[Millis, str] | None, limit: int) -> list[TrashedRun]:
    """Return runs in the trash, what came last first, below a time and id."""
    query = (
        select(
            run.c.id,
            run.c.name,
            experiment.c.name.label("experiment"),
            run.c.started_at,
            run.c.trashed_at,
            run.c.trashed_by,
        )
        .join(experiment, experiment.c.id == run.c.experiment_id)
        .where(run.c.trashed_at.is_not(None))
        .order_by(run.c.trashed_at.desc(), run.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(run.c.trashed_at, run.c.id) < after)
    return [TrashedRun(*row) for row in cx.execute(query)]


def list_experiments(cx: Connection, *, limit: int) -> list[TrashedExperiment]:
    """Return experiments in the trash, what came last first."""
    count = select(func.count()).where(run.c.experiment_id == experiment.c.id)
    query = (
        select(experiment.c.name, experiment.c.trashed_at, count.scalar_subquery())
        .where(experiment.c.trashed_at.is_not(None))
        .order_by(experiment.c.trashed_at.desc(), experiment.c.name)
        .limit(limit)
    )
    return [TrashedExperiment(*row) for row in cx.execute(query)]


def old_runs(cx: Connection, *, until: Millis, limit: int) -> list[str]:
    """Return runs that were put into the trash up to a time, the oldest first."""
    query = select(run.c.id).where(run.c.trashed_at <= until)
    return list(cx.execute(query.order_by(run.c.trashed_at, run.c.id).limit(limit)).scalars())


def old_experiments(cx: Connection, *, until: Millis) -> list[str]:
    """Return the names of experiments that were put into the trash up to a time."""
    query = select(experiment.c.name).where(experiment.c.trashed_at <= until)
    return list(cx.execute(query.order_by(experiment.c.name)).scalars())


def purged_of(cx: Connection, run_ids: Iterable[str]) -> set[str]:
    """Return those of ``run_ids`` that were purged: nothing of them is stored ever again."""
    found: set[str] = set()
    for some in pieces(sorted(set(run_ids))):
        found.update(cx.execute(select(purged.c.run_id).where(purged.c.run_id.in_(some))).scalars())
    return found


def has_living(cx: Connection, experiment_id: str) -> bool:
    """Tell whether an experiment has a run that is not in the trash."""
    query = select(run.c.id).where(run.c.experiment_id == experiment_id, run.c.trashed_at.is_(None))
    return cx.execute(query.limit(1)).first() is not None
