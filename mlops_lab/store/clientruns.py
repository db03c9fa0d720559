"""Owns the rows that clients write over HTTP: experiments, runs, their params, tags and places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, ScalarSelect, delete, insert, select, update

from mlops_lab.core.clock import Millis
from mlops_lab.core.logged import LoggedParam, NewClientRun

from .rows import key_ids, pieces, storable, storable_or_none, upsert
from .tables import experiment, experiment_tag, key, param, run, tag
from .tracking import add_params, number_of
from .words import word_of_param


def add_experiment(
    tx: Connection, experiment_id: str, name: str, *, artifact_location: str | None, now: Millis
) -> bool:
    """Write a new experiment; return False when the name is taken."""
    values = {
        "id": experiment_id,
        "name": storable(name),
        "created_at": now,
        "updated_at": now,
        "artifact_location": storable_or_none(artifact_location),
    }
    query = upsert(tx, experiment).on_conflict_do_nothing().returning(experiment.c.id)
    return tx.execute(query, values).scalar_one_or_none() is not None


def change_experiment(tx: Connection, experiment_id: str, **values: Any) -> None:
    """Set columns of an experiment."""
    tx.execute(update(experiment).where(experiment.c.id == experiment_id).values(values))


def set_experiment_tags(tx: Connection, experiment_id: str, tags: Sequence[LoggedParam]) -> None:
    """Write tags of an experiment; one that is there gets the new value."""
    last = {storable(one.name): storable(one.value) for one in tags}
    if not last:
        return
    write = upsert(tx, experiment_tag)
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["experiment_id", "name"], set_={"value": write.excluded.value}
        ),
        [{"experiment_id": experiment_id, "name": n, "value": v} for n, v in last.items()],
    )


def delete_experiment_tag(tx: Connection, experiment_id: str, name: str) -> bool:
    """Remove a tag of an experiment; return False when there is none."""
    query = delete(experiment_tag).where(
        experiment_tag.c.experiment_id == experiment_id, experiment_tag.c.name == storable(name)
    )
    return tx.execute(query).rowcount > 0


def add_run(tx: Connection, run_id: str, new: NewClientRun, *, now: Millis) -> None:
    """Write a new run of a client; one that is over already has ended now."""
    started_at = now if new.started_at is None else new.started_at
    ended_at = None if new.status in ("running", "scheduled") else max(now, started_at)
    values = {
        "id": run_id,
        "experiment_id": new.experiment_id,
        "name": storable(new.name),
        "status": new.status,
        "source": "client",
        "user": storable(new.user),
        "notebook_path": storable_or_none(new.notebook_path),
        "cell_id": storable_or_none(new.cell_id),
        "started_at": started_at,
        "ended_at": ended_at,
        "duration_ms": None if ended_at is None else ended_at - started_at,
        "parent_run_id": new.parent_run_id,
    }
    tx.execute(insert(run), [values])


def change_run(tx: Connection, run_id: str, **values: Any) -> None:
    """Set columns of a run."""
    tx.execute(update(run).where(run.c.id == run_id).values(values))


def read_state(cx: Connection, run_id: str) -> RowMapping | None:
    """Return the columns of a run that decide what may be done with it; None without a run."""
    query = select(
        run.c.id,
        run.c.experiment_id,
        run.c.name,
        run.c.status,
        run.c.source,
        run.c.started_at,
        run.c.ended_at,
        run.c.trashed_at,
        run.c.parent_run_id,
    ).where(run.c.id == run_id)
    return cx.execute(query.with_for_update()).mappings().one_or_none()


def _seq_of(run_id: str) -> ScalarSelect[int]:
    return select(run.c.seq).where(run.c.id == run_id).scalar_subquery()


def log_params(
    tx: Connection, run_id: str, given: Sequence[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    """Write params as (name, literal) that a client logs; return those that have another value.

    A value that was captured gives way to one that is logged; one that was logged stays. Nothing is
    written when anything is returned. What is returned is (name, literal that is stored, given).
    """
    ids = key_ids(tx, (storable(name) for name, _ in given))
    wanted = {ids[storable(name)]: (name, storable(value)) for name, value in given}
    query = (
        select(param.c.key_id, param.c.value, param.c.origin)
        .where(param.c.run_seq == _seq_of(run_id), param.c.key_id.in_(wanted))
        .with_for_update()
    )
    stored = {row.key_id: (row.value, row.origin) for row in tx.execute(query)}
    changed = [
        (wanted[key_id][0], value, wanted[key_id][1])
        for key_id, (value, origin) in stored.items()
        if origin == "logged" and value != wanted[key_id][1]
    ]
    if changed:
        return changed
    for key_id, (value, origin) in stored.items():
        new = wanted[key_id][1]
        if origin != "logged" or value != new:
            tx.execute(
                update(param)
                .where(param.c.run_seq == _seq_of(run_id), param.c.key_id == key_id)
                .values(
                    value=new,
                    number=number_of(new),
                    word=word_of_param(new, number_of(new)),
                    origin="logged",
                    detail=None,
                )
            )
    add_params(
        tx,
        [
            (run_id, key_id, value, "logged", "")
            for key_id, (_, value) in wanted.items()
            if key_id not in stored
        ],
    )
    return []


def delete_tag(tx: Connection, run_id: str, name: str) -> bool:
    """Remove a tag of a run; return False when it has none."""
    key_id = select(key.c.id).where(key.c.name == storable(name)).scalar_subquery()
    query = delete(tag).where(tag.c.run_seq == _seq_of(run_id), tag.c.key_id == key_id)
    return tx.execute(query).rowcount > 0


def known_runs(cx: Connection, run_ids: Iterable[str]) -> set[str]:
    """Return those of ``run_ids`` that the store has."""
    found: set[str] = set()
    for some in pieces(sorted(set(run_ids))):
        found.update(cx.execute(select(run.c.id).where(run.c.id.in_(some))).scalars())
    return found
