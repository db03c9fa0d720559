"""Owns the rows of datasets that clients name as the inputs of runs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from mlops_lab.core.ids import new_id
from mlops_lab.core.inputs import CONTEXT_TAG, Dataset, DatasetInput, DatasetUse

from .input_tables import dataset, run_dataset
from .rows import pieces, storable, storable_or_none, upsert

_Tags = dict[str, str]


def add_inputs(
    tx: Connection, run_id: str, experiment_id: str, inputs: Sequence[DatasetInput]
) -> None:
    """Write the datasets that went into a run; one that is there already stays as it is."""
    for one in inputs:
        found = _dataset_id(tx, experiment_id, one.dataset)
        values = {
            "run_id": run_id,
            "dataset_id": found,
            "context": storable(one.tags.get(CONTEXT_TAG, "")),
            "tags": storable(msgspec.json.encode(one.tags).decode()),
        }
        tx.execute(
            upsert(tx, run_dataset).on_conflict_do_nothing(index_elements=["run_id", "dataset_id"]),
            [values],
        )


def _dataset_id(tx: Connection, experiment_id: str, one: Dataset) -> str:
    values = {
        "id": new_id(),
        "experiment_id": experiment_id,
        "name": storable(one.name),
        "digest": storable(one.digest),
        "source_type": storable(one.source_type),
        "source": storable(one.source),
        "schema": storable_or_none(one.schema),
        "profile": storable_or_none(one.profile),
    }
    keys = ["experiment_id", "name", "digest"]
    tx.execute(upsert(tx, dataset).on_conflict_do_nothing(index_elements=keys), [values])
    query = select(dataset.c.id).where(*(dataset.c[name] == values[name] for name in keys))
    found: str = tx.execute(query).scalar_one()
    return found


def read_inputs(cx: Connection, run_ids: Sequence[str]) -> dict[str, list[DatasetInput]]:
    """Return the datasets that went into each run, by name."""
    found: dict[str, list[DatasetInput]] = {}
    for some in pieces(run_ids):
        query = (
            select(run_dataset.c.run_id, run_dataset.c.tags, dataset)
            .join(dataset, dataset.c.id == run_dataset.c.dataset_id)
            .where(run_dataset.c.run_id.in_(some))
            .order_by(run_dataset.c.run_id, dataset.c.name, dataset.c.digest)
        )
        for row in cx.execute(query).mappings():
            described = Dataset(**{name: row[name] for name in Dataset.__struct_fields__})
            tags = msgspec.json.decode(row["tags"], type=_Tags)
            found.setdefault(row["run_id"], []).append(DatasetInput(described, tags))
    return found


def read_uses(cx: Connection, experiment_ids: Sequence[str], *, limit: int) -> list[DatasetUse]:
    """Return the datasets of experiments with what they were used for, each pair once."""
    query = (
        select(dataset.c.experiment_id, dataset.c.name, dataset.c.digest, run_dataset.c.context)
        .join(run_dataset, run_dataset.c.dataset_id == dataset.c.id)
        .where(dataset.c.experiment_id.in_(experiment_ids))
        .distinct()
        .order_by(dataset.c.experiment_id, dataset.c.name, dataset.c.digest)
        .limit(limit)
    )
    return [DatasetUse(*row) for row in cx.execute(query)]
