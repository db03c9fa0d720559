"""Owns reading whole runs for an export, and writing runs that come from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from mlops_lab.core.carrying import (
    CarriedExperiment,
    CarriedFacet,
    CarriedFile,
    CarriedHistory,
    CarriedRun,
)
from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.tracking import TagEntry

from . import facets, inputs
from .capture_tables import history_cell, old_tag
from .experiments import experiment_ids, stored_name
from .import_tables import imported
from .rows import pieces, storable, storable_or_none, upsert
from .runs import read_runs
from .tables import experiment, experiment_tag, key, run, tag
from .trash_tables import purged

NOT_CARRIED = frozenset({"seq", "experiment_id", "spool_id"})
"""The columns of a run that mean something in their own store only."""


UNFINISHED = "unfinished-"
"""What the digest of a run begins with that is not whole yet; behind it stands whose it is."""


class Origin(msgspec.Struct, frozen=True):
    """Where a run came from: the kind of source, its id there, and the digest of what was taken."""

    kind: str
    foreign_id: str
    digest: str
    place: str


def carried_columns() -> list[str]:
    """Return the columns of a run that travel as they are."""
    return [column.name for column in run.c if column.name not in NOT_CARRIED]


def read_carried(cx: Connection, run_ids: Sequence[str]) -> Iterator[CarriedRun]:
    """Yield each run whole but for its points, in the order of ``run_ids``."""
    for some in pieces(run_ids, 100):
        known = read_runs(cx, some)
        columns = {
            row["id"]: row
            for row in cx.execute(
                select(run, experiment.c.name.label("experiment"))
                .join(experiment, experiment.c.id == run.c.experiment_id)
                .where(run.c.id.in_(some))
            ).mappings()
        }
        tags = _read_tags(cx, some)
        captured = facets.read_facets(cx, some)
        datasets = inputs.read_inputs(cx, some)
        for run_id in some:
            if run_id not in known:
                continue
            row, whole = columns[run_id], known[run_id]
            yield CarriedRun(
                **{name: row[name] for name in carried_columns()},
                experiment=row["experiment"],
                params=whole.params,
                tags=tags.get(run_id, []),
                cells=whole.cells,
                warnings=whole.warnings,
                facets=[
                    CarriedFacet(one.kind, one.name, one.digest, one.key)
                    for one in captured.get(run_id, [])
                ],
                files=[
                    CarriedFile(one.path, one.digest, one.size, one.media_type)
                    for one in facets.read_artifacts(cx, run_id)
                ],
                inputs=datasets.get(run_id, []),
            )


def _read_tags(cx: Connection, run_ids: Sequence[str]) -> dict[str, list[TagEntry]]:
    found: dict[str, list[TagEntry]] = {}
    for table, order in ((old_tag, [old_tag.c.ordinal]), (tag, [])):
        query = (
            select(
                run.c.id,
                key.c.name,
                table.c.value,
                func.coalesce(table.c.set_at, run.c.started_at),
            )
            .join(key, key.c.id == table.c.key_id)
            .join(run, run.c.seq == table.c.run_seq)
            .where(run.c.id.in_(run_ids))
            .order_by(run.c.id, key.c.name, *order)
        )
        for run_id, name, value, set_at in cx.execute(query):
            found.setdefault(run_id, []).append(TagEntry(name, value, set_at))
    return found


def read_histories(cx: Connection, run_ids: Sequence[str]) -> Iterator[CarriedHistory]:
    """Yield every cell of the kernels of these runs, up to the last one that a run has to do with."""
    reach: dict[str, int] = {}
    for some in pieces(run_ids):
        query = select(run.c.history_id, func.max(run.c.history_position)).where(
            run.c.id.in_(some), run.c.history_id.is_not(None)
        )
        for history_id, position in cx.execute(query.group_by(run.c.history_id)):
            reach[history_id] = max(reach.get(history_id, 0), position or 0)
        own = select(history_cell.c.history_id, func.max(history_cell.c.position)).where(
            history_cell.c.run_id.in_(some), history_cell.c.history_id.in_(list(reach))
        )
        for history_id, position in cx.execute(own.group_by(history_cell.c.history_id)):
            reach[history_id] = max(reach[history_id], position)
    for history_id, position in sorted(reach.items()):
        query = (
            select(history_cell)
            .where(history_cell.c.history_id == history_id, history_cell.c.position <= position)
            .order_by(history_cell.c.position)
        )
        for row in cx.execute(query).mappings():
            yield CarriedHistory(**{n: row[n] for n in CarriedHistory.__struct_fields__})


def read_carried_experiments(cx: Connection, names: Iterable[str]) -> list[CarriedExperiment]:
    """Return experiments by name, with what is set of them."""
    found = []
    for some in pieces(sorted(set(names))):
        query = select(experiment).where(experiment.c.name.in_(some)).order_by(experiment.c.name)
        for row in cx.execute(query).all():
            tags = select(experiment_tag.c.name, experiment_tag.c.value).where(
                experiment_tag.c.experiment_id == row.id
            )
            found.append(
                CarriedExperiment(
                    name=row.name,
                    created_at=row.created_at,
                    primary_metric=row.primary_metric,
                    direction=row.direction,
                    artifact_location=row.artifact_location,
                    trashed_at=row.trashed_at,
                    tags={row.name: row.value for row in cx.execute(tags.order_by("name"))},
                )
            )
    return found


def add_experiment(tx: Connection, came: CarriedExperiment, *, now: Millis) -> tuple[str, bool]:
    """Write an experiment; of one that is there only what is not set yet. Return its id, and if new."""
    name = stored_name(came.name)
    query = select(experiment.c.id).where(experiment.c.name == name)
    is_new = tx.execute(query).scalar_one_or_none() is None
    experiment_id = experiment_ids(tx, {name}, now=came.created_at or now)[name]
    values: dict[str, Any] = {}
    if is_new:
        values = {"artifact_location": storable_or_none(came.artifact_location)}
        values["trashed_at"] = came.trashed_at
    tx.execute(
        update(experiment)
        .where(experiment.c.id == experiment_id)
        .values(
            primary_metric=func.coalesce(
                experiment.c.primary_metric, storable_or_none(came.primary_metric)
            ),
            direction=func.coalesce(experiment.c.direction, came.direction),
            **values,
        )
    )
    rows = [
        {"experiment_id": experiment_id, "name": storable(name), "value": storable(value)}
        for name, value in sorted(came.tags.items())
    ]
    if rows:
        write = upsert(tx, experiment_tag)
        tx.execute(write.on_conflict_do_nothing(index_elements=["experiment_id", "name"]), rows)
    return experiment_id, is_new


def add_carried(tx: Connection, came: CarriedRun, *, origin: Origin, now: Millis) -> bool:
    """Write the row of a run, and where it came from; False if a run with its id is there."""
    experiment_id = experiment_ids(tx, {came.experiment}, now=now)[came.experiment]
    values = {name: getattr(came, name) for name in carried_columns()}
    values = {n: storable(v) if isinstance(v, str) else v for n, v in values.items()}
    write = upsert(tx, run).on_conflict_do_nothing(index_elements=["id"])
    if not tx.execute(write, [values | {"experiment_id": experiment_id}]).rowcount:
        return False
    row = {"run_id": came.id, "origin": storable(origin.place), "imported_at": now}
    row |= {"kind": origin.kind, "foreign_id": origin.foreign_id, "digest": origin.digest}
    tx.execute(insert(imported), [row])
    # Whoever imports a run that was purged wants it back.
    tx.execute(delete(purged).where(purged.c.run_id == came.id))
    inputs.add_inputs(tx, came.id, experiment_id, came.inputs)
    return True


def finish(tx: Connection, run_id: str, origin: Origin, *, trashed_at: Millis | None) -> None:
    """Show a run that is whole now."""
    tx.execute(update(run).where(run.c.id == run_id).values(trashed_at=trashed_at))
    tx.execute(update(imported).where(imported.c.run_id == run_id).values(digest=origin.digest))


def drop_unfinished(tx: Connection, kind: str, known: Mapping[str, Known]) -> list[str]:
    """Remove what a broken import left of runs; return their foreign ids, which can come anew."""
    gone = {name: one.run_id for name, one in known.items() if one.is_unfinished}
    for some in pieces(gone.values()):
        tx.execute(delete(run).where(run.c.id.in_(some)))
    for some in pieces(gone):
        tx.execute(delete(imported).where(imported.c.kind == kind, imported.c.foreign_id.in_(some)))
    return list(gone)


def add_missing_history(tx: Connection, rows: Sequence[CarriedHistory]) -> None:
    """Write cells of kernels' histories; what is there stays as it is, and is kept for its runs."""
    if not rows:
        return
    write = upsert(tx, history_cell)
    now = now_ms()
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["history_id", "position"], set_={"kept_at": write.excluded.kept_at}
        ),
        [
            {
                name: storable(value) if isinstance(value, str) else value
                for name, value in msgspec.structs.asdict(row).items()
            }
            | {"kept_at": now}
            for row in sorted(rows, key=lambda one: (one.history_id, one.position))
        ],
    )


class Known(msgspec.Struct, frozen=True):
    """A run that was taken in before."""

    run_id: str
    digest: str

    @property
    def is_unfinished(self) -> bool:
        """Whether only a part of it came: an import was broken off, or goes on."""
        return self.digest.startswith(UNFINISHED)


def read_imported(cx: Connection, kind: str, foreign_ids: Iterable[str]) -> dict[str, Known]:
    """Return those of ``foreign_ids`` that were taken in, with what they became."""
    found: dict[str, Known] = {}
    for some in pieces(foreign_ids):
        query = select(imported.c.foreign_id, imported.c.run_id, imported.c.digest).where(
            imported.c.kind == kind, imported.c.foreign_id.in_(some)
        )
        found.update((name, Known(run_id, digest)) for name, run_id, digest in cx.execute(query))
    return found


def is_taken(cx: Connection, run_id: str) -> bool:
    """Tell whether the store has a run with this id."""
    return cx.execute(select(run.c.id).where(run.c.id == run_id)).scalar_one_or_none() is not None


def drop_lost_parents(tx: Connection, kind: str) -> list[str]:
    """Have imported runs stand by themselves whose parent the store lacks; return them."""
    above = run.alias("above")
    query = (
        select(run.c.id)
        .join(imported, imported.c.run_id == run.c.id)
        .where(
            imported.c.kind == kind,
            run.c.parent_run_id.is_not(None),
            ~select(above.c.id).where(above.c.id == run.c.parent_run_id).exists(),
        )
        .order_by(run.c.id)
    )
    lost = list(tx.execute(query).scalars())
    for some in pieces(lost):
        tx.execute(update(run).where(run.c.id.in_(some)).values(parent_run_id=None))
    return lost
