"""Runs can be archived; lists find a place far down, and the runs of a cell, in an index."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_KEPT = "trashed_at IS NULL"
_TOP = f"parent_run_id IS NULL AND {_KEPT}"


def _make(name, columns, where):
    partial = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
    op.create_index(op.f(name), "run", columns, unique=False, **partial)


def upgrade() -> None:
    op.add_column("run", sa.Column("archived_at", sa.BigInteger(), nullable=True))
    for name in ("ix_run_kept", "ix_run_top"):
        op.drop_index(op.f(name), table_name="run")
    _make("ix_run_kept", ["started_at", "archived_at", "trashed_at"], _KEPT)
    _make("ix_run_top", ["started_at", "parent_run_id", "archived_at", "trashed_at"], _TOP)
    _make("ix_run_archived_at", ["archived_at"], "archived_at IS NOT NULL")
    _make("ix_run_cell_id_started_at", ["cell_id", "started_at"], "cell_id IS NOT NULL")
