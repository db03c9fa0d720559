"""Owns what every writer of rows needs: text that each database takes, upserts, pieces of a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from .tables import key, run

Item = TypeVar("Item")

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)

_IN_LIMIT = 500
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Return ``text`` as every database can hold it.

    UTF-8 has no lone surrogates and PostgreSQL no NUL: each becomes U+FFFD. Surrogates that form a
    pair become the character that they stand for.
    """
    if _UNSTORABLE.search(text) is None:
        return text
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return paired.replace("\x00", "\ufffd")


def storable_or_none(text: str | None) -> str | None:
    """Return ``storable(text)``, or None for None."""
    return None if text is None else storable(text)


def pieces(items: Iterable[Item], size: int = _IN_LIMIT) -> Iterator[list[Item]]:
    """Cut ``items`` into lists of at most ``size``, such as one IN clause can take."""
    left = iter(items)
    while piece := list(islice(left, size)):
        yield piece


def upsert(cx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that can be given an ON CONFLICT clause, in the dialect of ``cx``."""
    if cx.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def insert_rows_sql(cx: Connection, table: Table) -> str:
    """Return the INSERT of all columns of ``table`` for rows given as tuples to the driver."""
    mark = "%s" if cx.dialect.name == "postgresql" else "?"
    columns = ", ".join(cx.dialect.identifier_preparer.quote(column.name) for column in table.c)
    marks = ", ".join([mark] * len(table.c))
    return f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours


def run_seqs(cx: Connection, run_ids: Iterable[str]) -> dict[str, int]:
    """Return the integer that stands for each run in the store; a run that is not there has none."""
    found: dict[str, int] = {}
    for some in pieces(sorted(set(run_ids))):
        rows = cx.execute(select(run.c.id, run.c.seq).where(run.c.id.in_(some)))
        found.update((row.id, row.seq) for row in rows)
    return found


def key_ids(tx: Connection, names: Iterable[str]) -> dict[str, int]:
    """Return the integer that stands for each name, making those that are new."""
    wanted = sorted(set(names))
    known = _read_keys(tx, wanted)
    missing = [{"name": name} for name in wanted if name not in known]
    if not missing:
        return known
    tx.execute(upsert(tx, key).on_conflict_do_nothing(index_elements=["name"]), missing)
    return known | _read_keys(tx, [row["name"] for row in missing])


def _read_keys(cx: Connection, names: Sequence[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for piece in pieces(names):
        rows = cx.execute(select(key.c.name, key.c.id).where(key.c.name.in_(piece)))
        known.update((row.name, row.id) for row in rows)
    return known
