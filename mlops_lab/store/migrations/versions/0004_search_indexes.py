"""Indexes that filters and sorted lists use, and the beginnings of texts that they hold."""

import sqlalchemy as sa
from alembic import op

from mlops_lab.store.words import word_of_param

revision = "0004"
down_revision = "0003"

_AT_ONCE = 5_000


def _fill_params(bind):
    param = sa.table('param', sa.column('run_id'), sa.column('key_id'), sa.column('value'), sa.column('number'), sa.column('word'))
    columns = sa.select(param.c.run_id, param.c.key_id, param.c.value).where(param.c.number.is_(None), param.c.word.is_(None))
    write = sa.update(param).where(param.c.run_id == sa.bindparam('of_run'), param.c.key_id == sa.bindparam('of_key')).values(word=sa.bindparam('new_word'))
    while rows := bind.execute(columns.limit(_AT_ONCE)).all():
        bind.execute(write, [{'of_run': run_id, 'of_key': key_id, 'new_word': word_of_param(value, None)} for run_id, key_id, value in rows])


def upgrade() -> None:
    word = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
    op.add_column('param', sa.Column('word', word, nullable=True))
    op.add_column('tag', sa.Column('word', word, nullable=True))
    op.execute('UPDATE tag SET word = substr(value, 1, 64)')
    _fill_params(op.get_bind())
    op.create_index(op.f('ix_param_key_id_number_run_id'), 'param', ['key_id', 'number', 'run_id'], unique=False, sqlite_where=sa.text('number IS NOT NULL'), postgresql_where=sa.text('number IS NOT NULL'))
    op.create_index(op.f('ix_param_key_id_word_run_id'), 'param', ['key_id', 'word', 'run_id'], unique=False, sqlite_where=sa.text('word IS NOT NULL'), postgresql_where=sa.text('word IS NOT NULL'))
    op.create_index(op.f('ix_tag_key_id_word_run_id'), 'tag', ['key_id', 'word', 'run_id'], unique=False, sqlite_where=sa.text('word IS NOT NULL'), postgresql_where=sa.text('word IS NOT NULL'))
    op.create_index(op.f('ix_series_key_id_last_run_id'), 'series', ['key_id', 'last', 'run_id'], unique=False)
    op.create_index(op.f('ix_series_key_id_min_run_id'), 'series', ['key_id', 'min', 'run_id'], unique=False, sqlite_where=sa.text('count > 1'), postgresql_where=sa.text('count > 1'))
    op.create_index(op.f('ix_series_key_id_max_run_id'), 'series', ['key_id', 'max', 'run_id'], unique=False, sqlite_where=sa.text('count > 1'), postgresql_where=sa.text('count > 1'))
    op.create_index(op.f('ix_run_user_started_at'), 'run', ['user', 'started_at'], unique=False)
    op.create_index(op.f('ix_run_status_started_at'), 'run', ['status', 'started_at'], unique=False)
    for name in ('ended_at', 'duration_ms', 'cpu_ms', 'peak_memory'):
        op.create_index(op.f(f'ix_run_{name}'), 'run', [name], unique=False, sqlite_where=sa.text(f'{name} IS NOT NULL'), postgresql_where=sa.text(f'{name} IS NOT NULL'))
