"""Owns the cheap question whether anybody committed to the store, in this process or another."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine

from mlops_lab.core.errors import StoreUnavailableError

from .engine import transaction
from .outbox import last_seq


class StoreWatch:
    """Tells whether the store may have moved since the last question; for one thread at a time.

    SQLite answers from its shared memory by ``PRAGMA data_version`` on one kept connection, some
    microseconds a question. PostgreSQL is asked for its newest change.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._file: tuple[int, int] | None = None
        self._seen: int | None = None

    @property
    def period_s(self) -> float:
        """How often to ask, in seconds."""
        return 0.15 if self._is_sqlite else 0.5

    def moved(self) -> bool:
        """Tell whether there is something new; the first answer is always True.

        Raises:
            StoreUnavailableError: the database cannot be read now, or its file was replaced.
        """
        seen = self._ask_sqlite() if self._is_sqlite else self._ask()
        moved = seen != self._seen
        self._seen = seen
        return moved

    def close(self) -> None:
        """Give the kept connection back."""
        if self._connection is None:
            return
        with suppress(sqlite3.Error):
            self._connection.close()
        self._connection = None

    @property
    def _is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def _ask(self) -> int:
        with transaction(self._engine, writes=False) as cx:
            return last_seq(cx)

    def _ask_sqlite(self) -> int:
        if self._connection is None:
            self._connect()
        if self._identify_file() != self._file:
            # Open connections would go on with the file that is no longer there.
            raise StoreUnavailableError(
                f"The store at {self._engine.url.database} was replaced or removed.",
                hint="It is opened anew.",
            )
        # On the driver's connection: SQLAlchemy would open a transaction, which freezes the answer.
        try:
            cursor = self._connection.cursor()
            seen = int(cursor.execute("PRAGMA data_version").fetchone()[0])
            cursor.close()
        except sqlite3.Error as error:
            raise StoreUnavailableError(
                f"The store at {self._engine.url.database} cannot be read: {error}.",
                hint="Check free disk space and permissions, then try again.",
            ) from error
        return seen

    def _connect(self) -> None:
        # A first transaction, so that a store that cannot be read says so as everywhere.
        with transaction(self._engine, writes=False):
            self._connection = self._engine.raw_connection()
        self._file = self._identify_file()

    def _identify_file(self) -> tuple[int, int] | None:
        try:
            found = os.stat(str(self._engine.url.database))  # noqa: PTH116 - asked often
        except OSError:
            return None
        return found.st_dev, found.st_ino
