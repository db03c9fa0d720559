"""Owns the open store: one engine, its transactions, its artifacts, and who is told of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from mlops_lab.core.settings import Settings

from .artifacts import Artifacts
from .engine import open_engine, shown_url, transaction
from .schema import ensure_schema
from .watch import StoreWatch


class Store:
    """The database and the artifacts of one ``Settings``. Safe to use from several threads."""

    def __init__(self, engine: Engine, artifacts: Artifacts) -> None:
        self._engine = engine
        self._on_commit: list[Callable[[], None]] = []
        self.artifacts = artifacts

    @classmethod
    def open(cls, settings: Settings) -> Store:
        """Open the store, making or upgrading its tables first.

        Raises:
            InvalidInputError: the store URL is not usable.
            SchemaMismatchError: a newer version wrote the store.
            StoreUnavailableError: it cannot be read or written.
        """
        engine = open_engine(settings.store_url)
        ensure_schema(engine)
        return cls(engine, Artifacts(settings.artifact_dir))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store and writes nothing."""
        with transaction(self._engine, writes=False) as cx:
            yield cx

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; committed whole or not at all."""
        with transaction(self._engine, writes=True) as tx:
            yield tx
        for told in self._on_commit:
            told()

    def on_commit(self, told: Callable[[], None]) -> None:
        """Have ``told`` called, in the writing thread, after each commit of this process."""
        self._on_commit.append(told)

    def watch(self) -> StoreWatch:
        """Return a watch that tells when any process committed; close it when done."""
        return StoreWatch(self._engine)

    @property
    def url(self) -> str:
        """The address of the database, without a password."""
        return shown_url(self._engine.url)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
