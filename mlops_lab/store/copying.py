"""Owns how the rows of a table travel from one database to another, counted and with a digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
import xxhash
from sqlalchemy import (
    Column,
    Connection,
    Select,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    collate,
    func,
    insert,
    select,
    text,
    tuple_,
)

from mlops_lab.core.errors import StoreUnavailableError

PORTION = 50_000
"""Rows that are committed together."""

_READ_AT_ONCE = 5_000
_MODULUS = 2**128


class Tally(msgspec.Struct, frozen=True):
    """How many rows, and the sum of their digests: the same for the same rows in any order."""

    rows: int = 0
    digest: int = 0

    def plus(self, rows: Sequence[Sequence[Any]]) -> Tally:
        """Return the tally with these rows added."""
        encode = msgspec.msgpack.Encoder().encode
        total = sum(xxhash.xxh3_128_intdigest(encode(_comparable(row))) for row in rows)
        return Tally(self.rows + len(rows), (self.digest + total) % _MODULUS)

    def __str__(self) -> str:
        return f"{self.digest:032x}"


def _comparable(row: Sequence[Any]) -> list[Any]:
    # Most columns of SQLite keep -0.0 as 0.
    return [0.0 if type(value) is float and value == 0.0 else value for value in row]


def key_columns(table: Table) -> list[Column[Any]]:
    """Return the columns by which each row of a table is known."""
    if table.primary_key.columns:
        return list(table.primary_key.columns)
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    return list(unique[0].columns)


def read_rows(
    cx: Connection, table: Table, *, after: Sequence[Any] | None = None, until: Any = None
) -> Iterator[Sequence[Any]]:
    """Yield the rows of a table in the order of their keys, some thousands in memory at a time.

    Args:
        cx: an open connection.
        table: the table.
        after: the key above which to begin.
        until: the key with which to end.
    """
    query: Select[Any] = select(table)
    keys = [_ordered(cx, column) for column in key_columns(table)]
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    if until is not None:
        query = query.where(tuple_(*keys) <= tuple_(*until))
    query = query.order_by(*keys).execution_options(yield_per=_READ_AT_ONCE)
    yield from cx.execute(query)


def tally(cx: Connection, table: Table, *, until: Sequence[Any] | None = None) -> Tally:
    """Count and digest the rows of a table, all or those up to a key."""
    return tally_rows(read_rows(cx, table, until=until))


def tally_rows(rows: Iterator[Sequence[Any]]) -> Tally:
    """Count and digest rows."""
    total = Tally()
    while some := list(islice(rows, _READ_AT_ONCE)):
        total = total.plus(some)
    return total


def key_of(table: Table, row: Sequence[Any]) -> list[Any]:
    """Return the key of a row of the table."""
    names = list(table.c.keys())
    return [row[names.index(column.name)] for column in key_columns(table)]


def write_rows(tx: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Add rows to a table: by COPY on PostgreSQL.

    Raises:
        StoreUnavailableError: the database cannot hold one of them.
    """
    if tx.dialect.name != "postgresql":
        names = list(table.c.keys())
        tx.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    quote = tx.dialect.identifier_preparer.quote
    columns = ", ".join(quote(column.name) for column in table.c)
    driver: Any = tx.connection.driver_connection
    # COPY knows nothing of the types of ours, which keep a value in a form of their own.
    kept = {
        at: column.type.bind_processor(tx.dialect)
        for at, column in enumerate(table.c)
        if isinstance(column.type, TypeDecorator)
    }
    kinds: Any = tx.dialect.loaded_dbapi
    try:
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(tuple(_kept(row, kept)))
    except kinds.DataError as error:
        raise StoreUnavailableError(
            f"A row of table {table.name!r} does not fit into PostgreSQL: {error}",
            hint="Nothing is lost, the store is as it was. Please report this.",
        ) from error


def _kept(row: Sequence[Any], kept: Mapping[int, Callable[[Any], Any] | None]) -> list[Any]:
    values = list(row)
    for at, of in kept.items():
        if of is not None:
            values[at] = of(values[at])
    return values


def set_sequences(source: Connection, target: Connection, table: Table) -> None:
    """Have the numbers that the target gives to new rows go on where those of the source are."""
    column = table.autoincrement_column
    if column is None or not column.autoincrement or target.dialect.name != "postgresql":
        return
    newest = int(source.execute(select(func.coalesce(func.max(column), 0))).scalar_one())
    if source.dialect.name == "sqlite" and _counts_up(source):
        # It also knows the numbers of rows that were removed.
        known = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        newest = max(newest, source.execute(known, {"name": table.name}).scalar() or 0)
    sequence = text("SELECT pg_get_serial_sequence(:table, :column)")
    quoted = target.dialect.identifier_preparer.quote(table.name)
    name = target.execute(sequence, {"table": quoted, "column": column.name}).scalar()
    if name is not None:
        target.execute(
            text("SELECT setval(:name, :newest, :used)"),
            {"name": name, "newest": max(newest, 1), "used": newest > 0},
        )


def _counts_up(cx: Connection) -> bool:
    found = text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'")
    return bool(cx.execute(found).scalar())


def _ordered(cx: Connection, column: Column[Any]) -> Any:
    # The order of bytes, which both databases know, whatever the language of the server is.
    if cx.dialect.name == "postgresql" and isinstance(column.type, String):
        return collate(column, "C")
    return column
