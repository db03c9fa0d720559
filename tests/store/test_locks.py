"""Holds the locks of PostgreSQL to be different ones, all known in one place."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_mock_engine

import mlops_lab
from mlops_lab.store.locks import StoreLock, hold


def test_each_lock_has_a_number_of_its_own() -> None:
    assert len({lock.value for lock in StoreLock}) == len(StoreLock.__members__) == 4


def test_no_other_module_locks() -> None:
    root = Path(mlops_lab.__file__).parent
    locking = [path.name for path in root.rglob("*.py") if "advisory" in path.read_text()]
    assert locking == ["locks.py"]


def test_only_postgresql_is_asked() -> None:
    asked: list[str] = []
    for name in ("sqlite", "postgresql+psycopg"):
        engine = create_mock_engine(f"{name}://", lambda sql, *_: asked.append(str(sql)))
        hold(engine, StoreLock.OUTBOX)  # type: ignore[arg-type]
    assert asked == [f"SELECT pg_advisory_xact_lock({StoreLock.OUTBOX.value})"]
