"""Owns the open store: one engine, its transactions, its artifacts, and who is told of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import CollisionError
from mlops_lab.core.settings import Settings

from .artifact_claims import claim
from .artifact_remote import RemotePlace
from .artifact_url import parse_artifact_url
from .artifacts import Artifacts
from .engine import durable_transaction, open_engine, shown_url, transaction
from .schema import HEAD, Upgraded, ensure_schema, read_revision
from .watch import StoreWatch

_TRIES = 4
Written = TypeVar("Written")


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
            InvalidInputError: the URL of the store or of its artifacts is not usable.
            SchemaMismatchError: a newer version wrote the store.
            StoreUnavailableError: it cannot be read or written.
        """
        store = cls.look(settings)
        try:
            store.upgrade()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def look(cls, settings: Settings) -> Store:
        """Return the store as it is, whatever its schema: for who examines it.

        Raises:
            InvalidInputError: the URL of the store or of its artifacts is not usable.
            StoreUnavailableError: it cannot be reached.
        """
        # First what is wrong in the settings alone, before anything is made.
        place = parse_artifact_url(settings.artifact_url) if settings.artifact_url else None
        store = cls(open_engine(settings.store_url), Artifacts(settings.artifact_dir))
        if isinstance(place, Path):
            store.artifacts = Artifacts(place)
        elif place is not None:
            remote = RemotePlace(place, store._claim)
            store.artifacts = Artifacts(settings.artifact_dir, remote)
        return store

    def upgrade(self) -> Upgraded:
        """Make the tables, or bring them to the schema of this version.

        Raises:
            SchemaMismatchError: a newer version wrote the store.
            StoreUnavailableError: it cannot be read or written.
        """
        return ensure_schema(self._engine)

    def is_current(self) -> bool:
        """Tell whether the schema is still that of this version: a newer one may have upgraded it.

        Raises:
            StoreUnavailableError: the store cannot be read.
        """
        with self.read() as cx:
            return read_revision(cx) == HEAD

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

    def write_by(self, do: Callable[[Connection], Written]) -> Written:
        """Have ``do`` write in a transaction of its own; again, should it meet another writer.

        ``do`` leaves nothing behind but what it wrote, so that it can be called once more.

        Raises:
            CollisionError: it met others time and again; nothing was written.
        """
        for _ in range(_TRIES - 1):
            with suppress(CollisionError), self.write() as tx:
                return do(tx)
        with self.write() as tx:
            return do(tx)

    @contextmanager
    def write_durably(self) -> Iterator[Connection]:
        """A transaction that may write what must outlive a power loss: jobs, registry, approvals."""
        with durable_transaction(self._engine) as tx:
            yield tx
        for told in self._on_commit:
            told()

    def _claim(self, digest: str) -> bool:
        with self.write() as tx:
            return claim(tx, digest, now=now_ms())

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
