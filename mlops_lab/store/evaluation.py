"""Owns the rows of evaluation datasets and their records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from mlops_lab.core.clauses import Clause, parse_clauses, parse_order
from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.evaluation import EvaluationDataset, EvaluationRecord

from .comparing import all_of, compare
from .keyset import Place, Scalar, after, order_of
from .rows import pieces, storable, storable_or_none, upsert
from .trace_tables import (
    evaluation_dataset as dataset,
    evaluation_dataset_experiment as link,
    evaluation_dataset_tag as tag,
    evaluation_record as record,
)

_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "name": dataset.c.name,
    "dataset_id": dataset.c.id,
    "digest": dataset.c.digest,
    "created_by": dataset.c.created_by,
    "last_updated_by": dataset.c.updated_by,
    "created_time": dataset.c.created_at,
    "last_update_time": dataset.c.updated_at,
}
_TIMES = ("created_time", "last_update_time")
_TEXT = frozenset({"=", "!=", "LIKE", "ILIKE"})
_NUMBER = frozenset({"=", "!=", ">", ">=", "<", "<="})


def insert_dataset(tx: Connection, one: EvaluationDataset) -> None:
    """Make a dataset with its tags and links."""
    values = {
        "id": one.id,
        "name": storable(one.name),
        "digest": one.digest,
        "schema": storable_or_none(one.schema),
        "profile": storable_or_none(one.profile),
        "created_at": one.created_at,
        "created_by": storable(one.created_by),
        "updated_at": one.updated_at,
        "updated_by": storable(one.updated_by),
    }
    tx.execute(insert(dataset), [values])
    put_tags(tx, one.id, one.tags)
    add_links(tx, one.id, one.experiment_ids)


def touch(tx: Connection, dataset_id: str, *, now: Millis, who: str) -> None:
    """Note that a dataset was changed, by whom, and what it holds now."""
    query = select(record.c.inputs_digest).where(record.c.dataset_id == dataset_id)
    held = hashlib.sha256()
    for one in tx.execute(query.order_by(record.c.inputs_digest)).scalars():
        held.update(one.encode())
    tx.execute(
        update(dataset)
        .where(dataset.c.id == dataset_id)
        .values(updated_at=now, updated_by=storable(who), digest=held.hexdigest()[:8])
    )


def delete_dataset(tx: Connection, dataset_id: str) -> None:
    """Remove a dataset with its records."""
    tx.execute(delete(dataset).where(dataset.c.id == dataset_id))


def put_tags(tx: Connection, dataset_id: str, tags: Mapping[str, str]) -> None:
    """Set tags of a dataset."""
    if not tags:
        return
    write = upsert(tx, tag)
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["dataset_id", "name"], set_={"value": write.excluded["value"]}
        ),
        [
            {"dataset_id": dataset_id, "name": storable(name), "value": storable(value)}
            for name, value in tags.items()
        ],
    )


def delete_tag(tx: Connection, dataset_id: str, name: str) -> None:
    """Remove a tag, if the dataset has it."""
    named = tag.c.name == storable(name)
    tx.execute(delete(tag).where(tag.c.dataset_id == dataset_id, named))


def add_links(tx: Connection, dataset_id: str, experiment_ids: Iterable[str]) -> None:
    """Note that experiments use a dataset."""
    rows = [{"dataset_id": dataset_id, "experiment_id": one} for one in set(experiment_ids)]
    if rows:
        write = upsert(tx, link)
        tx.execute(
            write.on_conflict_do_nothing(index_elements=["dataset_id", "experiment_id"]), rows
        )


def remove_links(tx: Connection, dataset_id: str, experiment_ids: Sequence[str]) -> None:
    """Note that experiments do not use a dataset any more."""
    named = link.c.experiment_id.in_(experiment_ids)
    tx.execute(delete(link).where(link.c.dataset_id == dataset_id, named))


def read_datasets(cx: Connection, ids: Sequence[str]) -> list[EvaluationDataset]:
    """Return datasets in the order of their ids; those that do not exist are left out."""
    rows: dict[str, Any] = {}
    tags: dict[str, dict[str, str]] = {}
    links: dict[str, list[str]] = {}
    for some in pieces(ids):
        query = select(dataset).where(dataset.c.id.in_(some))
        rows.update((row.id, row) for row in cx.execute(query))
        for row in cx.execute(select(tag).where(tag.c.dataset_id.in_(some)).order_by(tag.c.name)):
            tags.setdefault(row.dataset_id, {})[row.name] = row.value
        for row in cx.execute(
            select(link).where(link.c.dataset_id.in_(some)).order_by(link.c.experiment_id)
        ):
            links.setdefault(row.dataset_id, []).append(row.experiment_id)
    return [
        EvaluationDataset(
            id=row.id,
            name=row.name,
            digest=row.digest,
            schema=row.schema,
            profile=row.profile,
            created_at=row.created_at,
            created_by=row.created_by,
            updated_at=row.updated_at,
            updated_by=row.updated_by,
            tags=tags.get(row.id, {}),
            experiment_ids=links.get(row.id, []),
        )
        for row in (rows[one] for one in ids if one in rows)
    ]


def dataset_places(order_by: Sequence[str]) -> list[Place]:
    """Return the places of an order of datasets.

    Raises:
        InvalidInputError: it names what a dataset does not have.
    """
    places = []
    for text in order_by:
        order = parse_order(text)
        if order.entity not in ("", "attributes", "attribute") or order.key not in _COLUMNS:
            raise InvalidInputError(f"Invalid order_by key '{text}'.")
        places.append(Place(_COLUMNS[order.key], order.ascending))
    newest = () if order_by else (Place(dataset.c.created_at, ascending=False),)
    return [*places, *newest, Place(dataset.c.id, ascending=False)]


def page_datasets(
    cx: Connection,
    *,
    experiment_ids: Sequence[str],
    text: str | None,
    places: Sequence[Place],
    after_values: Sequence[Scalar] | None,
    limit: int,
) -> list[tuple[str, list[Scalar]]]:
    """Return ids of datasets with their values at the places, in that order.

    Raises:
        InvalidInputError: the filter cannot be read, or names what a dataset does not have.
    """
    shown = [place.column.label(f"place_{index}") for index, place in enumerate(places)]
    query = select(dataset.c.id, *shown).where(
        all_of([_clause(cx, one) for one in parse_clauses(text)])
    )
    if experiment_ids:
        used = link.c.experiment_id.in_(experiment_ids)
        query = query.where(
            exists(select(link.c.dataset_id).where(link.c.dataset_id == dataset.c.id, used))
        )
    if after_values is not None:
        query = query.where(after(places, after_values))
    rows = cx.execute(query.order_by(*order_of(places)).limit(limit))
    return [(row[0], list(row[1:])) for row in rows]


def put_records(
    tx: Connection, dataset_id: str, contents: Mapping[str, EvaluationRecord]
) -> tuple[int, int]:
    """Add records by the digest of their inputs, merging known ones; return (added, changed)."""
    known: dict[str, Any] = {}
    for some in pieces(contents):
        query = select(record).where(
            record.c.dataset_id == dataset_id, record.c.inputs_digest.in_(some)
        )
        known.update((row.inputs_digest, row) for row in tx.execute(query))
    for digest, one in contents.items():
        before = known.get(digest)
        if before is None:
            values = {
                "id": one.id,
                "dataset_id": dataset_id,
                "inputs_digest": digest,
                "created_at": one.created_at,
                "content": _text(one.content),
            }
            tx.execute(insert(record), [values])
            continue
        merged = _merged(msgspec.json.decode(before.content), one.content)
        tx.execute(update(record).where(record.c.id == before.id).values(content=_text(merged)))
    return len(contents) - len(known), len(known)


def delete_records(tx: Connection, dataset_id: str, ids: Sequence[str]) -> int:
    """Remove records of a dataset; return how many there were."""
    gone = delete(record).where(record.c.dataset_id == dataset_id, record.c.id.in_(ids))
    return tx.execute(gone).rowcount


def count_records(cx: Connection, dataset_id: str) -> int:
    """Return how many records a dataset has."""
    query = select(func.count()).select_from(record).where(record.c.dataset_id == dataset_id)
    return int(cx.execute(query).scalar_one())


def page_records(
    cx: Connection, dataset_id: str, *, after_values: Sequence[Scalar] | None, limit: int
) -> list[EvaluationRecord]:
    """Return records of a dataset, the oldest first."""
    query = select(record).where(record.c.dataset_id == dataset_id)
    if after_values is not None:
        query = query.where(after(RECORD_PLACES, after_values))
    rows = cx.execute(query.order_by(*order_of(RECORD_PLACES)).limit(limit))
    return [
        EvaluationRecord(row.id, row.dataset_id, row.created_at, msgspec.json.decode(row.content))
        for row in rows
    ]


RECORD_PLACES = (Place(record.c.created_at), Place(record.c.id))
"""The order of the records of a dataset."""


def _clause(cx: Connection, clause: Clause) -> ColumnElement[bool]:
    if clause.entity in ("tag", "tags"):
        if clause.comparator not in _TEXT or not isinstance(clause.value, str):
            raise InvalidInputError(f"Invalid comparator for tag: {clause.comparator}")
        meets = compare(cx, tag.c.value, clause.comparator, clause.value)
        of = tag.c.dataset_id == dataset.c.id
        return exists(select(tag.c.name).where(of, tag.c.name == clause.key, meets))
    column = _COLUMNS.get(clause.key)
    if column is None or clause.entity not in ("", "attribute", "attributes"):
        raise InvalidInputError(
            f"Invalid attribute key '{clause.key}' specified. Valid keys are '{sorted(_COLUMNS)}'."
        )
    is_time = clause.key in _TIMES
    fits = isinstance(clause.value, float) if is_time else isinstance(clause.value, str)
    if clause.comparator not in (_NUMBER if is_time else _TEXT) or not fits:
        raise InvalidInputError(f"Invalid comparator for '{clause.key}': {clause.comparator}")
    return compare(cx, column, clause.comparator, clause.value)


def _merged(before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    merged = {**before, **given}
    for name in ("expectations", "tags"):
        if isinstance(before.get(name), dict) and isinstance(given.get(name), dict):
            merged[name] = {**before[name], **given[name]}
    merged["created_by"] = before.get("created_by")
    return merged


def _text(content: dict[str, Any]) -> str:
    return storable(msgspec.json.encode(content).decode())
