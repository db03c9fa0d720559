"""Owns the tables of what is captured of runs: documents, facets, kernel history, files, old tags."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from .tables import key, metadata, run

_Digest = String(64)


def _run_id() -> Column[str]:
    return Column("run_id", String(32), ForeignKey(run.c.id, ondelete="CASCADE"), nullable=False)


document = Table(
    "document",
    metadata,
    Column("digest", _Digest, primary_key=True),
    # Compressed by zlib.
    Column("content", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    # Whether its entries are written, which is done with the first facet that names it.
    Column("is_indexed", Boolean, nullable=False),
    # The set of entries that it shares with other documents, such as a list of packages.
    Column("shared", _Digest),
    # When it last came; it is not removed for a while, as what names it may be on its way.
    Column("kept_at", BigInteger),
    Index(None, "shared"),
)

entry = Table(
    "entry",
    metadata,
    # A document, or a set that several documents share.
    Column("owner", _Digest, primary_key=True),
    Column("field", String(24), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Index(None, "field", "name"),
    sqlite_with_rowid=False,
)

facet = Table(
    "facet",
    metadata,
    _run_id(),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", _Digest, nullable=False),
    Column("key", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "kind", "name"),
    Index(None, "kind", "key"),
    Index(None, "digest"),
    sqlite_with_rowid=False,
)

history_cell = Table(
    "history_cell",
    metadata,
    Column("history_id", String(64), primary_key=True),
    Column("position", Integer, primary_key=True),
    # The document that holds its source.
    Column("digest", _Digest, nullable=False),
    Column("cell_id", Text),
    Column("execution_count", Integer),
    Column("started_at", BigInteger),
    Column("duration_ms", BigInteger),
    Column("status", String(8), nullable=False),
    Column("run_id", String(32)),
    Column("bound", Text, nullable=False),
    # When it came before its runs, as it does with an import.
    Column("kept_at", BigInteger),
    Index(None, "digest"),
    Index(
        None,
        "run_id",
        sqlite_where=text("run_id IS NOT NULL"),
        postgresql_where=text("run_id IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

run_artifact = Table(
    "run_artifact",
    metadata,
    _run_id(),
    Column("path", Text, nullable=False),
    Column("digest", _Digest, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "path"),
    Index(None, "digest"),
    sqlite_with_rowid=False,
)

old_tag = Table(
    "old_tag",
    metadata,
    Column("run_seq", run.c.seq.type, ForeignKey(run.c.seq, ondelete="CASCADE"), nullable=False),
    Column("key_id", key.c.id.type, ForeignKey(key.c.id), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("set_at", BigInteger),
    PrimaryKeyConstraint("run_seq", "key_id", "ordinal"),
    Index(None, "key_id"),
    sqlite_with_rowid=False,
)
