"""Owns the rows in the trash: put there with their children, taken back, listed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, ScalarSelect, func, select, tuple_, update

from mlops_lab.core.clock import Millis
from mlops_lab.core.trash import TrashedExperiment, TrashedRun

from . import audit, outbox
from .carried import UNFINISHED
from .import_tables import imported
from .rows import pieces
from .tables import experiment, run
from .trash_tables import purged

UNFINISHED_MS: Millis = 86_400_000
"""So long an import is given to finish a run; one that was broken off lies in the trash after that."""


class HeldTrash(msgspec.Struct, frozen=True):
    """What decides what may be done with a run.

    ``import_began_at`` is of an import that has not finished the run: it goes on, or was broken off.
    """

    id: str
    name: str
    experiment: str
    source: str
    status: str
    trashed_at: Millis | None
    import_began_at: Millis | None

    @property
    def is_running(self) -> bool:
        """Whether it goes on; a client over HTTP may never end its run, which then does not count."""
        return self.status == "running" and self.source != "client"


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
                _import_began_at(),
            )
            .join(experiment, experiment.c.id == run.c.experiment_id)
            .where(run.c.id.in_(some))
            .order_by(run.c.id)
            .with_for_update(of=run)
        )
        found += [HeldTrash(*row) for row in tx.execute(query)]
    return found


def hold_runs_of(tx: Connection, experiment_ids: Collection[str]) -> None:
    """Lock all runs of experiments until the transaction ends, in the order in which all do."""
    query = select(run.c.id).where(run.c.experiment_id.in_(sorted(experiment_ids)))
    tx.execute(query.order_by(run.c.id).with_for_update()).all()


def bring_back(tx: Connection, run_ids: Collection[str], *, now: Millis) -> None:
    """Take experiments out of the trash into which runs were logged: nobody would find these there."""
    found: dict[str, tuple[str, str]] = {}
    for some in pieces(sorted(run_ids)):
        query = select(experiment.c.id, experiment.c.name, run.c.user).join(
            run, run.c.experiment_id == experiment.c.id
        )
        query = query.where(
            run.c.id.in_(some), run.c.trashed_at.is_(None), experiment.c.trashed_at.is_not(None)
        )
        found |= {row.id: (row.name, row.user) for row in tx.execute(query)}
    for experiment_id, (name, user) in sorted(found.items()):
        set_experiment(tx, experiment_id, trashed_at=None, now=now)
        told = {"name": name, "runs": 0, "because": "a run was logged into it"}
        audit.note(tx, "restore", "experiment", experiment_id, who=user, **told)
        outbox.put_change(tx, "experiment", experiment_id, "created")


def running_of(cx: Connection, experiment_id: str) -> str | None:
    """Return a run of an experiment that is running, if there is one."""
    query = select(run.c.id).where(
        run.c.experiment_id == experiment_id, run.c.status == "running", run.c.source != "client"
    )
    return cx.execute(query.limit(1)).scalar_one_or_none()


def trashed_parents(cx: Connection, run_id: str) -> list[str]:
    """Return the parents of a run that are in the trash, the nearest first."""
    found: list[str] = []
    newest: str | None = run_id
    while newest is not None:
        parent = select(run.c.parent_run_id).where(run.c.id == newest).scalar_subquery()
        query = select(run.c.id).where(run.c.id == parent, run.c.trashed_at.is_not(None))
        newest = cx.execute(query).scalar_one_or_none()
        if newest is None or newest in found:
            break
        found.append(newest)
    return found


def running_among(cx: Connection, run_ids: Iterable[str]) -> set[str]:
    """Return those of the runs that are running, and may end."""
    found: set[str] = set()
    for some in pieces(run_ids):
        query = select(run.c.id).where(
            run.c.id.in_(some), run.c.status == "running", run.c.source != "client"
        )
        found.update(cx.execute(query).scalars())
    return found


def put_runs(tx: Connection, run_ids: Sequence[str], *, at: Millis, who: str) -> list[str]:
    """Put runs into the trash; return those that were not there."""
    moved: list[str] = []
    for some in pieces(run_ids):
        moved += _put(tx, run.c.id.in_(some), at=at, who=who)
    return sorted(moved)


def put_runs_of(tx: Connection, experiment_id: str, *, at: Millis, who: str) -> list[str]:
    """Put all runs of an experiment into the trash; return those that were not there."""
    return _put(tx, run.c.experiment_id == experiment_id, at=at, who=who)


def take_runs(tx: Connection, run_ids: Sequence[str]) -> None:
    """Take runs out of the trash."""
    for some in pieces(run_ids):
        _take(tx, run.c.id.in_(some))


def take_runs_of(tx: Connection, experiment_id: str, *, of: Millis) -> list[str]:
    """Take out of the trash the runs of an experiment that were put there at that time; return them."""
    return _take(tx, run.c.experiment_id == experiment_id, run.c.trashed_at == of)


def _put(tx: Connection, meant: ColumnElement[bool], *, at: Millis, who: str) -> list[str]:
    write = update(run).where(meant, run.c.trashed_at.is_(None))
    write = write.values(trashed_at=at, trashed_by=who)
    return sorted(tx.execute(write.returning(run.c.id)).scalars())


def _take(tx: Connection, *meant: ColumnElement[bool]) -> list[str]:
    write = update(run).where(*meant).values(trashed_at=None, trashed_by=None)
    return sorted(tx.execute(write.returning(run.c.id)).scalars())


class HeldExperiment(msgspec.Struct, frozen=True):
    """What decides what may be done with an experiment."""

    id: str
    name: str
    trashed_at: Millis | None


_EXPERIMENTS = select(experiment.c.id, experiment.c.name, experiment.c.trashed_at)


def find_experiment(cx: Connection, name: str) -> HeldExperiment | None:
    """Return an experiment as it is now; None without one of this name."""
    row = cx.execute(_EXPERIMENTS.where(experiment.c.name == name)).one_or_none()
    return None if row is None else HeldExperiment(*row)


def claim_experiment(tx: Connection, experiment_id: str) -> HeldExperiment | None:
    """Return an experiment, locked so that nobody logs into it until the transaction ends."""
    query = _EXPERIMENTS.where(experiment.c.id == experiment_id).with_for_update()
    row = tx.execute(query).one_or_none()
    return None if row is None else HeldExperiment(*row)


def hold_experiments(tx: Connection, experiment_ids: Collection[str]) -> list[HeldExperiment]:
    """Return experiments, locked until the transaction ends; others may still log into them."""
    found: list[HeldExperiment] = []
    for some in pieces(sorted(experiment_ids)):
        query = _EXPERIMENTS.where(experiment.c.id.in_(some)).order_by(experiment.c.id)
        rows = tx.execute(query.with_for_update(key_share=True))
        found += [HeldExperiment(*row) for row in rows]
    return found


def set_experiment(
    tx: Connection, experiment_id: str, *, trashed_at: Millis | None, now: Millis
) -> None:
    """Put an experiment into the trash, or with None take it out."""
    write = update(experiment).where(experiment.c.id == experiment_id)
    tx.execute(write.values(trashed_at=trashed_at, updated_at=now))


def runs_of(cx: Connection, experiment_id: str) -> list[str]:
    """Return the ids of all runs of an experiment."""
    return list(cx.execute(select(run.c.id).where(run.c.experiment_id == experiment_id)).scalars())


def list_runs(
    cx: Connection, *, after: tuple[Millis, str] | None, limit: int, now: Millis
) -> list[TrashedRun]:
    """Return runs in the trash, what came last first, below a time and id.

    Those that an import has not finished are left out.
    """
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
        .where(run.c.trashed_at.is_not(None), _is_whole(now))
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


def old_runs(cx: Connection, *, until: Millis, limit: int, now: Millis) -> list[str]:
    """Return runs that were put into the trash up to a time, the oldest first."""
    query = select(run.c.id).where(run.c.trashed_at <= until, _is_whole(now))
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


def trashed_experiments_of(cx: Connection, run_ids: Iterable[str]) -> set[str]:
    """Return the ids of the experiments of runs that are in the trash."""
    found: set[str] = set()
    for some in pieces(run_ids):
        query = select(run.c.experiment_id).where(
            run.c.id.in_(some),
            run.c.experiment_id.in_(
                select(experiment.c.id).where(experiment.c.trashed_at.is_not(None))
            ),
        )
        found.update(cx.execute(query).scalars())
    return found


def has_living(cx: Connection, experiment_id: str) -> bool:
    """Tell whether an experiment has a run that is not in the trash."""
    query = select(run.c.id).where(run.c.experiment_id == experiment_id, run.c.trashed_at.is_(None))
    return cx.execute(query.limit(1)).first() is not None


def _import_began_at() -> ScalarSelect[int | None]:
    began = select(func.max(imported.c.imported_at)).where(
        imported.c.run_id == run.c.id, imported.c.digest.startswith(UNFINISHED)
    )
    return began.correlate(run).scalar_subquery()


def _is_whole(now: Millis) -> ColumnElement[bool]:
    began = func.coalesce(_import_began_at(), 0)
    return began < now - UNFINISHED_MS
