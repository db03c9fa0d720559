"""Owns the rows of registered models and their tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.ids import new_id

from .keyset import Place, Scalar, after, order_of
from .registry_tables import registered_model, registered_model_tag
from .rows import pieces, storable, upsert


class ModelRow(msgspec.Struct, frozen=True):
    """A registered model without its versions."""

    id: str
    name: str
    description: str
    created_at: Millis
    created_by: str
    updated_at: Millis
    last_version: int


def insert_model(tx: Connection, name: str, *, description: str, who: str) -> str:
    """Make a registered model and return its id."""
    now, model_id = now_ms(), new_id()
    values = {
        "id": model_id,
        "name": storable(name),
        "description": storable(description),
        "created_at": now,
        "created_by": storable(who),
        "updated_at": now,
        "last_version": 0,
    }
    tx.execute(insert(registered_model), [values])
    return model_id


def find_model(cx: Connection, name: str) -> ModelRow | None:
    """Return the registered model of this name, or None."""
    query = select(registered_model).where(registered_model.c.name == storable(name))
    row = cx.execute(query).one_or_none()
    return None if row is None else ModelRow(*row)


def model_names(cx: Connection, *, limit: int = 1_000) -> Sequence[str]:
    """Return the names of registered models, for a hint."""
    return cx.execute(select(registered_model.c.name).limit(limit)).scalars().all()


def update_model(tx: Connection, model_id: str, **values: Any) -> None:
    """Change columns of a registered model, and when it was changed."""
    changed = {
        name: storable(value) if isinstance(value, str) else value for name, value in values.items()
    }
    tx.execute(
        update(registered_model)
        .where(registered_model.c.id == model_id)
        .values(updated_at=now_ms(), **changed)
    )


def next_number(tx: Connection, model_id: str) -> int:
    """Return the number of a new version; who asks holds the row until the transaction ends."""
    counted = (
        update(registered_model)
        .where(registered_model.c.id == model_id)
        .values(last_version=registered_model.c.last_version + 1)
        .returning(registered_model.c.last_version)
    )
    return int(tx.execute(counted).scalar_one())


def delete_model(tx: Connection, model_id: str) -> None:
    """Remove a registered model with its versions, tags and aliases; the log of aliases stays."""
    tx.execute(delete(registered_model).where(registered_model.c.id == model_id))


def set_model_tags(tx: Connection, model_id: str, tags: Mapping[str, str]) -> None:
    """Set tags of a registered model."""
    if not tags:
        return
    write = upsert(tx, registered_model_tag)
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["model_id", "name"], set_={"value": write.excluded["value"]}
        ),
        [
            {"model_id": model_id, "name": storable(name), "value": storable(value)}
            for name, value in tags.items()
        ],
    )


def delete_model_tag(tx: Connection, model_id: str, name: str) -> bool:
    """Remove a tag; return whether there was one."""
    of_model = registered_model_tag.c.model_id == model_id
    named = registered_model_tag.c.name == storable(name)
    return tx.execute(delete(registered_model_tag).where(of_model, named)).rowcount > 0


def read_model_tags(cx: Connection, model_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the tags of registered models."""
    found: dict[str, dict[str, str]] = {}
    for some in pieces(model_ids):
        query = select(registered_model_tag).where(registered_model_tag.c.model_id.in_(some))
        for row in cx.execute(query.order_by(registered_model_tag.c.name)):
            found.setdefault(row.model_id, {})[row.name] = row.value
    return found


def page_models(
    cx: Connection,
    *,
    condition: Any,
    places: Sequence[Place],
    after_values: Sequence[Scalar] | None,
    limit: int,
) -> list[ModelRow]:
    """Return registered models that meet a condition, in the order of the places."""
    query = select(registered_model).where(condition).order_by(*order_of(places)).limit(limit)
    if after_values is not None:
        query = query.where(after(places, after_values))
    return [ModelRow(*row) for row in cx.execute(query)]
