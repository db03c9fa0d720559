"""Traces, spans and assessments; evaluation datasets and scorers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table('evaluation_dataset',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('schema', sa.Text(), nullable=True),
    sa.Column('profile', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evaluation_dataset'))
    )
    op.create_index(op.f('ix_evaluation_dataset_created_at_id'), 'evaluation_dataset', ['created_at', 'id'], unique=False)
    op.create_index(op.f('ix_evaluation_dataset_name'), 'evaluation_dataset', ['name'], unique=False)
    op.create_table('evaluation_dataset_experiment',
    sa.Column('dataset_id', sa.String(length=40), nullable=False),
    sa.Column('experiment_id', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['dataset_id'], ['evaluation_dataset.id'], name=op.f('fk_evaluation_dataset_experiment_dataset_id_evaluation_dataset'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('dataset_id', 'experiment_id', name=op.f('pk_evaluation_dataset_experiment')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_evaluation_dataset_experiment_experiment_id'), 'evaluation_dataset_experiment', ['experiment_id'], unique=False)
    op.create_table('evaluation_dataset_tag',
    sa.Column('dataset_id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['dataset_id'], ['evaluation_dataset.id'], name=op.f('fk_evaluation_dataset_tag_dataset_id_evaluation_dataset'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('dataset_id', 'name', name=op.f('pk_evaluation_dataset_tag')),
    sqlite_with_rowid=False
    )
    op.create_table('evaluation_record',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('dataset_id', sa.String(length=40), nullable=False),
    sa.Column('inputs_digest', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['dataset_id'], ['evaluation_dataset.id'], name=op.f('fk_evaluation_record_dataset_id_evaluation_dataset'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evaluation_record')),
    sa.UniqueConstraint('dataset_id', 'inputs_digest', name=op.f('uq_evaluation_record_dataset_id_inputs_digest'))
    )
    op.create_index(op.f('ix_evaluation_record_dataset_id_created_at_id'), 'evaluation_record', ['dataset_id', 'created_at', 'id'], unique=False)
    op.create_table('scorer',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('experiment_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('last_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['experiment_id'], ['experiment.id'], name=op.f('fk_scorer_experiment_id_experiment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scorer')),
    sa.UniqueConstraint('experiment_id', 'name', name=op.f('uq_scorer_experiment_id_name'))
    )
    op.create_table('trace',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('experiment_id', sa.String(length=32), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('duration_ms', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.String(length=24), nullable=False),
    sa.Column('client_request_id', sa.Text(), nullable=True),
    sa.Column('request_preview', sa.Text(), nullable=True),
    sa.Column('response_preview', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['experiment_id'], ['experiment.id'], name=op.f('fk_trace_experiment_id_experiment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trace'))
    )
    op.create_index(op.f('ix_trace_experiment_id_started_at_id'), 'trace', ['experiment_id', 'started_at', 'id'], unique=False)
    op.create_table('assessment',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('trace_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('valid', sa.Boolean(), nullable=False),
    sa.Column('overrides', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['trace_id'], ['trace.id'], name=op.f('fk_assessment_trace_id_trace'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment'))
    )
    op.create_index(op.f('ix_assessment_trace_id'), 'assessment', ['trace_id'], unique=False)
    op.create_table('scorer_version',
    sa.Column('scorer_id', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['scorer_id'], ['scorer.id'], name=op.f('fk_scorer_version_scorer_id_scorer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('scorer_id', 'number', name=op.f('pk_scorer_version'))
    )
    op.create_table('span',
    sa.Column('trace_id', sa.String(length=64), nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('parent_id', sa.String(length=32), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('started_ns', sa.BigInteger(), nullable=False),
    sa.Column('ended_ns', sa.BigInteger(), nullable=True),
    sa.Column('content', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['trace_id'], ['trace.id'], name=op.f('fk_span_trace_id_trace'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('trace_id', 'id', name=op.f('pk_span'))
    )
    op.create_table('trace_note',
    sa.Column('trace_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['trace_id'], ['trace.id'], name=op.f('fk_trace_note_trace_id_trace'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('trace_id', 'name', name=op.f('pk_trace_note')),
    sqlite_with_rowid=False
    )
    op.create_table('trace_run',
    sa.Column('trace_id', sa.String(length=64), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['trace_id'], ['trace.id'], name=op.f('fk_trace_run_trace_id_trace'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('trace_id', 'run_id', name=op.f('pk_trace_run')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_trace_run_run_id'), 'trace_run', ['run_id'], unique=False)
    op.create_table('trace_tag',
    sa.Column('trace_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['trace_id'], ['trace.id'], name=op.f('fk_trace_tag_trace_id_trace'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('trace_id', 'name', name=op.f('pk_trace_tag')),
    sqlite_with_rowid=False
    )
