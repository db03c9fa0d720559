"""Owns the connection to the database: how it is opened, and what a transaction is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from mlops_lab.core.errors import InvalidInputError, StoreUnavailableError

from .disks import mounts, refuse_network
from .outbox import COLLECTED, flush_changes
from .troubles import unavailable

_BUSY_TIMEOUT_S = 30.0
_OLDEST_POSTGRESQL = 13
_NO_RIGHTS = "42501"
_REACH = {
    "connect_timeout": "10",
    # A peer that is gone without a word is noticed after half a minute.
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


def open_engine(url: str) -> Engine:
    """Open the database at ``url`` (SQLite file or PostgreSQL).

    SQLite runs in WAL mode with ``synchronous=NORMAL``: a commit survives a killed process; after
    a power loss the newest commits may be missing, but the file is whole. ``durable_transaction``
    commits with ``synchronous=FULL``, which survives the power loss too.

    Raises:
        InvalidInputError: the URL cannot be read, or names a database that is not supported.
        StoreUnavailableError: the folder of the SQLite file cannot be made, or is on a network disk.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Without the cause: it may hold a part of the password.
        raise InvalidInputError(
            f"The store URL {_without_password(url)!r} cannot be read.",
            hint="Example: sqlite:////home/ada/store.db",
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(parsed.database or "")
    if backend == "postgresql":
        return _open_postgresql(parsed)
    raise InvalidInputError(
        f"The store URL names {backend!r}, which is not supported.",
        hint="Use sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME.",
    )


def shown_url(url: URL) -> str:
    """Return the address of a database as people may see it: without a password."""
    secret = [name for name in url.query if "pass" in name.lower()]
    return url.difference_update_query(secret).render_as_string(hide_password=True)


def _without_password(url: str) -> str:
    """Return a URL that cannot be read with everything masked that may be a password."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    user, at, host = rest.rpartition("@")
    name, colon, _ = user.partition(":")
    place, question, _ = host.partition("?")
    shown = [scheme, separator, name, colon, "***" * bool(colon), at, place, question]
    return "".join([*shown, "***" * bool(question)])


def _open_sqlite(database: str) -> Engine:
    if not database or database == ":memory:":
        raise InvalidInputError(
            "A store in memory would be lost at once.", hint="Use sqlite:///PATH."
        )
    path = Path(database).absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unavailable(error, str(path)) from error
    refuse_network(path, mounts())
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver must not open transactions by itself: a deferred BEGIN followed by a write
        # fails at once with "database is locked", whatever the timeout.
        connection.isolation_level = None
        connection.create_function("lab_casefold", 1, _casefold, deterministic=True)
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("writes"):
            connection.exec_driver_sql("BEGIN DEFERRED")
            return
        level = "FULL" if options.get("durable") else "NORMAL"
        references = "OFF" if options.get("rebuilds") else "ON"
        connection.exec_driver_sql(f"PRAGMA synchronous={level}")
        connection.exec_driver_sql(f"PRAGMA foreign_keys={references}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _open_postgresql(url: URL) -> Engine:
    reach = {name: value for name, value in _REACH.items() if name not in url.query}
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args=reach)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise InvalidInputError(
            f"The driver for the store URL is missing ({error}).",
            hint="Install it: pip install 'mlops-lab[postgres]'",
        ) from error

    @event.listens_for(engine, "first_connect")
    def _on_first_connect(connection: Any, _record: Any) -> None:
        refuse_old_server(connection.info.server_version // 10_000, shown_url(url))

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # To compile a plan takes a hundred times as long as a page that was estimated too dear.
        connection.execute("SET jit = off")
        connection.commit()

    return engine


def refuse_old_server(version: int, where: str) -> None:
    """Refuse a PostgreSQL server whose main version is too old.

    Raises:
        StoreUnavailableError: it is.
    """
    if version < _OLDEST_POSTGRESQL:
        raise StoreUnavailableError(
            f"The store at {where} is on PostgreSQL {version}, which is too old.",
            hint=f"MLOps Lab needs PostgreSQL {_OLDEST_POSTGRESQL} or newer.",
        )


@contextmanager
def transaction(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    """Open a connection with one transaction: committed at the end, rolled back on an error.

    Raises:
        StoreUnavailableError: the database cannot be reached, read or written now.
    """
    with _transaction(engine, writes=writes) as connection:
        yield connection


@contextmanager
def durable_transaction(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that writes what must survive a power loss, once it is committed.

    Raises:
        StoreUnavailableError: the database cannot be reached, read or written now.
    """
    with _transaction(engine, writes=True, durable=True) as connection:
        yield connection


@contextmanager
def rebuilding_transaction(engine: Engine) -> Iterator[Connection]:
    """Open a durable transaction in which tables that others refer to can be made anew.

    SQLite would remove what refers to a row together with its table. So references are held to at
    the end only, and by a look at all of them.

    Raises:
        StoreUnavailableError: the database cannot be used now, or a row refers to nothing.
    """
    with _transaction(engine, writes=True, durable=True, rebuilds=True) as connection:
        yield connection
        if engine.dialect.name != "sqlite":
            return
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if lost is not None:
            raise StoreUnavailableError(
                f"A row of table {lost[0]!r} refers to one of {lost[2]!r} that is not there.",
                hint="The store is as it was. Check it: mlops-lab db check",
            )


@contextmanager
def _transaction(engine: Engine, **options: bool) -> Iterator[Connection]:
    assert engine.dialect.loaded_dbapi is not None  # noqa: S101 - create_engine loaded it
    driver = engine.dialect.loaded_dbapi
    changes: list[dict[str, Any]] = []
    more: dict[str, Any] = {COLLECTED: changes} if options["writes"] else {}
    if engine.dialect.name == "postgresql" and not options["writes"]:
        # All that one reads is of one state of the store, as SQLite has it by itself.
        more["isolation_level"] = "REPEATABLE READ"
    try:
        with (
            engine.connect().execution_options(**options, **more) as connection,
            connection.begin(),
        ):
            yield connection
            flush_changes(connection, changes)
    except (DBAPIError, driver.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        # A statement that can never work is a fault of ours, not a state of the store.
        faults = (driver.IntegrityError, driver.ProgrammingError, driver.DataError)
        is_refused = getattr(cause, "sqlstate", None) == _NO_RIGHTS
        if cause is None or (isinstance(cause, faults) and not is_refused):
            raise
        raise unavailable(cause, shown_url(engine.url), engine.url) from error
