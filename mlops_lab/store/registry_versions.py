"""Owns the rows of model versions and their tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, tuple_, update

from mlops_lab.core.clock import now_ms
from mlops_lab.core.registry import ModelVersion

from .keyset import Place, Scalar, after, order_of
from .registry_tables import model_alias, model_version, model_version_tag, registered_model
from .rows import pieces, storable, upsert

VersionKey = tuple[str, int]
"""Id of the registered model and number of the version."""


def insert_version(tx: Connection, model_id: str, number: int, **values: Any) -> None:
    """Make a version that is ready; ``values`` are its further columns."""
    now = now_ms()
    row = {
        "model_id": model_id,
        "number": number,
        "stage": "None",
        "status": "READY",
        "created_at": now,
        "updated_at": now,
        **values,
    }
    stored = {k: storable(v) if isinstance(v, str) else v for k, v in row.items()}
    tx.execute(insert(model_version), [stored])


def update_version(tx: Connection, model_id: str, number: int, **values: Any) -> None:
    """Change columns of a version, and when it was changed."""
    changed = {k: storable(v) if isinstance(v, str) else v for k, v in values.items()}
    tx.execute(
        update(model_version).where(_is(model_id, number)).values(updated_at=now_ms(), **changed)
    )


def has_version(cx: Connection, model_id: str, number: int) -> bool:
    """Tell whether a registered model has a version of this number."""
    query = select(model_version.c.number).where(_is(model_id, number))
    return cx.execute(query).first() is not None


def delete_version(tx: Connection, model_id: str, number: int) -> None:
    """Remove a version with its tags; its number is not given again."""
    tx.execute(delete(model_version).where(_is(model_id, number)))


def numbers_in_stage(cx: Connection, model_id: str, stage: str) -> list[int]:
    """Return the numbers of the versions in a stage."""
    query = select(model_version.c.number).where(
        model_version.c.model_id == model_id, model_version.c.stage == stage
    )
    return list(cx.execute(query).scalars())


def set_version_tags(tx: Connection, model_id: str, number: int, tags: Mapping[str, str]) -> None:
    """Set tags of a version."""
    if not tags:
        return
    write = upsert(tx, model_version_tag)
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["model_id", "number", "name"],
            set_={"value": write.excluded["value"]},
        ),
        [
            {
                "model_id": model_id,
                "number": number,
                "name": storable(name),
                "value": storable(value),
            }
            for name, value in tags.items()
        ],
    )


def delete_version_tag(tx: Connection, model_id: str, number: int, name: str) -> None:
    """Remove a tag of a version, if it has it."""
    tx.execute(
        delete(model_version_tag).where(
            model_version_tag.c.model_id == model_id,
            model_version_tag.c.number == number,
            model_version_tag.c.name == storable(name),
        )
    )


def read_versions(cx: Connection, keys: Iterable[VersionKey]) -> list[ModelVersion]:
    """Return versions by model id and number, in no order."""
    found: list[ModelVersion] = []
    for some in pieces(keys, 200):
        named = tuple_(model_version.c.model_id, model_version.c.number).in_(some)
        found += _read(cx, _query().where(named))
    return found


def latest_in_stages(cx: Connection, model_ids: Iterable[str]) -> dict[str, list[ModelVersion]]:
    """Return the newest version in each stage of registered models."""
    found: dict[str, list[ModelVersion]] = {}
    for some in pieces(model_ids):
        newest = (
            select(model_version.c.model_id, func.max(model_version.c.number))
            .where(model_version.c.model_id.in_(some))
            .group_by(model_version.c.model_id, model_version.c.stage)
        )
        keys = {(row[0], row[1]): row[0] for row in cx.execute(newest)}
        names = {
            row.name: row.id
            for row in cx.execute(
                select(registered_model.c.id, registered_model.c.name).where(
                    registered_model.c.id.in_(some)
                )
            )
        }
        for version in read_versions(cx, keys):
            found.setdefault(names[version.name], []).append(version)
    for versions in found.values():
        versions.sort(key=lambda version: version.version)
    return found


def page_versions(
    cx: Connection,
    *,
    condition: Any,
    places: Sequence[Place],
    after_values: Sequence[Scalar] | None,
    limit: int,
) -> list[ModelVersion]:
    """Return versions that meet a condition, in the order of the places."""
    query = _query().where(condition).order_by(*order_of(places)).limit(limit)
    if after_values is not None:
        query = query.where(after(places, after_values))
    return _read(cx, query)


def _is(model_id: str, number: int) -> Any:
    return and_(model_version.c.model_id == model_id, model_version.c.number == number)


def _query() -> Any:
    return select(model_version, registered_model.c.name.label("name")).join(
        registered_model, registered_model.c.id == model_version.c.model_id
    )


def _read(cx: Connection, query: Any) -> list[ModelVersion]:
    rows = cx.execute(query).all()
    keys = [(row.model_id, row.number) for row in rows]
    tags, aliases = _read_tags(cx, keys), _read_aliases(cx, keys)
    return [
        ModelVersion(
            name=row.name,
            version=row.number,
            source=row.source,
            location=row.location or row.source,
            run_id=row.run_id,
            run_link=row.run_link,
            logged_model_id=row.logged_model_id,
            description=row.description,
            tags=tags.get(key, {}),
            aliases=aliases.get(key, []),
            status=row.status,
            status_message=row.status_message,
            stage=row.stage,
            created_at=row.created_at,
            created_by=row.created_by,
            updated_at=row.updated_at,
        )
        for key, row in zip(keys, rows, strict=True)
    ]


def _read_tags(cx: Connection, keys: Sequence[VersionKey]) -> dict[VersionKey, dict[str, str]]:
    found: dict[VersionKey, dict[str, str]] = {}
    for some in pieces(keys, 200):
        named = tuple_(model_version_tag.c.model_id, model_version_tag.c.number).in_(some)
        query = select(model_version_tag).where(named).order_by(model_version_tag.c.name)
        for row in cx.execute(query):
            found.setdefault((row.model_id, row.number), {})[row.name] = row.value
    return found


def _read_aliases(cx: Connection, keys: Sequence[VersionKey]) -> dict[VersionKey, list[str]]:
    found: dict[VersionKey, list[str]] = {}
    for some in pieces(keys, 200):
        named = tuple_(model_alias.c.model_id, model_alias.c.number).in_(some)
        for row in cx.execute(select(model_alias).where(named).order_by(model_alias.c.alias)):
            found.setdefault((row.model_id, row.number), []).append(row.alias)
    return found
