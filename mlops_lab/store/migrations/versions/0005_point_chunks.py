"""Points of metrics in chunks with summaries.

Nothing is packed here: points that are there stay rows, and a server packs them by and by.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_WORTH_PACKING = 2048


def upgrade() -> None:
    rowid = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('point_chunk',
    sa.Column('series_id', rowid, nullable=False),
    sa.Column('first', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.Column('packed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['series_id'], ['series.id'], name=op.f('fk_point_chunk_series_id_series'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('series_id', 'first', name=op.f('pk_point_chunk'))
    )
    op.create_table('point_summary',
    sa.Column('series_id', rowid, nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('first', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.Column('nan_count', sa.BigInteger(), nullable=False),
    sa.Column('low_step', sa.BigInteger(), nullable=False),
    sa.Column('high_step', sa.BigInteger(), nullable=False),
    sa.Column('low_elapsed', sa.BigInteger(), nullable=False),
    sa.Column('high_elapsed', sa.BigInteger(), nullable=False),
    sa.Column('packed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['series_id'], ['series.id'], name=op.f('fk_point_summary_series_id_series'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('series_id', 'level', 'first', name=op.f('pk_point_summary'))
    )
    op.create_table('point_backlog',
    sa.Column('series_id', rowid, autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['series_id'], ['series.id'], name=op.f('fk_point_backlog_series_id_series'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('series_id', name=op.f('pk_point_backlog'))
    )
    op.add_column('series', sa.Column('packed', sa.BigInteger(), server_default='0', nullable=False))
    op.execute(f"INSERT INTO point_backlog (series_id) SELECT id FROM series WHERE count >= {_WORTH_PACKING}")
