"""What is captured of runs: documents, facets, kernel history, files; experiments that know better.

Columns are only added, never a table made anew: SQLite would drop the old one, and with it every row
that refers to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table('document',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('is_indexed', sa.Boolean(), nullable=False),
    sa.Column('shared', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_document'))
    )
    op.create_index(op.f('ix_document_shared'), 'document', ['shared'], unique=False)
    op.create_table('entry',
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('field', sa.String(length=24), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('owner', 'field', 'name', name=op.f('pk_entry')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_entry_field_name'), 'entry', ['field', 'name'], unique=False)
    op.create_table('history_cell',
    sa.Column('history_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('cell_id', sa.Text(), nullable=True),
    sa.Column('execution_count', sa.Integer(), nullable=True),
    sa.Column('started_at', sa.BigInteger(), nullable=True),
    sa.Column('duration_ms', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.String(length=8), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=True),
    sa.Column('bound', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('history_id', 'position', name=op.f('pk_history_cell')),
    sqlite_with_rowid=False
    )
    op.create_table('facet',
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_facet_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'kind', 'name', name=op.f('pk_facet')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_facet_digest'), 'facet', ['digest'], unique=False)
    op.create_index(op.f('ix_facet_kind_key'), 'facet', ['kind', 'key'], unique=False)
    op.create_table('old_tag',
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('key_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('set_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['key_id'], ['key.id'], name=op.f('fk_old_tag_key_id_key')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_old_tag_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'key_id', 'ordinal', name=op.f('pk_old_tag')),
    sqlite_with_rowid=False
    )
    op.create_table('run_artifact',
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_run_artifact_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'path', name=op.f('pk_run_artifact')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_run_artifact_digest'), 'run_artifact', ['digest'], unique=False)
    op.add_column('experiment', sa.Column('primary_metric', sa.Text(), nullable=True))
    op.add_column('experiment', sa.Column('direction', sa.String(length=3), nullable=True))
    op.add_column('param', sa.Column('detail', sa.Text(), nullable=True))
    op.add_column('run', sa.Column('parent_run_id', sa.String(length=32), nullable=True))
    op.add_column('run', sa.Column('history_id', sa.String(length=64), nullable=True))
    op.add_column('run', sa.Column('history_position', sa.Integer(), nullable=True))
    op.add_column('run', sa.Column('resumed_at', sa.BigInteger(), nullable=True))
    op.add_column('run', sa.Column('identity', sa.Text(), nullable=True))
    op.add_column('run', sa.Column('same_as', sa.String(length=32), nullable=True))
    op.add_column('run', sa.Column('cpu_ms', sa.BigInteger(), nullable=True))
    op.add_column('run', sa.Column('peak_memory', sa.BigInteger(), nullable=True))
    op.add_column('run', sa.Column('inferred_metric', sa.Text(), nullable=True))
    op.add_column('run', sa.Column('order_problems', sa.Boolean(), nullable=True))
    op.create_index(op.f('ix_run_experiment_id_started_at'), 'run', ['experiment_id', 'started_at'], unique=False)
    op.create_index(op.f('ix_run_identity'), 'run', ['identity'], unique=False, sqlite_where=sa.text('identity IS NOT NULL'), postgresql_where=sa.text('identity IS NOT NULL'))
    op.create_index(op.f('ix_run_parent_run_id'), 'run', ['parent_run_id'], unique=False, sqlite_where=sa.text('parent_run_id IS NOT NULL'), postgresql_where=sa.text('parent_run_id IS NOT NULL'))
    op.add_column('tag', sa.Column('set_at', sa.BigInteger(), nullable=True))
