"""Owns the table of what was taken in from elsewhere: foreign ids, and the runs that they became."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from .tables import metadata, run

imported = Table(
    "imported",
    metadata,
    # What it came from: an export file, or another tool.
    Column("kind", String(16), nullable=False),
    Column("foreign_id", Text, nullable=False),
    Column("run_id", String(32), ForeignKey(run.c.id, ondelete="CASCADE"), nullable=False),
    # Of the content that was taken, to tell whether the other side changed since.
    Column("digest", String(64), nullable=False),
    Column("origin", Text, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("kind", "foreign_id"),
    Index(None, "run_id"),
    sqlite_with_rowid=False,
)
