"""Owns the rows of scorers: named per experiment, in numbered versions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select

from mlops_lab.core.clock import Millis
from mlops_lab.core.evaluation import ScorerVersion
from mlops_lab.core.ids import new_id

from .rows import storable, upsert
from .trace_tables import scorer, scorer_version


def add_scorer(
    tx: Connection, experiment_id: str, name: str, content: str, *, now: Millis
) -> ScorerVersion:
    """Make the next version of a scorer, and the scorer with the first."""
    write = upsert(tx, scorer)
    values = {
        "id": new_id(),
        "experiment_id": experiment_id,
        "name": storable(name),
        "last_version": 1,
    }
    counted = write.values(values).on_conflict_do_update(
        index_elements=["experiment_id", "name"],
        set_={"last_version": scorer.c.last_version + 1},
    )
    row = tx.execute(counted.returning(scorer.c.id, scorer.c.last_version)).one()
    made = {
        "scorer_id": row.id,
        "number": row.last_version,
        "content": storable(content),
        "created_at": now,
    }
    tx.execute(insert(scorer_version), [made])
    return ScorerVersion(row.id, experiment_id, name, row.last_version, content, now)


def read_scorers(
    cx: Connection, experiment_id: str, *, name: str | None = None, number: int | None = None
) -> list[ScorerVersion]:
    """Return versions of the scorers of an experiment: of one name, and of one number."""
    query = (
        select(scorer_version, scorer.c.name)
        .join(scorer, scorer.c.id == scorer_version.c.scorer_id)
        .where(scorer.c.experiment_id == experiment_id)
    )
    if name is not None:
        query = query.where(scorer.c.name == storable(name))
    if number is not None:
        query = query.where(scorer_version.c.number == number)
    rows = cx.execute(query.order_by(scorer.c.name, scorer_version.c.number))
    return [
        ScorerVersion(
            row.scorer_id, experiment_id, row.name, row.number, row.content, row.created_at
        )
        for row in rows
    ]


def delete_scorers(tx: Connection, found: Sequence[ScorerVersion]) -> None:
    """Remove versions of scorers; a scorer without versions goes with them."""
    for one in found:
        tx.execute(
            delete(scorer_version).where(
                scorer_version.c.scorer_id == one.id, scorer_version.c.number == one.number
            )
        )
    for scorer_id in {one.id for one in found}:
        left = select(func.count()).where(scorer_version.c.scorer_id == scorer_id)
        if tx.execute(left).scalar_one() == 0:
            tx.execute(delete(scorer).where(scorer.c.id == scorer_id))
