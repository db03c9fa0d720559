"""Owns the move of a whole store into another database: resumed where it was cut, verified at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    exists,
    insert,
    inspect,
    select,
    text,
    update,
)

from mlops_lab.core.errors import ConflictError, StoreUnavailableError

from .all_tables import metadata
from .audit import note
from .copying import (
    PORTION,
    Tally,
    key_of,
    read_rows,
    set_sequences,
    tally,
    tally_rows,
    write_rows,
)
from .engine import durable_transaction, shown_url, transaction
from .locks import StoreLock, hold
from .schema import HEAD, MOVING, read_revision, refuse_foreign, set_revision, upgrade

# In the target while the move goes on, and in no schema: it is dropped with the last transaction.
_progress = Table(
    "store_move",
    MetaData(),
    Column("name", String(64), primary_key=True),
    Column("rows", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("last_key", Text),
)
_SOURCE = "source"
_OTHER_DATA = "Name an empty database: createdb NAME, then mlops-lab db move --to URL."

Told = Callable[[str, int], None]
"""Told the table and how many of its rows have arrived."""


class MovedTable(msgspec.Struct, frozen=True):
    """One table that arrived: the digest is the same on both sides."""

    name: str
    rows: int
    digest: str


def move_store(source: Engine, target: Engine, *, who: str, told: Told) -> list[MovedTable]:
    """Copy every row of ``source`` into ``target``; nobody can write the source meanwhile.

    Whatever was committed in the target is kept by a move that is killed, and the next one goes on
    there. Until the end the target is no store that anybody could open.

    Raises:
        ConflictError: the target holds other data, or another move works on it.
        SchemaMismatchError: the source is no store of this version.
        StoreUnavailableError: a database cannot be used, or rows did not arrive as they were.
    """
    with _held(source) as cx:
        _begin(cx, target, shown_url(source.url))
        for table in metadata.sorted_tables:
            _copy(cx, target, table, told)
        moved = _verify(target)
        _finish(cx, target, moved, who=who, origin=shown_url(source.url))
    return moved


@contextmanager
def _held(source: Engine) -> Iterator[Connection]:
    with transaction(source, writes=True) as cx:
        revision = read_revision(cx)
        refuse_foreign(revision)
        if revision != HEAD:
            raise ConflictError(
                f"The store has schema revision {revision}, this version moves {HEAD}.",
                hint="Upgrade it first: mlops-lab db upgrade",
            )
        if source.dialect.name == "postgresql":
            quote = source.dialect.identifier_preparer.quote
            names = ", ".join(quote(table.name) for table in metadata.sorted_tables)
            cx.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
        yield cx


def _begin(cx: Connection, target: Engine, origin: str) -> None:
    identity = hashlib.sha256(origin.encode()).hexdigest()
    with durable_transaction(target) as tx:
        hold(tx, StoreLock.SCHEMA)
        revision = read_revision(tx)
        if revision == MOVING:
            _refuse_other_source(tx, identity)
            if _is_unchanged(cx, tx):
                return
            # Somebody wrote to the source since the move was cut: what has arrived is old.
            _empty(tx)
            revision = None
        if revision is None:
            _refuse_tables(tx)
            upgrade(tx)
        _refuse_rows(tx, revision)
        _progress.create(tx)
        first = {"name": _SOURCE, "rows": 0, "digest": identity}
        rows = [{"name": table.name, "rows": 0, "digest": "0"} for table in metadata.sorted_tables]
        tx.execute(insert(_progress), [first, *rows])
        set_revision(tx, MOVING)


def _refuse_other_source(tx: Connection, identity: str) -> None:
    query = select(_progress.c.digest).where(_progress.c.name == _SOURCE)
    if tx.execute(query).scalar_one() != identity:
        raise ConflictError("Another store is being moved into this database.", hint=_OTHER_DATA)


def _refuse_tables(tx: Connection) -> None:
    taken = sorted(set(inspect(tx).get_table_names()) & set(metadata.tables))
    if taken:
        words = f"The database has a table {taken[0]!r} that is not of MLOps Lab."
        raise ConflictError(words, hint=_OTHER_DATA)


def _refuse_rows(tx: Connection, revision: str | None) -> None:
    if revision not in (None, HEAD):
        refuse_foreign(revision)
        words = f"The target holds a store of the schema revision {revision}."
        raise ConflictError(words, hint=_OTHER_DATA)
    for table in metadata.sorted_tables:
        if tx.execute(select(exists(select(table)))).scalar_one():
            words = f"The target holds other data: there are rows in its table {table.name!r}."
            raise ConflictError(words, hint=_OTHER_DATA)


def _empty(tx: Connection) -> None:
    quote = tx.dialect.identifier_preparer.quote
    functions: list[str] = []
    if tx.dialect.name == "postgresql":
        names = [quote(table.name) for table in metadata.sorted_tables]
        used = text(
            "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgrelid = ANY(CAST(:names AS regclass[]))"
        )
        functions = list(tx.execute(used, {"names": names}).scalars())
    metadata.drop_all(tx)
    _progress.drop(tx)
    tx.execute(text("DROP TABLE alembic_version"))
    for function in functions:
        tx.execute(text(f"DROP FUNCTION {function}"))


def _is_unchanged(cx: Connection, tx: Connection) -> bool:
    for row in tx.execute(select(_progress).where(_progress.c.last_key.is_not(None))):
        table = metadata.tables[row.name]
        now = tally(cx, table, until=msgspec.json.decode(row.last_key))
        if (now.rows, str(now)) != (row.rows, row.digest):
            return False
    return True


def _copy(cx: Connection, target: Engine, table: Table, told: Told) -> None:
    with transaction(target, writes=False) as tx:
        row = _read_progress(tx, table)
    done = Tally(row.rows, int(row.digest, 16))
    last = None if row.last_key is None else msgspec.json.decode(row.last_key)
    rows = read_rows(cx, table, after=last)
    while portion := list(islice(rows, PORTION)):
        with durable_transaction(target) as tx:
            hold(tx, StoreLock.SCHEMA)
            if _read_progress(tx, table).rows != done.rows:
                raise ConflictError(
                    "Another move works on the same target.", hint="Wait until it has ended."
                )
            write_rows(tx, table, portion)
            done = done.plus(portion)
            reached = {
                "rows": done.rows,
                "digest": str(done),
                "last_key": msgspec.json.encode(key_of(table, portion[-1])).decode(),
            }
            tx.execute(update(_progress).where(_progress.c.name == table.name).values(reached))
        told(table.name, done.rows)


def _read_progress(tx: Connection, table: Table) -> Any:
    return tx.execute(select(_progress).where(_progress.c.name == table.name)).one()


def _verify(target: Engine) -> list[MovedTable]:
    moved = []
    with transaction(target, writes=False) as tx:
        for table in metadata.sorted_tables:
            sent = _read_progress(tx, table)
            arrived = tally_rows(iter(tx.execute(select(table).execution_options(yield_per=5_000))))
            if (arrived.rows, int(str(arrived), 16)) != (sent.rows, int(sent.digest, 16)):
                raise StoreUnavailableError(
                    f"Table {table.name!r} did not arrive as it was: {sent.rows} rows with the "
                    f"digest {sent.digest} were sent, {arrived.rows} with {arrived} are there.",
                    hint="Did somebody write the target? Drop that database and move again; "
                    "the store that is moved is as it was.",
                )
            moved.append(MovedTable(table.name, arrived.rows, str(arrived)))
    return moved


def _finish(
    cx: Connection, target: Engine, moved: list[MovedTable], *, who: str, origin: str
) -> None:
    with durable_transaction(target) as tx:
        hold(tx, StoreLock.SCHEMA)
        for table in metadata.sorted_tables:
            set_sequences(cx, tx, table)
        _progress.drop(tx)
        set_revision(tx, HEAD)
        if tx.dialect.name == "postgresql":
            # Else its first minutes go by plans for empty tables.
            tx.exec_driver_sql("ANALYZE")
        rows = sum(one.rows for one in moved)
        note(tx, "move", "store", shown_url(target.url), who=who, origin=origin, rows=rows)
