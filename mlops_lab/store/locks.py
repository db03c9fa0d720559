"""Owns the locks between processes that PostgreSQL needs, and that they are different ones."""

from __future__ import annotations

from enum import IntEnum, unique

from sqlalchemy import Connection, text


@unique
class StoreLock(IntEnum):
    """What one transaction at a time may do. Who takes several takes them in this order."""

    SCHEMA = 7_360_451
    SCHEDULING = 7_360_452
    ARTIFACTS = 7_360_454
    OUTBOX = 7_360_453


def hold(tx: Connection, lock: StoreLock) -> None:
    """Wait for ``lock`` and hold it until the transaction ends.

    SQLite's write transactions exclude each other already; on PostgreSQL a lock does.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text(f"SELECT pg_advisory_xact_lock({lock.value})"))
