"""The first tables: runs with what they hold, definitions, schedules, jobs, workers, the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table('definition',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_definition')),
    sa.UniqueConstraint('name', name=op.f('uq_definition_name'))
    )
    op.create_table('experiment',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_experiment')),
    sa.UniqueConstraint('name', name=op.f('uq_experiment_name'))
    )
    op.create_table('key',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_key')),
    sa.UniqueConstraint('name', name=op.f('uq_key_name'))
    )
    op.create_table('outbox',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('action', sa.String(length=8), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_outbox')),
    sqlite_autoincrement=True
    )
    op.create_table('spool',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('host', sa.Text(), nullable=False),
    sa.Column('pid', sa.Integer(), nullable=False),
    sa.Column('process_started_at', sa.Float(), nullable=False),
    sa.Column('acknowledged_seq', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_spool'))
    )
    op.create_table('worker',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('host', sa.Text(), nullable=False),
    sa.Column('pid', sa.Integer(), nullable=False),
    sa.Column('process_started_at', sa.Float(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('heartbeat_at', sa.BigInteger(), nullable=False),
    sa.Column('stopped_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_worker'))
    )
    op.create_table('job',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('definition_id', sa.String(length=32), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('schedule_id', sa.String(length=32), nullable=True),
    sa.Column('fire_at', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('parameters', sa.Text(), nullable=False),
    sa.Column('submitted_at', sa.BigInteger(), nullable=False),
    sa.Column('submitted_by', sa.Text(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('fence', sa.BigInteger(), nullable=False),
    sa.Column('owner', sa.String(length=32), nullable=True),
    sa.Column('lease_until', sa.BigInteger(), nullable=True),
    sa.Column('cells_done', sa.Integer(), nullable=False),
    sa.Column('cells_total', sa.Integer(), nullable=False),
    sa.Column('cancel_requested', sa.Boolean(), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=True),
    sa.Column('failing_index', sa.Integer(), nullable=True),
    sa.Column('failing_cell_id', sa.Text(), nullable=True),
    sa.Column('failing_source', sa.Text(), nullable=True),
    sa.Column('error_name', sa.Text(), nullable=True),
    sa.Column('error_message', sa.Text(), nullable=True),
    sa.Column('error_traceback', sa.Text(), nullable=True),
    sa.Column('notebook_digest', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['definition_id'], ['definition.id'], name=op.f('fk_job_definition_id_definition')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
    sa.UniqueConstraint('schedule_id', 'fire_at', name=op.f('uq_job_schedule_id_fire_at'))
    )
    op.create_index(op.f('ix_job_definition_id_submitted_at'), 'job', ['definition_id', 'submitted_at'], unique=False)
    op.create_index(op.f('ix_job_state_submitted_at'), 'job', ['state', 'submitted_at'], unique=False)
    op.create_index(op.f('ix_job_submitted_at_id'), 'job', ['submitted_at', 'id'], unique=False)
    op.create_table('revision',
    sa.Column('definition_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('parameters', sa.Text(), nullable=False),
    sa.Column('tracked_cells', sa.Text(), nullable=False),
    sa.Column('warnings', sa.Text(), nullable=False),
    sa.Column('kernel_name', sa.Text(), nullable=False),
    sa.Column('working_dir', sa.Text(), nullable=False),
    sa.Column('notebook_digest', sa.String(length=64), nullable=False),
    sa.Column('notebook_path', sa.Text(), nullable=False),
    sa.Column('source_run_id', sa.String(length=32), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['definition_id'], ['definition.id'], name=op.f('fk_revision_definition_id_definition')),
    sa.PrimaryKeyConstraint('definition_id', 'number', name=op.f('pk_revision'))
    )
    op.create_table('run',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('experiment_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('user', sa.Text(), nullable=False),
    sa.Column('notebook_path', sa.Text(), nullable=True),
    sa.Column('notebook_file', sa.Text(), nullable=True),
    sa.Column('cell_id', sa.Text(), nullable=True),
    sa.Column('kernel_id', sa.Text(), nullable=True),
    sa.Column('kernel_name', sa.Text(), nullable=True),
    sa.Column('spool_id', sa.String(length=32), nullable=True),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('duration_ms', sa.BigInteger(), nullable=True),
    sa.Column('primary_metric', sa.Text(), nullable=True),
    sa.Column('error_name', sa.Text(), nullable=True),
    sa.Column('error_message', sa.Text(), nullable=True),
    sa.Column('error_traceback', sa.Text(), nullable=True),
    sa.Column('job_id', sa.String(length=32), nullable=True),
    sa.Column('definition_id', sa.String(length=32), nullable=True),
    sa.Column('definition_name', sa.Text(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=True),
    sa.Column('source_run_id', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['experiment_id'], ['experiment.id'], name=op.f('fk_run_experiment_id_experiment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_run'))
    )
    op.create_index(op.f('ix_run_job_id'), 'run', ['job_id'], unique=False)
    op.create_index(op.f('ix_run_notebook_path'), 'run', ['notebook_path'], unique=False)
    op.create_index(op.f('ix_run_spool_id'), 'run', ['spool_id'], unique=False, sqlite_where=sa.text("status = 'running'"), postgresql_where=sa.text("status = 'running'"))
    op.create_index(op.f('ix_run_started_at_id'), 'run', ['started_at', 'id'], unique=False)
    op.create_table('schedule',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('definition_id', sa.String(length=32), nullable=False),
    sa.Column('cron', sa.Text(), nullable=False),
    sa.Column('timezone', sa.Text(), nullable=False),
    sa.Column('paused', sa.Boolean(), nullable=False),
    sa.Column('next_fire_at', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['definition_id'], ['definition.id'], name=op.f('fk_schedule_definition_id_definition')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedule')),
    sa.UniqueConstraint('definition_id', name=op.f('uq_schedule_definition_id'))
    )
    op.create_index(op.f('ix_schedule_next_fire_at'), 'schedule', ['next_fire_at'], unique=False)
    op.create_table('cell',
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('cell_id', sa.Text(), nullable=True),
    sa.Column('execution_count', sa.Integer(), nullable=True),
    sa.Column('source', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_cell_run_id_run'), ondelete='CASCADE'),
    sa.UniqueConstraint('run_id', 'position', name=op.f('uq_cell_run_id_position'))
    )
    op.create_table('param',
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('key_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('number', sa.Float(), nullable=True),
    sa.Column('origin', sa.String(length=16), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['key.id'], name=op.f('fk_param_key_id_key')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_param_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'key_id', name=op.f('pk_param')),
    sqlite_with_rowid=False
    )
    op.create_table('run_warning',
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_run_warning_run_id_run'), ondelete='CASCADE'),
    sa.UniqueConstraint('run_id', 'position', name=op.f('uq_run_warning_run_id_position'))
    )
    op.create_table('series',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('key_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('last', sa.Float(), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.Column('last_time', sa.BigInteger(), nullable=False),
    sa.Column('first_time', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.Column('min', sa.Float(), nullable=True),
    sa.Column('max', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['key_id'], ['key.id'], name=op.f('fk_series_key_id_key')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_series_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_series')),
    sa.UniqueConstraint('run_id', 'key_id', name=op.f('uq_series_run_id_key_id'))
    )
    op.create_table('tag',
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('key_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['key.id'], name=op.f('fk_tag_key_id_key')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_tag_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'key_id', name=op.f('pk_tag')),
    sqlite_with_rowid=False
    )
    op.create_table('metric_point',
    sa.Column('series_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ordinal', sa.BigInteger(), nullable=False),
    sa.Column('step', sa.BigInteger(), nullable=False),
    sa.Column('elapsed', sa.BigInteger(), nullable=False),
    sa.Column('value', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['series_id'], ['series.id'], name=op.f('fk_metric_point_series_id_series'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('series_id', 'ordinal', name=op.f('pk_metric_point')),
    sqlite_with_rowid=False
    )
