"""Owns the rows of job definitions and their numbered revisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from .tables import definition, revision


def insert_definition(tx: Connection, values: dict[str, Any]) -> None:
    """Insert a definition.

    Raises:
        IntegrityError: the name is taken.
    """
    tx.execute(insert(definition).values(**values))


def insert_revision(tx: Connection, values: dict[str, Any]) -> None:
    """Insert a revision and make it the newest of its definition."""
    tx.execute(insert(revision).values(**values))
    tx.execute(
        update(definition)
        .where(definition.c.id == values["definition_id"])
        .values(revision=values["number"])
    )


def lock_definition_named(tx: Connection, name: str) -> Row[Any] | None:
    """Return the definition of this name, held until the transaction ends."""
    return tx.execute(
        select(definition).where(definition.c.name == name).with_for_update()
    ).one_or_none()


def get_definition_named(cx: Connection, name: str) -> Row[Any] | None:
    """Return the definition of this name, or None."""
    return cx.execute(select(definition).where(definition.c.name == name)).one_or_none()


def get_definition(cx: Connection, definition_id: str) -> Row[Any] | None:
    """Return the definition, or None."""
    return cx.execute(select(definition).where(definition.c.id == definition_id)).one_or_none()


def list_definitions(cx: Connection) -> Sequence[Row[Any]]:
    """Return all definitions, by name."""
    return cx.execute(select(definition).order_by(definition.c.name)).all()


def list_names(cx: Connection) -> Sequence[str]:
    """Return the names of all definitions."""
    return cx.execute(select(definition.c.name).order_by(definition.c.name)).scalars().all()


def get_revision(cx: Connection, definition_id: str, number: int) -> Row[Any] | None:
    """Return one revision, or None."""
    return cx.execute(
        select(revision).where(
            revision.c.definition_id == definition_id, revision.c.number == number
        )
    ).one_or_none()


def list_revisions(cx: Connection, definition_id: str) -> Sequence[Row[Any]]:
    """Return the revisions of a definition, newest first."""
    return cx.execute(
        select(revision)
        .where(revision.c.definition_id == definition_id)
        .order_by(revision.c.number.desc())
    ).all()


def newest_revisions(cx: Connection) -> Sequence[Row[Any]]:
    """Return the newest revision of every definition."""
    return cx.execute(
        select(revision).join(
            definition,
            (definition.c.id == revision.c.definition_id)
            & (definition.c.revision == revision.c.number),
        )
    ).all()
