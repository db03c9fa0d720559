"""Owns the tables: every name, type, key and index of the store, as SQLAlchemy Core metadata.

Times are whole milliseconds since the epoch. Metric names are integer keys; a NaN value is NULL,
because SQLite has no NaN. Words are sorted by their bytes, whatever the locale of PostgreSQL.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from .pointvalue import PointValue
from .shortword import ShortWord

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = String(32)
_Word = Text().with_variant(Text(collation="C"), "postgresql")
_ORIGINS = ("assigned", "read", "option", "injected", "logged", "model")
_Rowid = BigInteger().with_variant(Integer, "sqlite")


def _run_id() -> Column[str]:
    return Column("run_id", _Id, ForeignKey("run.id", ondelete="CASCADE"), nullable=False)


def _of(where: str) -> dict[str, Any]:
    return {"sqlite_where": text(where), "postgresql_where": text(where)}


def _run_seq() -> Column[int]:
    return Column("run_seq", _Rowid, ForeignKey("run.seq", ondelete="CASCADE"), nullable=False)


outbox = Table(
    "outbox",
    metadata,
    Column("seq", _Rowid, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("record_id", _Id, nullable=False),
    Column("action", String(8), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

experiment = Table(
    "experiment",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", _Word, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    # What somebody set; without it both are inferred when the experiment is shown.
    Column("primary_metric", Text),
    Column("direction", String(3)),
    # When its tags, name or place last changed, if they did.
    Column("updated_at", BigInteger),
    # When it was put into the trash; in the list of experiments while it is not.
    Column("trashed_at", BigInteger),
    # Where a client wants its files; without it they are in the artifact store.
    Column("artifact_location", Text),
)

experiment_tag = Table(
    "experiment_tag",
    metadata,
    Column("experiment_id", _Id, ForeignKey("experiment.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("experiment_id", "name"),
    sqlite_with_rowid=False,
)

run = Table(
    "run",
    metadata,
    # Stands for the run in the tables that hold many rows a run; it means nothing elsewhere.
    Column("seq", _Rowid, primary_key=True, autoincrement=True),
    Column("id", _Id, nullable=False, unique=True),
    Column("experiment_id", _Id, ForeignKey("experiment.id"), nullable=False),
    Column("name", _Word, nullable=False),
    Column("status", String(16), nullable=False),
    Column("source", String(16), nullable=False),
    Column("user", _Word, nullable=False),
    Column("notebook_path", _Word),
    Column("notebook_file", Text),
    Column("cell_id", Text),
    Column("kernel_id", Text),
    Column("kernel_name", Text),
    Column("spool_id", _Id),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("duration_ms", BigInteger),
    Column("primary_metric", Text),
    Column("error_name", _Word),
    Column("error_message", Text),
    Column("error_traceback", Text),
    Column("job_id", _Id),
    Column("definition_id", _Id),
    Column("definition_name", Text),
    Column("revision", Integer),
    Column("source_run_id", _Id),
    Column("parent_run_id", _Id),
    Column("history_id", String(64)),
    Column("history_position", Integer),
    Column("resumed_at", BigInteger),
    Column("identity", Text),
    Column("same_as", _Id),
    Column("cpu_ms", BigInteger),
    Column("peak_memory", BigInteger),
    # What the kernel took for the primary metric at the end, where nobody named one.
    Column("inferred_metric", Text),
    Column("order_problems", Boolean),
    # When it was put into the trash, and by whom; lists leave it out from then on.
    Column("trashed_at", BigInteger),
    Column("trashed_by", Text),
    Column("archived_at", BigInteger),  # Since when it is left out of lists that ask so.
    Index(None, "spool_id", **_of("status = 'running'")),
)

key = Table(
    "key",
    metadata,
    Column("id", _Rowid, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),
)

param = Table(
    "param",
    metadata,
    _run_seq(),
    Column("key_id", _Rowid, ForeignKey("key.id"), nullable=False),
    Column("value", Text, nullable=False),
    # What ``value`` is when it is a finite number, so that filters compare numbers as numbers.
    Column("number", Float),
    Column("origin", ShortWord(_ORIGINS, 16), nullable=False),
    Column("position", Integer, nullable=False),
    Column("detail", Text),
    # Of a value that is no number, the beginning of its plain text, which searches find it by.
    Column("word", _Word),
    PrimaryKeyConstraint("run_seq", "key_id"),
    sqlite_with_rowid=False,
)

tag = Table(
    "tag",
    metadata,
    _run_seq(),
    Column("key_id", _Rowid, ForeignKey("key.id"), nullable=False),
    Column("value", Text, nullable=False),
    Column("set_at", BigInteger),
    Column("word", _Word),
    PrimaryKeyConstraint("run_seq", "key_id"),
    sqlite_with_rowid=False,
)

series = Table(
    "series",
    metadata,
    Column("id", _Rowid, primary_key=True, autoincrement=True),
    _run_seq(),
    Column("key_id", _Rowid, ForeignKey("key.id"), nullable=False),
    Column("last", Float),
    Column("last_step", BigInteger, nullable=False),
    # Milliseconds since ``first_time``, as in the rows of points.
    Column("last_elapsed", BigInteger, nullable=False),
    Column("first_time", BigInteger, nullable=False),
    # Of one point: it has no row of its own (see lonepoint.py), and min and max are not stored.
    Column("count", BigInteger, nullable=False),
    Column("min", Float),
    Column("max", Float),
    Column("packed", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("run_seq", "key_id"),
)

metric_point = Table(
    "metric_point",
    metadata,
    Column("series_id", _Rowid, ForeignKey("series.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("step", BigInteger, nullable=False),
    # Milliseconds since the series' ``first_time``: half the bytes of a full time.
    Column("elapsed", BigInteger, nullable=False),
    Column("value", PointValue),
    sqlite_with_rowid=False,
)

cell = Table(
    "cell",
    metadata,
    _run_id(),
    Column("position", Integer, nullable=False),
    Column("cell_id", Text),
    Column("execution_count", Integer),
    Column("source", Text, nullable=False),
    UniqueConstraint("run_id", "position"),
)

run_warning = Table(
    "run_warning",
    metadata,
    _run_id(),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("run_id", "position"),
)

spool = Table(
    "spool",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started_at", Float, nullable=False),
    Column("acknowledged_seq", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("history_id", Text),  # Noted when a run of it is purged.
)

definition = Table(
    "definition",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("revision", Integer, nullable=False),
)

revision = Table(
    "revision",
    metadata,
    Column("definition_id", _Id, ForeignKey("definition.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("parameters", Text, nullable=False),
    Column("tracked_cells", Text, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("kernel_name", Text, nullable=False),
    Column("working_dir", Text, nullable=False),
    Column("notebook_digest", String(64), nullable=False),
    Column("notebook_path", Text, nullable=False),
    Column("source_run_id", _Id),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
)

schedule = Table(
    "schedule",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("definition_id", _Id, ForeignKey("definition.id"), nullable=False, unique=True),
    Column("cron", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("next_fire_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Index(None, "next_fire_at"),
)

job = Table(
    "job",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("definition_id", _Id, ForeignKey("definition.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("schedule_id", _Id),
    Column("fire_at", BigInteger),
    Column("state", String(16), nullable=False),
    Column("cause", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("submitted_at", BigInteger, nullable=False),
    Column("submitted_by", Text, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("attempt", Integer, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("owner", _Id),
    Column("lease_until", BigInteger),
    Column("cells_done", Integer, nullable=False),
    Column("cells_total", Integer, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("run_id", _Id),
    Column("failing_index", Integer),
    Column("failing_cell_id", Text),
    Column("failing_source", Text),
    Column("error_name", Text),
    Column("error_message", Text),
    Column("error_traceback", Text),
    Column("notebook_digest", String(64)),
    UniqueConstraint("schedule_id", "fire_at"),
    Index(None, "run_id", **_of("run_id IS NOT NULL")),
    Index(None, "ended_at", **_of("ended_at IS NOT NULL")),
    Index(None, "submitted_at", "id"),
    Index(None, "state", "submitted_at"),
    Index(None, "definition_id", "submitted_at"),
)

worker = Table(
    "worker",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started_at", Float, nullable=False),
    Column("version", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
    Column("stopped_at", BigInteger),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", _Rowid, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    # A verb such as trash, purge, promote, move; and the kind and id of what it was done to.
    Column("action", String(24), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("record_id", Text, nullable=False),
    # A JSON object with what else is worth knowing, such as the name that the record had.
    Column("detail", Text, nullable=False),
    Index(None, "kind", "record_id"),
    sqlite_autoincrement=True,
)
