"""Owns the tables of traces: spans, tags, what was judged of them, and what is asked of models."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from .tables import metadata

_Id = String(32)
_TraceId = String(64)


def _trace_id() -> Column[str]:
    return Column("trace_id", _TraceId, ForeignKey("trace.id", ondelete="CASCADE"), nullable=False)


def _dataset_id() -> Column[str]:
    return Column(
        "dataset_id",
        String(40),
        ForeignKey("evaluation_dataset.id", ondelete="CASCADE"),
        nullable=False,
    )


trace = Table(
    "trace",
    metadata,
    Column("id", _TraceId, primary_key=True),
    Column("experiment_id", _Id, ForeignKey("experiment.id", ondelete="CASCADE"), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("duration_ms", BigInteger),
    Column("state", String(24), nullable=False),
    Column("client_request_id", Text),
    Column("request_preview", Text),
    Column("response_preview", Text),
    Index(None, "experiment_id", "started_at", "id"),
)

trace_tag = Table(
    "trace_tag",
    metadata,
    _trace_id(),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("trace_id", "name"),
    sqlite_with_rowid=False,
)

trace_note = Table(
    "trace_note",
    metadata,
    _trace_id(),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("trace_id", "name"),
    sqlite_with_rowid=False,
)
"""What a client calls the metadata of a trace: written with it, and not changed by people."""

trace_run = Table(
    "trace_run",
    metadata,
    # Clients send traces from a thread of their own: a run may name one that has not arrived yet.
    Column("trace_id", _TraceId, nullable=False),
    Column("run_id", _Id, nullable=False),
    PrimaryKeyConstraint("trace_id", "run_id"),
    Index(None, "run_id"),
    sqlite_with_rowid=False,
)

span = Table(
    "span",
    metadata,
    _trace_id(),
    Column("id", String(32), nullable=False),
    Column("parent_id", String(32)),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_ns", BigInteger, nullable=False),
    Column("ended_ns", BigInteger),
    # The whole span as JSON, as the client writes it into the file of a trace.
    Column("content", Text, nullable=False),
    PrimaryKeyConstraint("trace_id", "id"),
)

assessment = Table(
    "assessment",
    metadata,
    Column("id", String(40), primary_key=True),
    _trace_id(),
    Column("name", Text, nullable=False),
    # feedback, expectation or issue
    Column("kind", String(16), nullable=False),
    # What a search compares: the value as a text, as JSON unless it is a text.
    Column("value", Text, nullable=False),
    Column("valid", Boolean, nullable=False),
    Column("overrides", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    Index(None, "trace_id"),
    Index(None, "kind", "name"),
)

issue = Table(
    "issue",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("experiment_id", _Id, ForeignKey("experiment.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("severity", String(16)),
    # How bad it is, so that a list can be ordered by it: -1 where nobody has said.
    Column("rank", Integer, nullable=False),
    # Lists of texts as JSON.
    Column("root_causes", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Column("source_run_id", Text),
    Column("created_by", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index(None, "experiment_id", "rank", "created_at", "id"),
    Index(None, "rank", "created_at", "id"),
    Index(None, "source_run_id"),
)

evaluation_dataset = Table(
    "evaluation_dataset",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("schema", Text),
    Column("profile", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("updated_by", Text, nullable=False),
    Index(None, "created_at", "id"),
    Index(None, "name"),
)

evaluation_dataset_tag = Table(
    "evaluation_dataset_tag",
    metadata,
    _dataset_id(),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("dataset_id", "name"),
    sqlite_with_rowid=False,
)

evaluation_dataset_experiment = Table(
    "evaluation_dataset_experiment",
    metadata,
    _dataset_id(),
    Column("experiment_id", _Id, nullable=False),
    PrimaryKeyConstraint("dataset_id", "experiment_id"),
    Index(None, "experiment_id"),
    sqlite_with_rowid=False,
)

evaluation_record = Table(
    "evaluation_record",
    metadata,
    Column("id", String(40), primary_key=True),
    _dataset_id(),
    # SHA-256 of the inputs: a record with the same ones replaces the other.
    Column("inputs_digest", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    UniqueConstraint("dataset_id", "inputs_digest"),
    Index(None, "dataset_id", "created_at", "id"),
)

scorer = Table(
    "scorer",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("experiment_id", _Id, ForeignKey("experiment.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("last_version", Integer, nullable=False),
    UniqueConstraint("experiment_id", "name"),
)

scorer_version = Table(
    "scorer_version",
    metadata,
    Column("scorer_id", String(40), ForeignKey("scorer.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("scorer_id", "number"),
)
