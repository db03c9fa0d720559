"""What was imported from elsewhere, and under which id."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table('imported',
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('foreign_id', sa.Text(), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('imported_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_imported_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('kind', 'foreign_id', name=op.f('pk_imported')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_imported_run_id'), 'imported', ['run_id'], unique=False)
