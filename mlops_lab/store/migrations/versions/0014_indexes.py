"""Indexes for lists of top runs, for sorted lists, for purges and for repetitions."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_TOP = 'parent_run_id IS NULL AND trashed_at IS NULL'


def _make(name, table, columns, where=None):
    partial = {} if where is None else {'sqlite_where': sa.text(where), 'postgresql_where': sa.text(where)}
    op.create_index(op.f(name), table, columns, unique=False, **partial)


def _of_runs() -> None:
    for name in ('started_at_id', 'parent_run_id', 'identity', 'notebook_path', 'job_id'):
        op.drop_index(op.f(f'ix_run_{name}'), table_name='run')
    _make('ix_run_started_at', 'run', ['started_at'])
    _make('ix_run_kept', 'run', ['started_at'], 'trashed_at IS NULL')
    _make('ix_run_top', 'run', ['started_at'], _TOP)
    _make('ix_run_top_of_experiment', 'run', ['experiment_id', 'started_at', 'duration_ms', 'cpu_ms', 'peak_memory', 'parent_run_id', 'trashed_at'], _TOP)
    for name in ('notebook_path', 'name', 'source'):
        _make(f'ix_run_{name}_started_at', 'run', [name, 'started_at'])
    _make('ix_run_parent_run_id_started_at_trashed_at', 'run', ['parent_run_id', 'started_at', 'trashed_at'], 'parent_run_id IS NOT NULL')
    _make('ix_run_identity_started_at', 'run', ['identity', 'started_at'], 'identity IS NOT NULL')
    for name in ('job_id', 'same_as', 'source_run_id', 'history_id', 'error_name'):
        _make(f'ix_run_{name}', 'run', [name], f'{name} IS NOT NULL')


def _sort_by_bytes() -> None:
    if op.get_bind().dialect.name != 'postgresql':
        return
    op.execute('ALTER TABLE experiment ALTER COLUMN name TYPE TEXT COLLATE "C"')
    for name in ('name', 'user', 'notebook_path', 'error_name'):
        op.execute(f'ALTER TABLE run ALTER COLUMN "{name}" TYPE TEXT COLLATE "C"')


def _know_words_by_name() -> None:
    # Else PostgreSQL takes a word for as rare under its name as anywhere, and plans for few runs.
    if op.get_bind().dialect.name != 'postgresql':
        return
    for table in ('param', 'tag'):
        op.execute(f'CREATE STATISTICS st_{table}_key_id_word (dependencies, mcv) ON key_id, word FROM {table}')


def upgrade() -> None:
    _sort_by_bytes()
    _know_words_by_name()
    _of_runs()
    _make('ix_job_run_id', 'job', ['run_id'], 'run_id IS NOT NULL')
    _make('ix_job_ended_at', 'job', ['ended_at'], 'ended_at IS NOT NULL')
    _make('ix_history_cell_digest', 'history_cell', ['digest'])
    _make('ix_history_cell_run_id', 'history_cell', ['run_id'], 'run_id IS NOT NULL')
    _make('ix_old_tag_key_id', 'old_tag', ['key_id'])
    _make('ix_free_file_written_at', 'free_file', ['written_at'])
