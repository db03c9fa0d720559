"""Owns the list of what names artifacts: bytes that none of these columns names are nobody's.

Who adds a table or column with the digest of an artifact adds a line to ``_NAMED_BY``:
``(table name, column name)``. The table itself is in ``metadata`` by ``all_tables``. The collection
of garbage and the purge of runs read this list, and a test compares it with the tables: a column
that is called ``digest`` or ends in ``_digest`` must be in it, or among ``OTHER_DIGESTS``.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, Connection, select

from .all_tables import metadata
from .rows import pieces

_NAMED_BY = (
    ("run_artifact", "digest"),
    ("revision", "notebook_digest"),
    ("job", "notebook_digest"),
    ("free_file", "digest"),
)

OTHER_DIGESTS = (
    ("document", "digest"),
    ("facet", "digest"),
    ("evaluation_dataset", "digest"),
    ("evaluation_record", "inputs_digest"),
    ("history_cell", "digest"),
    ("artifact_claim", "digest"),
    ("dataset", "digest"),
    ("imported", "digest"),
    ("logged_model_metric", "dataset_digest"),
)
"""Columns with digests that keep no artifact: those of documents, which the database holds, of
claims, and of data and runs as they came from elsewhere."""


def named_by() -> list[Column[str]]:
    """Return the columns that name artifacts by their SHA-256 digest."""
    return [metadata.tables[table].c[column] for table, column in _NAMED_BY]


def still_named(cx: Connection, digests: Iterable[str]) -> set[str]:
    """Return those of ``digests`` that something in the store names."""
    wanted = sorted(set(digests))
    found: set[str] = set()
    for column in named_by():
        for some in pieces(wanted):
            found.update(cx.execute(select(column).where(column.in_(some)).distinct()).scalars())
    return found
