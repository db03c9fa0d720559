"""Registered models, their versions, aliases and tags, and logged models.

The log of aliases refuses every change, as the audit does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_SQLITE = """
CREATE TRIGGER alias_log_no_{word} BEFORE {word} ON alias_log
BEGIN SELECT RAISE(ABORT, 'the log of aliases is append-only'); END
"""
_POSTGRESQL = (
    """
CREATE FUNCTION refuse_alias_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log of aliases is append-only'; END $$
""",
    """
CREATE TRIGGER alias_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON alias_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_alias_change()
""",
)


def upgrade() -> None:
    op.create_table('alias_log',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('who', sa.Text(), nullable=False),
    sa.Column('model_id', sa.String(length=32), nullable=False),
    sa.Column('model_name', sa.Text(), nullable=False),
    sa.Column('alias', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_alias_log')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_alias_log_model_id_alias_seq'), 'alias_log', ['model_id', 'alias', 'seq'], unique=False)
    op.create_index(op.f('ix_alias_log_model_name_alias_seq'), 'alias_log', ['model_name', 'alias', 'seq'], unique=False)
    op.create_table('registered_model',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('last_version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registered_model')),
    sa.UniqueConstraint('name', name=op.f('uq_registered_model_name'))
    )
    op.create_table('logged_model',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('experiment_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('location', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('status_message', sa.Text(), nullable=True),
    sa.Column('model_type', sa.Text(), nullable=True),
    sa.Column('source_run_id', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['experiment_id'], ['experiment.id'], name=op.f('fk_logged_model_experiment_id_experiment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_logged_model'))
    )
    op.create_index(op.f('ix_logged_model_experiment_id_created_at_id'), 'logged_model', ['experiment_id', 'created_at', 'id'], unique=False)
    op.create_index(op.f('ix_logged_model_source_run_id'), 'logged_model', ['source_run_id'], unique=False)
    op.create_table('model_version',
    sa.Column('model_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('location', sa.Text(), nullable=True),
    sa.Column('run_id', sa.Text(), nullable=True),
    sa.Column('run_link', sa.Text(), nullable=True),
    sa.Column('logged_model_id', sa.Text(), nullable=True),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('stage', sa.String(length=16), nullable=False),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('status_message', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['model_id'], ['registered_model.id'], name=op.f('fk_model_version_model_id_registered_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', 'number', name=op.f('pk_model_version'))
    )
    op.create_index(op.f('ix_model_version_logged_model_id'), 'model_version', ['logged_model_id'], unique=False)
    op.create_index(op.f('ix_model_version_run_id'), 'model_version', ['run_id'], unique=False)
    op.create_index(op.f('ix_model_version_updated_at'), 'model_version', ['updated_at'], unique=False)
    op.create_table('registered_model_tag',
    sa.Column('model_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['model_id'], ['registered_model.id'], name=op.f('fk_registered_model_tag_model_id_registered_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', 'name', name=op.f('pk_registered_model_tag')),
    sqlite_with_rowid=False
    )
    op.create_table('logged_model_metric',
    sa.Column('model_id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('dataset_name', sa.Text(), nullable=False),
    sa.Column('dataset_digest', sa.Text(), nullable=False),
    sa.Column('step', sa.BigInteger(), nullable=False),
    sa.Column('time', sa.BigInteger(), nullable=False),
    sa.Column('value', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['model_id'], ['logged_model.id'], name=op.f('fk_logged_model_metric_model_id_logged_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', 'name', 'run_id', 'dataset_name', 'dataset_digest', 'step', 'time', name=op.f('pk_logged_model_metric')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_logged_model_metric_run_id'), 'logged_model_metric', ['run_id'], unique=False)
    op.create_table('logged_model_param',
    sa.Column('model_id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['model_id'], ['logged_model.id'], name=op.f('fk_logged_model_param_model_id_logged_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', 'name', name=op.f('pk_logged_model_param')),
    sqlite_with_rowid=False
    )
    op.create_table('logged_model_tag',
    sa.Column('model_id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['model_id'], ['logged_model.id'], name=op.f('fk_logged_model_tag_model_id_logged_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', 'name', name=op.f('pk_logged_model_tag')),
    sqlite_with_rowid=False
    )
    op.create_table('model_alias',
    sa.Column('model_id', sa.String(length=32), nullable=False),
    sa.Column('alias', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['model_id', 'number'], ['model_version.model_id', 'model_version.number'], name=op.f('fk_model_alias_model_id_number_model_version'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', 'alias', name=op.f('pk_model_alias'))
    )
    op.create_index(op.f('ix_model_alias_model_id_number'), 'model_alias', ['model_id', 'number'], unique=False)
    op.create_table('model_version_tag',
    sa.Column('model_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['model_id', 'number'], ['model_version.model_id', 'model_version.number'], name=op.f('fk_model_version_tag_model_id_number_model_version'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', 'number', 'name', name=op.f('pk_model_version_tag')),
    sqlite_with_rowid=False
    )
    op.create_table('run_model',
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('role', sa.String(length=8), nullable=False),
    sa.Column('model_id', sa.Text(), nullable=False),
    sa.Column('step', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_run_model_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'role', 'model_id', name=op.f('pk_run_model')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_run_model_model_id'), 'run_model', ['model_id'], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)
        return
    for word in ("UPDATE", "DELETE"):
        op.execute(_SQLITE.format(word=word))
