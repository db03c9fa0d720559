"""Issues of traces; and a run may name a trace that has not arrived yet."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def _loosen_trace_run():
    if op.get_bind().dialect.name == 'postgresql':
        op.drop_constraint(op.f('fk_trace_run_trace_id_trace'), 'trace_run', type_='foreignkey')
        return
    op.execute('CREATE TEMPORARY TABLE kept_trace_run AS SELECT trace_id, run_id FROM trace_run')
    op.drop_table('trace_run')
    op.create_table('trace_run',
    sa.Column('trace_id', sa.String(length=64), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('trace_id', 'run_id', name=op.f('pk_trace_run')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_trace_run_run_id'), 'trace_run', ['run_id'], unique=False)
    op.execute('INSERT INTO trace_run (trace_id, run_id) SELECT trace_id, run_id FROM kept_trace_run')
    op.execute('DROP TABLE kept_trace_run')


def upgrade() -> None:
    _loosen_trace_run()
    op.create_table('issue',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('experiment_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('severity', sa.String(length=16), nullable=True),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('root_causes', sa.Text(), nullable=False),
    sa.Column('categories', sa.Text(), nullable=False),
    sa.Column('source_run_id', sa.Text(), nullable=True),
    sa.Column('created_by', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['experiment_id'], ['experiment.id'], name=op.f('fk_issue_experiment_id_experiment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_issue'))
    )
    op.create_index(op.f('ix_issue_experiment_id_rank_created_at_id'), 'issue', ['experiment_id', 'rank', 'created_at', 'id'], unique=False)
    op.create_index(op.f('ix_issue_rank_created_at_id'), 'issue', ['rank', 'created_at', 'id'], unique=False)
    op.create_index(op.f('ix_issue_source_run_id'), 'issue', ['source_run_id'], unique=False)
    op.create_index(op.f('ix_assessment_kind_name'), 'assessment', ['kind', 'name'], unique=False)
