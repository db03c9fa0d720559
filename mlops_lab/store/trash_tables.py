"""Owns the tables of what was purged, so that a late delivery does not bring it back, and of policies."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, String, Table, Text

from .tables import metadata

purged = Table(
    "purged",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("purged_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

retention = Table(
    "retention",
    metadata,
    # Name of an experiment, which need not exist yet; empty for all that have no row of their own.
    Column("experiment", Text, primary_key=True),
    Column("runs_days", Float),
    Column("artifacts_days", Float),
    # A JSON list of the names of params and tags.
    Column("masked", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("updated_by", Text, nullable=False),
    # When some process last began to apply it.
    Column("applied_at", BigInteger),
)
