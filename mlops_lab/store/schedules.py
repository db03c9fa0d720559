"""Owns the rows of schedules: when definitions run next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from .tables import definition, schedule

_WITH_NAME = select(schedule, definition.c.name.label("definition_name")).join(
    definition, definition.c.id == schedule.c.definition_id
)


def insert_schedule(tx: Connection, values: dict[str, Any]) -> None:
    """Insert a schedule.

    Raises:
        IntegrityError: the definition has one.
    """
    tx.execute(insert(schedule).values(**values))


def update_schedule(tx: Connection, schedule_id: str, values: dict[str, Any]) -> None:
    """Set columns of a schedule."""
    tx.execute(update(schedule).where(schedule.c.id == schedule_id).values(**values))


def delete_schedule(tx: Connection, schedule_id: str) -> None:
    """Remove a schedule; the jobs that it made stay."""
    tx.execute(delete(schedule).where(schedule.c.id == schedule_id))


def get_schedule(cx: Connection, schedule_id: str) -> Row[Any] | None:
    """Return the schedule with the name of its definition, or None."""
    return cx.execute(_WITH_NAME.where(schedule.c.id == schedule_id)).one_or_none()


def get_schedule_of(cx: Connection, definition_id: str) -> Row[Any] | None:
    """Return the schedule of a definition, or None."""
    return cx.execute(_WITH_NAME.where(schedule.c.definition_id == definition_id)).one_or_none()


def list_schedules(cx: Connection) -> Sequence[Row[Any]]:
    """Return all schedules, by the name of their definition."""
    return cx.execute(_WITH_NAME.order_by(definition.c.name)).all()


def list_due(cx: Connection, now: int) -> Sequence[Row[Any]]:
    """Return the schedules with a fire time at or before ``now`` that are not paused."""
    return cx.execute(
        _WITH_NAME.where(schedule.c.paused.is_(False), schedule.c.next_fire_at <= now).order_by(
            schedule.c.next_fire_at, schedule.c.id
        )
    ).all()


def is_any_due(cx: Connection, now: int) -> bool:
    """Tell whether ``list_due`` would return anything, as cheaply as can be."""
    found = cx.execute(
        select(schedule.c.id)
        .where(schedule.c.next_fire_at <= now, schedule.c.paused.is_(False))
        .limit(1)
    ).first()
    return found is not None


def next_fire_at(cx: Connection) -> int | None:
    """Return the earliest fire time of all schedules that are not paused; None when there is none."""
    query = select(func.min(schedule.c.next_fire_at)).where(schedule.c.paused.is_(False))
    found = cx.execute(query).scalar_one()
    return None if found is None else int(found)
