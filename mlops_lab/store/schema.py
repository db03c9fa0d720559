"""Owns the schema revision of the store: makes it, upgrades it under a lock, refuses a newer one."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, inspect, text

from mlops_lab.core.errors import SchemaMismatchError

from .backup import back_up
from .engine import rebuilding_transaction, shown_url, transaction
from .locks import StoreLock, hold

HEAD = "0016"
"""The newest migration; a test holds it equal to the folder of migrations."""


MOVING = "moving"
"""The revision of a store that another one is being copied into; nobody may use it until then."""

_log = logging.getLogger(__name__)


class Upgraded(msgspec.Struct, frozen=True):
    """From which revision to which a store came; ``backup`` is the copy that was made before."""

    before: str | None
    after: str
    backup: Path | None


def ensure_schema(engine: Engine) -> Upgraded:
    """Bring the store to ``HEAD``; cheap when it is there already.

    Two processes that open a new store at once do not meet: the upgrade runs in one write
    transaction, and the second one finds the work done. An SQLite file that holds something is
    copied first.

    Raises:
        SchemaMismatchError: the store was made by a newer version of the product.
        StoreUnavailableError: the store cannot be read or written.
    """
    with transaction(engine, writes=False) as cx:
        current = read_revision(cx)
    if current == HEAD:
        return Upgraded(HEAD, HEAD, None)
    with rebuilding_transaction(engine) as tx:
        hold(tx, StoreLock.SCHEMA)
        current = read_revision(tx)
        if current == HEAD:
            return Upgraded(HEAD, HEAD, None)
        refuse_foreign(current)
        backup = None
        if current is not None and engine.dialect.name == "sqlite":
            backup = back_up(engine, current)
        upgrade(tx)
        if current is not None and engine.dialect.name == "postgresql":
            # A column of another type has no statistics until somebody writes much of its table.
            tx.exec_driver_sql("ANALYZE")
    if current is not None:
        _log.warning(
            "The store at %s was upgraded from schema revision %s to %s. %s",
            shown_url(engine.url),
            current,
            HEAD,
            f"Before that it was copied to {backup}." if backup else "",
        )
    return Upgraded(current, HEAD, backup)


def read_revision(cx: Connection) -> str | None:
    """Return the schema revision of the store, or None for an empty one."""
    if not inspect(cx).has_table("alembic_version"):
        return None
    return cx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def refuse_foreign(current: str | None) -> None:
    """Refuse a store that this version cannot use or upgrade.

    Raises:
        SchemaMismatchError: a newer version made it, another program, or a move that has not ended.
    """
    if current is None or (current <= HEAD and current.isdigit()):
        return
    if current == MOVING:
        raise SchemaMismatchError(
            "The store is the target of a move that has not ended.",
            hint="Run the same command again, it goes on where it was: mlops-lab db move --to URL",
        )
    if not current.isdigit():
        raise SchemaMismatchError(
            f"The database has the schema revision {current!r} of another program.",
            hint="Give MLOps Lab a database of its own: createdb NAME, then MLOPS_LAB_STORE_URL.",
        )
    raise SchemaMismatchError(
        f"The store has schema revision {current}, this version knows up to {HEAD}.",
        hint="A newer MLOps Lab wrote it: pip install --upgrade mlops-lab, then restart.",
    )


def set_revision(tx: Connection, revision: str) -> None:
    """Write which revision the store has."""
    tx.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})


def upgrade(tx: Connection) -> None:
    """Make the tables of ``HEAD``, or bring older ones there, in the transaction of the caller."""
    # Imported here because Alembic costs a second of start-up, and is needed once per upgrade.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = tx
    command.upgrade(config, HEAD)
