"""Owns the tables of models: those that are registered, their versions and aliases, and those logged."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from .tables import metadata

_Id = String(32)
_LoggedId = String(40)
_Rowid = BigInteger().with_variant(Integer, "sqlite")


registered_model = Table(
    "registered_model",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("description", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    # The highest number that a version of it ever had: numbers are never given twice.
    Column("last_version", Integer, nullable=False),
)

registered_model_tag = Table(
    "registered_model_tag",
    metadata,
    Column("model_id", _Id, ForeignKey("registered_model.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("model_id", "name"),
    sqlite_with_rowid=False,
)

model_version = Table(
    "model_version",
    metadata,
    Column("model_id", _Id, ForeignKey("registered_model.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("source", Text, nullable=False),
    # Where its files are, if ``source`` is the address of another model.
    Column("location", Text),
    Column("run_id", Text),
    Column("run_link", Text),
    Column("logged_model_id", Text),
    Column("description", Text, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("status", String(24), nullable=False),
    Column("status_message", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("model_id", "number"),
    Index(None, "logged_model_id"),
    Index(None, "run_id"),
    Index(None, "updated_at"),
)

model_version_tag = Table(
    "model_version_tag",
    metadata,
    Column("model_id", _Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    ForeignKeyConstraint(
        ["model_id", "number"],
        ["model_version.model_id", "model_version.number"],
        ondelete="CASCADE",
    ),
    PrimaryKeyConstraint("model_id", "number", "name"),
    sqlite_with_rowid=False,
)

model_alias = Table(
    "model_alias",
    metadata,
    Column("model_id", _Id, nullable=False),
    Column("alias", Text, nullable=False),
    Column("number", Integer, nullable=False),
    ForeignKeyConstraint(
        ["model_id", "number"],
        ["model_version.model_id", "model_version.number"],
        ondelete="CASCADE",
    ),
    PrimaryKeyConstraint("model_id", "alias"),
    Index(None, "model_id", "number"),
)

alias_log = Table(
    "alias_log",
    metadata,
    Column("seq", _Rowid, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    # No foreign key: what an alias meant is known after its model was deleted too.
    Column("model_id", _Id, nullable=False),
    Column("model_name", Text, nullable=False),
    Column("alias", Text, nullable=False),
    # The version that it points at from now on; NULL when it was taken away.
    Column("number", Integer),
    Index(None, "model_id", "alias", "seq"),
    Index(None, "model_name", "alias", "seq"),
    sqlite_autoincrement=True,
)

logged_model = Table(
    "logged_model",
    metadata,
    Column("id", _LoggedId, primary_key=True),
    Column("experiment_id", _Id, ForeignKey("experiment.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("status", String(32), nullable=False),
    Column("status_message", Text),
    Column("model_type", Text),
    Column("source_run_id", Text),
    Index(None, "experiment_id", "created_at", "id"),
    Index(None, "source_run_id"),
)

logged_model_tag = Table(
    "logged_model_tag",
    metadata,
    Column(
        "model_id", _LoggedId, ForeignKey("logged_model.id", ondelete="CASCADE"), nullable=False
    ),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("model_id", "name"),
    sqlite_with_rowid=False,
)

logged_model_param = Table(
    "logged_model_param",
    metadata,
    Column(
        "model_id", _LoggedId, ForeignKey("logged_model.id", ondelete="CASCADE"), nullable=False
    ),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("model_id", "name"),
    sqlite_with_rowid=False,
)

logged_model_metric = Table(
    "logged_model_metric",
    metadata,
    Column(
        "model_id", _LoggedId, ForeignKey("logged_model.id", ondelete="CASCADE"), nullable=False
    ),
    Column("name", Text, nullable=False),
    Column("run_id", _Id, nullable=False),
    # Both are empty where the metric was measured on no dataset that has a name.
    Column("dataset_name", Text, nullable=False),
    Column("dataset_digest", Text, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("value", Float),
    PrimaryKeyConstraint(
        "model_id", "name", "run_id", "dataset_name", "dataset_digest", "step", "time"
    ),
    Index(None, "run_id"),
    sqlite_with_rowid=False,
)

run_model = Table(
    "run_model",
    metadata,
    Column("run_id", _Id, ForeignKey("run.id", ondelete="CASCADE"), nullable=False),
    # input or output
    Column("role", String(8), nullable=False),
    Column("model_id", Text, nullable=False),
    Column("step", BigInteger, nullable=False),
    PrimaryKeyConstraint("run_id", "role", "model_id"),
    Index(None, "model_id"),
    sqlite_with_rowid=False,
)
