"""Owns the tables of datasets that clients name as the inputs of runs."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from .tables import experiment, metadata, run

_Id = String(32)

dataset = Table(
    "dataset",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("experiment_id", _Id, ForeignKey(experiment.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("schema", Text),
    Column("profile", Text),
    UniqueConstraint("experiment_id", "name", "digest"),
    Index(None, "digest"),
)

run_dataset = Table(
    "run_dataset",
    metadata,
    Column("run_id", _Id, ForeignKey(run.c.id, ondelete="CASCADE"), nullable=False),
    Column("dataset_id", _Id, ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False),
    # What the run used it for, such as training; empty when nobody said.
    Column("context", Text, nullable=False),
    # A JSON object of all its tags.
    Column("tags", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "dataset_id"),
    Index(None, "dataset_id"),
    sqlite_with_rowid=False,
)
