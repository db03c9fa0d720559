"""Owns the rows of workers: who they are and when they last gave a sign of life."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from .tables import worker


def insert_worker(tx: Connection, values: dict[str, Any]) -> None:
    """Insert a worker."""
    tx.execute(insert(worker).values(**values))


def beat(tx: Connection, worker_id: str, now: int) -> bool:
    """Note a sign of life; tell whether there is such a worker."""
    done = tx.execute(update(worker).where(worker.c.id == worker_id).values(heartbeat_at=now))
    return done.rowcount == 1


def stop(tx: Connection, worker_id: str, now: int) -> None:
    """Note that the worker has ended in order."""
    tx.execute(
        update(worker).where(worker.c.id == worker_id).values(heartbeat_at=now, stopped_at=now)
    )


def resume(tx: Connection, worker_id: str, now: int) -> None:
    """Note that the worker goes on after all."""
    tx.execute(
        update(worker).where(worker.c.id == worker_id).values(heartbeat_at=now, stopped_at=None)
    )


def get_worker(cx: Connection, worker_id: str) -> Row[Any] | None:
    """Return the worker, or None."""
    return cx.execute(select(worker).where(worker.c.id == worker_id)).one_or_none()


def list_workers(cx: Connection) -> Sequence[Row[Any]]:
    """Return all workers, newest first."""
    return cx.execute(select(worker).order_by(worker.c.started_at.desc(), worker.c.id.desc())).all()


def delete_silent_since(tx: Connection, before: int) -> None:
    """Remove workers whose last sign of life is older than ``before``."""
    tx.execute(delete(worker).where(worker.c.heartbeat_at < before))
