"""Trash for runs and experiments, tags of experiments, and the audit, which refuses every change.

The refusal is a trigger: it holds for whoever writes to the database, not for our code alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SQLITE = """
CREATE TRIGGER audit_no_{word} BEFORE {word} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_POSTGRESQL = (
    """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$
""",
    """
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
""",
)


def upgrade() -> None:
    op.create_table('experiment_tag',
    sa.Column('experiment_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['experiment_id'], ['experiment.id'], name=op.f('fk_experiment_tag_experiment_id_experiment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('experiment_id', 'name', name=op.f('pk_experiment_tag')),
    sqlite_with_rowid=False
    )
    op.create_table('audit',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('who', sa.Text(), nullable=False),
    sa.Column('action', sa.String(length=24), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('record_id', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_audit_kind_record_id'), 'audit', ['kind', 'record_id'], unique=False)
    op.add_column('experiment', sa.Column('updated_at', sa.BigInteger(), nullable=True))
    op.add_column('experiment', sa.Column('trashed_at', sa.BigInteger(), nullable=True))
    op.add_column('experiment', sa.Column('artifact_location', sa.Text(), nullable=True))
    op.add_column('run', sa.Column('trashed_at', sa.BigInteger(), nullable=True))
    op.add_column('run', sa.Column('trashed_by', sa.Text(), nullable=True))
    op.create_index(op.f('ix_run_trashed_at'), 'run', ['trashed_at'], unique=False, sqlite_where=sa.text('trashed_at IS NOT NULL'), postgresql_where=sa.text('trashed_at IS NOT NULL'))
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)
        return
    for word in ("UPDATE", "DELETE"):
        op.execute(_SQLITE.format(word=word))
