"""Owns what people want to know of a store: its kind, size, disk, trash, and points that wait."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import msgspec
from sqlalchemy import Connection, func, select, text

from . import pointpacking
from .capture_tables import run_artifact
from .disks import doubtful_disk, mounts
from .schema import read_revision
from .store import Store
from .tables import experiment, run


class StoreFacts(msgspec.Struct, frozen=True):
    """What a store is and holds; sizes in bytes. ``database`` is its kind with the version.

    ``free`` is the space on the disk of an SQLite file and ``doubt`` what that disk may be; None
    where the database is on a server.
    """

    database: str
    revision: str | None
    runs: int
    size: int
    free: int | None
    doubt: str | None
    trashed_runs: int
    trashed_experiments: int
    trashed_files: int
    points_waiting: int


def read_facts(store: Store) -> StoreFacts:
    """Read what there is to tell of a store.

    Raises:
        StoreUnavailableError: it cannot be read, or not be written by this user.
    """
    # A transaction that writes is refused here when the store is read-only or locked.
    with store.write() as tx:
        revision = read_revision(tx)
    with store.read() as cx:
        is_file = cx.dialect.name == "sqlite"
        file = Path(str(cx.engine.url.database)) if is_file else None
        trashed = select(run.c.id).where(run.c.trashed_at.is_not(None))
        return StoreFacts(
            database=_database(cx),
            revision=revision,
            runs=_number(cx, select(func.count()).select_from(run)),
            size=_server_size(cx) if file is None else _file_size(file),
            free=None if file is None else shutil.disk_usage(file.parent).free,
            doubt=None if file is None else doubtful_disk(file, mounts()),
            trashed_runs=_number(cx, select(func.count()).select_from(trashed.subquery())),
            trashed_experiments=_number(
                cx, select(func.count()).where(experiment.c.trashed_at.is_not(None))
            ),
            trashed_files=_number(
                cx, select(func.sum(run_artifact.c.size)).where(run_artifact.c.run_id.in_(trashed))
            ),
            points_waiting=pointpacking.count_waiting(cx),
        )


def _number(cx: Connection, query: object) -> int:
    return int(cx.execute(query).scalar_one() or 0)  # type: ignore[call-overload]


def _database(cx: Connection) -> str:
    if cx.dialect.name == "sqlite":
        return f"SQLite {cx.execute(text('SELECT sqlite_version()')).scalar_one()}"
    version = cx.execute(text("SHOW server_version")).scalar_one()
    return f"PostgreSQL {str(version).split()[0]}"


def _server_size(cx: Connection) -> int:
    return _number(cx, text("SELECT pg_database_size(current_database())"))


def _file_size(file: Path) -> int:
    total = 0
    for one in (file, file.with_name(f"{file.name}-wal")):
        with suppress(OSError):
            total += one.stat().st_size
    return total
