"""Runs get a number, which stands for them in the tables that hold many rows a run.

Those tables are made anew, and that of the runs with them: the caller has seen to it that SQLite does
not remove what refers to their rows meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_MADE_ANEW = ('series', 'old_tag', 'tag', 'param', 'run')
_REFERENCES = """
SELECT conrelid::regclass::text AS owner, conname, pg_get_constraintdef(oid) AS words FROM pg_constraint
WHERE contype = 'f' AND confrelid IN ('run'::regclass, 'series'::regclass)
AND conrelid NOT IN ('series'::regclass, 'old_tag'::regclass, 'tag'::regclass, 'param'::regclass)
"""
_GO_ON = "SELECT setval(pg_get_serial_sequence('{0}', '{1}'), coalesce(max({1}), 1), count(*) > 0) FROM {0}"


def _make_run():
    op.create_table('run',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
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
    sa.Column('parent_run_id', sa.String(length=32), nullable=True),
    sa.Column('history_id', sa.String(length=64), nullable=True),
    sa.Column('history_position', sa.Integer(), nullable=True),
    sa.Column('resumed_at', sa.BigInteger(), nullable=True),
    sa.Column('identity', sa.Text(), nullable=True),
    sa.Column('same_as', sa.String(length=32), nullable=True),
    sa.Column('cpu_ms', sa.BigInteger(), nullable=True),
    sa.Column('peak_memory', sa.BigInteger(), nullable=True),
    sa.Column('inferred_metric', sa.Text(), nullable=True),
    sa.Column('order_problems', sa.Boolean(), nullable=True),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.Column('trashed_by', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['experiment_id'], ['experiment.id'], name=op.f('fk_run_experiment_id_experiment')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_run')),
    sa.UniqueConstraint('id', name=op.f('uq_run_id'))
    )
    op.create_index(op.f('ix_run_cpu_ms'), 'run', ['cpu_ms'], unique=False, sqlite_where=sa.text('cpu_ms IS NOT NULL'), postgresql_where=sa.text('cpu_ms IS NOT NULL'))
    op.create_index(op.f('ix_run_duration_ms'), 'run', ['duration_ms'], unique=False, sqlite_where=sa.text('duration_ms IS NOT NULL'), postgresql_where=sa.text('duration_ms IS NOT NULL'))
    op.create_index(op.f('ix_run_ended_at'), 'run', ['ended_at'], unique=False, sqlite_where=sa.text('ended_at IS NOT NULL'), postgresql_where=sa.text('ended_at IS NOT NULL'))
    op.create_index(op.f('ix_run_experiment_id_started_at'), 'run', ['experiment_id', 'started_at'], unique=False)
    op.create_index(op.f('ix_run_identity'), 'run', ['identity'], unique=False, sqlite_where=sa.text('identity IS NOT NULL'), postgresql_where=sa.text('identity IS NOT NULL'))
    op.create_index(op.f('ix_run_job_id'), 'run', ['job_id'], unique=False)
    op.create_index(op.f('ix_run_notebook_path'), 'run', ['notebook_path'], unique=False)
    op.create_index(op.f('ix_run_parent_run_id'), 'run', ['parent_run_id'], unique=False, sqlite_where=sa.text('parent_run_id IS NOT NULL'), postgresql_where=sa.text('parent_run_id IS NOT NULL'))
    op.create_index(op.f('ix_run_peak_memory'), 'run', ['peak_memory'], unique=False, sqlite_where=sa.text('peak_memory IS NOT NULL'), postgresql_where=sa.text('peak_memory IS NOT NULL'))
    op.create_index(op.f('ix_run_spool_id'), 'run', ['spool_id'], unique=False, sqlite_where=sa.text("status = 'running'"), postgresql_where=sa.text("status = 'running'"))
    op.create_index(op.f('ix_run_started_at_id'), 'run', ['started_at', 'id'], unique=False)
    op.create_index(op.f('ix_run_status_started_at'), 'run', ['status', 'started_at'], unique=False)
    op.create_index(op.f('ix_run_trashed_at'), 'run', ['trashed_at'], unique=False, sqlite_where=sa.text('trashed_at IS NOT NULL'), postgresql_where=sa.text('trashed_at IS NOT NULL'))
    op.create_index(op.f('ix_run_user_started_at'), 'run', ['user', 'started_at'], unique=False)


def _make_param():
    op.create_table('param',
    sa.Column('run_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('number', sa.Float(), nullable=True),
    sa.Column('origin', sa.String(length=16), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('word', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=True),
    sa.ForeignKeyConstraint(['key_id'], ['key.id'], name=op.f('fk_param_key_id_key')),
    sa.ForeignKeyConstraint(['run_seq'], ['run.seq'], name=op.f('fk_param_run_seq_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_seq', 'key_id', name=op.f('pk_param')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_param_key_id_number_run_seq'), 'param', ['key_id', 'number', 'run_seq'], unique=False, sqlite_where=sa.text('number IS NOT NULL'), postgresql_where=sa.text('number IS NOT NULL'))
    op.create_index(op.f('ix_param_key_id_word_run_seq'), 'param', ['key_id', 'word', 'run_seq'], unique=False, sqlite_where=sa.text('word IS NOT NULL'), postgresql_where=sa.text('word IS NOT NULL'))


def _make_tags():
    op.create_table('tag',
    sa.Column('run_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('set_at', sa.BigInteger(), nullable=True),
    sa.Column('word', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=True),
    sa.ForeignKeyConstraint(['key_id'], ['key.id'], name=op.f('fk_tag_key_id_key')),
    sa.ForeignKeyConstraint(['run_seq'], ['run.seq'], name=op.f('fk_tag_run_seq_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_seq', 'key_id', name=op.f('pk_tag')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_tag_key_id_word_run_seq'), 'tag', ['key_id', 'word', 'run_seq'], unique=False, sqlite_where=sa.text('word IS NOT NULL'), postgresql_where=sa.text('word IS NOT NULL'))
    op.create_table('old_tag',
    sa.Column('run_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('set_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['key_id'], ['key.id'], name=op.f('fk_old_tag_key_id_key')),
    sa.ForeignKeyConstraint(['run_seq'], ['run.seq'], name=op.f('fk_old_tag_run_seq_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_seq', 'key_id', 'ordinal', name=op.f('pk_old_tag')),
    sqlite_with_rowid=False
    )


def _make_series():
    op.create_table('series',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('run_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('last', sa.Float(), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.Column('last_time', sa.BigInteger(), nullable=False),
    sa.Column('first_time', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.Column('min', sa.Float(), nullable=True),
    sa.Column('max', sa.Float(), nullable=True),
    sa.Column('packed', sa.BigInteger(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['key.id'], name=op.f('fk_series_key_id_key')),
    sa.ForeignKeyConstraint(['run_seq'], ['run.seq'], name=op.f('fk_series_run_seq_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_series')),
    sa.UniqueConstraint('run_seq', 'key_id', name=op.f('uq_series_run_seq_key_id'))
    )
    op.create_index(op.f('ix_series_key_id_last_run_seq'), 'series', ['key_id', 'last', 'run_seq'], unique=False)
    op.create_index(op.f('ix_series_key_id_max_run_seq'), 'series', ['key_id', 'max', 'run_seq'], unique=False, sqlite_where=sa.text('count > 1'), postgresql_where=sa.text('count > 1'))
    op.create_index(op.f('ix_series_key_id_min_run_seq'), 'series', ['key_id', 'min', 'run_seq'], unique=False, sqlite_where=sa.text('count > 1'), postgresql_where=sa.text('count > 1'))


def _fill(bind, table, *, by_number):
    names = [column['name'] for column in sa.inspect(bind).get_columns(table) if column['name'] not in ('seq', 'run_seq')]
    quoted = ', '.join(f'"{name}"' for name in names)
    if by_number:
        kept = ', '.join(f'kept."{name}"' for name in names)
        order = 'kept.id' if 'id' in names else 'run.seq, kept.key_id'
        op.execute(f'INSERT INTO {table} (run_seq, {quoted}) SELECT run.seq, {kept} FROM kept_{table} AS kept JOIN run ON run.id = kept.run_id ORDER BY {order}')
    else:
        op.execute(f'INSERT INTO {table} ({quoted}) SELECT {quoted} FROM kept_{table} ORDER BY started_at, id')
    op.execute(f'DROP TABLE kept_{table}')


def upgrade() -> None:
    bind = op.get_bind()
    is_postgresql = bind.dialect.name == 'postgresql'
    references = bind.execute(sa.text(_REFERENCES)).all() if is_postgresql else []
    for table in _MADE_ANEW:
        op.execute(f'CREATE TEMPORARY TABLE kept_{table} AS SELECT * FROM {table}')
        op.execute(f"DROP TABLE {table}{' CASCADE' if is_postgresql else ''}")
    _make_run()
    _make_param()
    _make_tags()
    _make_series()
    _fill(bind, 'run', by_number=False)
    for table in ('param', 'tag', 'old_tag', 'series'):
        _fill(bind, table, by_number=True)
    for owner, name, words in references:
        op.execute(f'ALTER TABLE {owner} ADD CONSTRAINT "{name}" {words}')
    if is_postgresql:
        op.execute(_GO_ON.format('run', 'seq'))
        op.execute(_GO_ON.format('series', 'id'))
