"""The ids of runs that were purged, and the data policies of experiments."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table('purged',
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('purged_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_purged')),
    sqlite_with_rowid=False
    )
    op.create_table('retention',
    sa.Column('experiment', sa.Text(), nullable=False),
    sa.Column('runs_days', sa.Float(), nullable=True),
    sa.Column('artifacts_days', sa.Float(), nullable=True),
    sa.Column('masked', sa.Text(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.Column('applied_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('experiment', name=op.f('pk_retention'))
    )
