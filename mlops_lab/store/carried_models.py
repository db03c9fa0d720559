"""Owns reading registered models for an export, and writing those that come from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, case, select, update

from mlops_lab.core.carrying import CarriedModel, CarriedVersion

from . import registry, registry_aliases, registry_versions
from .registry_tables import model_version, registered_model
from .rows import pieces


def read_models(cx: Connection, run_ids: Iterable[str]) -> Iterator[CarriedModel]:
    """Yield the registered models that have versions of these runs, with those versions alone."""
    keys: dict[str, list[int]] = {}
    for some in pieces(run_ids):
        query = select(model_version.c.model_id, model_version.c.number)
        for model_id, number in cx.execute(query.where(model_version.c.run_id.in_(some))):
            keys.setdefault(model_id, []).append(number)
    for some in pieces(sorted(keys)):
        tags = registry.read_model_tags(cx, some)
        aliases = registry_aliases.read_aliases(cx, some)
        query = select(registered_model).where(registered_model.c.id.in_(some))
        for row in cx.execute(query.order_by(registered_model.c.name)).all():
            numbers = sorted(keys[row.id])
            yield CarriedModel(
                name=row.name,
                description=row.description,
                created_at=row.created_at,
                tags=tags.get(row.id, {}),
                aliases={n: at for n, at in aliases.get(row.id, {}).items() if at in numbers},
                versions=list(_read_versions(cx, row.id, numbers)),
            )


def _read_versions(cx: Connection, model_id: str, numbers: list[int]) -> Iterator[CarriedVersion]:
    tags = {
        one.version: one.tags
        for one in registry_versions.read_versions(cx, [(model_id, number) for number in numbers])
    }
    for some in pieces(numbers):
        query = select(model_version).where(
            model_version.c.model_id == model_id, model_version.c.number.in_(some)
        )
        for row in cx.execute(query.order_by(model_version.c.number)):
            yield CarriedVersion(
                number=row.number,
                source=row.source,
                run_id=row.run_id,
                run_link=row.run_link,
                location=row.location,
                description=row.description,
                stage=row.stage,
                created_at=row.created_at,
                created_by=row.created_by,
                tags=tags.get(row.number, {}),
            )


def add_model(tx: Connection, came: CarriedModel, *, who: str) -> tuple[registry.ModelRow, bool]:
    """Return the registered model of this name, made if there is none, and whether it is new."""
    there = registry.find_model(tx, came.name)
    if there is not None:
        return there, False
    model_id = registry.insert_model(tx, came.name, description=came.description, who=who)
    registry.set_model_tags(tx, model_id, came.tags)
    made = registry.find_model(tx, came.name)
    assert made is not None  # noqa: S101 - it was written above
    return made, True


def find_version(cx: Connection, model_id: str, number: int) -> tuple[str, str | None] | None:
    """Return source and run of a version; None when there is no such one."""
    query = select(model_version.c.source, model_version.c.run_id).where(
        model_version.c.model_id == model_id, model_version.c.number == number
    )
    row = cx.execute(query).one_or_none()
    return None if row is None else (row.source, row.run_id)


def add_version(tx: Connection, model_id: str, came: CarriedVersion) -> None:
    """Write a version under its own number; the next one that is made has a higher number."""
    registry_versions.insert_version(
        tx,
        model_id,
        came.number,
        source=came.source,
        location=came.location,
        run_id=came.run_id,
        run_link=came.run_link,
        description=came.description,
        created_by=came.created_by,
        created_at=came.created_at,
        stage=came.stage,
    )
    registry_versions.set_version_tags(tx, model_id, came.number, came.tags)
    last = registered_model.c.last_version
    tx.execute(
        update(registered_model)
        .where(registered_model.c.id == model_id)
        .values(last_version=case((last < came.number, came.number), else_=last))
    )
