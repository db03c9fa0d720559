"""Owns the schema revision of the store: makes it, upgrades it under a lock, refuses a newer one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from mlops_lab.core.errors import SchemaMismatchError

from .engine import transaction
from .locks import StoreLock, hold

HEAD = "0010"
"""The newest migration; a test holds it equal to the folder of migrations."""


def ensure_schema(engine: Engine) -> None:
    """Bring the store to ``HEAD``; cheap when it is there already.

    Two processes that open a new store at once do not meet: the upgrade runs in one write
    transaction, and the second one finds the work done.

    Raises:
        SchemaMismatchError: the store was made by a newer version of the product.
        StoreUnavailableError: the store cannot be read or written.
    """
    with transaction(engine, writes=False) as cx:
        if read_revision(cx) == HEAD:
            return
    with transaction(engine, writes=True) as tx:
        hold(tx, StoreLock.SCHEMA)
        current = read_revision(tx)
        if current == HEAD:
            return
        _refuse_newer(current)
        _upgrade(tx)


def read_revision(cx: Connection) -> str | None:
    """Return the schema revision of the store, or None for an empty one."""
    if not inspect(cx).has_table("alembic_version"):
        return None
    return cx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _refuse_newer(current: str | None) -> None:
    if current is None or current <= HEAD:
        return
    raise SchemaMismatchError(
        f"The store has schema revision {current}, this version knows up to {HEAD}.",
        hint="A newer MLOps Lab wrote it: pip install --upgrade mlops-lab, then restart.",
    )


def _upgrade(tx: Connection) -> None:
    # Imported here because Alembic costs a second of start-up, and is needed once per upgrade.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = tx
    command.upgrade(config, HEAD)
