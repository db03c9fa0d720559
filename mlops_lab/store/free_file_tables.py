"""Owns the tables of files that belong to no run, and of content that somebody is about to name.

A free file belongs to an area that its owner chooses, such as ``logged_model/<id>``, and has a path
in it. Its migration is ``0007``, together with the inputs of runs.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, String, Table, Text

from .tables import metadata

free_file = Table(
    "free_file",
    metadata,
    Column("area", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("area", "path"),
    Index(None, "digest"),
    Index(None, "written_at"),
    sqlite_with_rowid=False,
)

artifact_claim = Table(
    "artifact_claim",
    metadata,
    Column("digest", String(64), primary_key=True),
    # When old content in a bucket was put again, whose own time cannot be changed.
    Column("claimed_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
