"""Owns the rows of experiments: by name, with what is set of them, and what their runs add up to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
from sqlalchemy import Connection, func, select, update

from mlops_lab.core.clock import Millis
from mlops_lab.core.ids import new_id
from mlops_lab.core.logged import DEFAULT_EXPERIMENT, DEFAULT_EXPERIMENT_ID
from mlops_lab.core.tracking import Direction, KnownRun

from . import keyset
from .keyset import Scalar
from .rows import pieces, storable, upsert
from .tables import experiment, run

IS_TOP = (run.c.parent_run_id.is_(None), run.c.trashed_at.is_(None))
"""The conditions that a run is nobody's child, and not in the trash."""

_LOOKED_AT = 2_000
"""Among so many of the newest runs something is looked for."""


class ExperimentRow(msgspec.Struct, frozen=True):
    """An experiment: what is set of it, or None, and the sums over runs that are nobody's children."""

    id: str
    name: str
    primary_metric: str | None
    direction: Direction | None
    runs: int
    total_duration_ms: Millis
    total_cpu_ms: Millis
    max_peak_memory: int | None
    is_exact: bool
    """Whether the sums are over all its runs."""


def stored_name(name: str) -> str:
    """Return the name under which an experiment is kept."""
    return storable(name).strip() or DEFAULT_EXPERIMENT


def experiment_ids(tx: Connection, names: set[str], *, now: Millis) -> dict[str, str]:
    """Return the id of the experiment of each name, making those that are new."""
    stored_names = {name: stored_name(name) for name in names}
    wanted = sorted(set(stored_names.values()))
    ids = _read_ids(tx, wanted)
    missing = [name for name in wanted if name not in ids]
    if missing:
        tx.execute(
            upsert(tx, experiment).on_conflict_do_nothing(index_elements=["name"]),
            [{"id": _new_id(name), "name": name, "created_at": now} for name in missing],
        )
        ids |= _read_ids(tx, missing)
    return {name: ids[stored] for name, stored in stored_names.items()}


def _new_id(name: str) -> str:
    """Return the id of a new experiment: MLflow's clients know the default one as "0"."""
    return DEFAULT_EXPERIMENT_ID if name == DEFAULT_EXPERIMENT else new_id()


def _read_ids(cx: Connection, names: Iterable[str]) -> dict[str, str]:
    ids: dict[str, str] = {}
    for some in pieces(names):
        rows = cx.execute(
            select(experiment.c.name, experiment.c.id).where(experiment.c.name.in_(some))
        )
        ids.update((row.name, row.id) for row in rows)
    return ids


def hold_named(tx: Connection, names: Iterable[str]) -> None:
    """Hold the experiments of these names that are there, until the transaction ends."""
    for some in pieces(sorted({stored_name(name) for name in names})):
        query = select(experiment.c.id).where(experiment.c.name.in_(some)).order_by(experiment.c.id)
        # Others may still add runs to them.
        tx.execute(query.with_for_update(key_share=True)).all()


def set_primary(
    tx: Connection, experiment_id: str, *, metric: str | None, direction: Direction | None
) -> None:
    """Set the primary metric, the direction, or both; what is None stays."""
    given = {"primary_metric": metric, "direction": direction}
    values = {name: value for name, value in given.items() if value is not None}
    if values:
        tx.execute(update(experiment).where(experiment.c.id == experiment_id).values(values))


def read_names(cx: Connection) -> list[str]:
    """Return the names of all experiments."""
    return list(cx.execute(select(experiment.c.name).order_by(experiment.c.name)).scalars())


def read_page(
    cx: Connection, *, after: Sequence[Scalar] | None, limit: int
) -> list[tuple[str, list[Scalar]]]:
    """Return (id, place) of experiments, the one with the newest run first; none of the trash.

    Runs that are somebody's children do not count for it.
    """
    newest = (
        select(run.c.started_at)
        .where(run.c.experiment_id == experiment.c.id, *IS_TOP)
        .order_by(run.c.started_at.desc())
        .limit(1)
        .correlate(experiment)
        .scalar_subquery()
    )
    begun = func.coalesce(newest, experiment.c.created_at).label("begun")
    listed = select(experiment.c.id, experiment.c.name, begun)
    rows = listed.where(experiment.c.trashed_at.is_(None)).subquery()
    places = [keyset.Place(rows.c.begun, ascending=False), keyset.Place(rows.c.name)]
    query = select(rows.c.id, rows.c.begun, rows.c.name).order_by(*keyset.order_of(places))
    if after is not None:
        query = query.where(keyset.after(places, after))
    return [(row.id, [row.begun, row.name]) for row in cx.execute(query.limit(limit))]


def read_place(token: str) -> list[Scalar]:
    """Return the place of ``read_page`` that a token means.

    Raises:
        UnknownInputError: it is no token of such a page.
    """
    places = [keyset.Place(experiment.c.created_at), keyset.Place(experiment.c.name)]
    return keyset.read_token(token, places)


def read_experiments(cx: Connection, ids: Collection[str], *, counted: int) -> list[ExperimentRow]:
    """Return experiments with the sums over their runs, in the order of ``ids``.

    Where an experiment has more than ``counted`` runs, the sums are those of the newest so many.
    """
    query = select(
        experiment.c.id, experiment.c.name, experiment.c.primary_metric, experiment.c.direction
    )
    found: dict[str, ExperimentRow] = {}
    for some in pieces(ids):
        for row in cx.execute(query.where(experiment.c.id.in_(some))).all():
            sums = _sums(cx, row.id, counted)
            found[row.id] = ExperimentRow(
                row.id, row.name, row.primary_metric, row.direction, *sums
            )
    return [found[one] for one in ids if one in found]


def find_named(cx: Connection, names: Iterable[str]) -> list[str]:
    """Return the ids of experiments in the order of their names; those that are not there are left out."""
    wanted = list(dict.fromkeys(stored_name(name) for name in names))
    ids = _read_ids(cx, wanted)
    return [ids[name] for name in wanted if name in ids]


def read_goals(cx: Connection, names: Collection[str]) -> list[tuple[str, Direction]]:
    """Return the primary metrics of experiments with the direction that is set for each."""
    found: list[tuple[str, Direction]] = []
    for some in pieces(sorted(names)):
        query = select(experiment.c.primary_metric, experiment.c.direction).where(
            experiment.c.name.in_(some),
            experiment.c.primary_metric.is_not(None),
            experiment.c.direction.is_not(None),
        )
        found.extend((metric, direction) for metric, direction in cx.execute(query))
    return found


def find_experiment(cx: Connection, name: str) -> str | None:
    """Return the id of the experiment of this name, which may be in the trash."""
    query = select(experiment.c.id).where(experiment.c.name == name)
    return cx.execute(query).scalar_one_or_none()


def _sums(
    cx: Connection, experiment_id: str, counted: int
) -> tuple[int, Millis, Millis, int | None, bool]:
    newest = (
        select(run.c.duration_ms, run.c.cpu_ms, run.c.peak_memory)
        .where(run.c.experiment_id == experiment_id, *IS_TOP)
        .order_by(run.c.started_at.desc())
        .limit(counted)
        .subquery()
    )
    query = select(
        func.count(),
        func.coalesce(func.sum(newest.c.duration_ms), 0),
        func.coalesce(func.sum(newest.c.cpu_ms), 0),
        func.max(newest.c.peak_memory),
    )
    runs, duration, cpu, peak = cx.execute(query.select_from(newest)).one()
    is_exact = runs < counted or not _has_more(cx, experiment_id, counted)
    return runs, int(duration), int(cpu), peak, is_exact


def _has_more(cx: Connection, experiment_id: str, counted: int) -> bool:
    mine = select(run.c.started_at).where(run.c.experiment_id == experiment_id, *IS_TOP)
    beyond = mine.order_by(run.c.started_at.desc()).offset(counted).limit(1)
    return cx.execute(beyond).first() is not None


def known_runs(cx: Connection, experiment_id: str, *, limit: int) -> list[KnownRun]:
    """Return the newest finished runs of which is known what they were made of, one an identity.

    Looked for among the newest some thousand runs.
    """
    newest = (
        select(
            run.c.identity, run.c.id, run.c.name, run.c.status, run.c.started_at, run.c.trashed_at
        )
        .where(run.c.experiment_id == experiment_id)
        .order_by(run.c.started_at.desc())
        .limit(_LOOKED_AT)
        .subquery()
    )
    query = (
        select(newest.c.identity, newest.c.id, newest.c.name)
        .where(
            newest.c.status == "finished",
            newest.c.trashed_at.is_(None),
            newest.c.identity.is_not(None),
        )
        .order_by(newest.c.started_at.desc(), newest.c.id.desc())
        .limit(limit)
    )
    found: dict[str, KnownRun] = {}
    for row in cx.execute(query):
        found.setdefault(row.identity, KnownRun(row.identity, row.id, row.name))
    return list(found.values())
