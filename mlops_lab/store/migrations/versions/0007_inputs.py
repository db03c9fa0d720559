"""Datasets that runs name as their inputs, and files that belong to no run."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table('free_file',
    sa.Column('area', sa.Text(), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('written_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('area', 'path', name=op.f('pk_free_file')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_free_file_digest'), 'free_file', ['digest'], unique=False)
    op.create_table('artifact_claim',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('claimed_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_artifact_claim')),
    sqlite_with_rowid=False
    )
    op.create_table('dataset',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('experiment_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('source_type', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('schema', sa.Text(), nullable=True),
    sa.Column('profile', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['experiment_id'], ['experiment.id'], name=op.f('fk_dataset_experiment_id_experiment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dataset')),
    sa.UniqueConstraint('experiment_id', 'name', 'digest', name=op.f('uq_dataset_experiment_id_name_digest'))
    )
    op.create_index(op.f('ix_dataset_digest'), 'dataset', ['digest'], unique=False)
    op.create_table('run_dataset',
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('dataset_id', sa.String(length=32), nullable=False),
    sa.Column('context', sa.Text(), nullable=False),
    sa.Column('tags', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['dataset_id'], ['dataset.id'], name=op.f('fk_run_dataset_dataset_id_dataset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_run_dataset_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'dataset_id', name=op.f('pk_run_dataset')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_run_dataset_dataset_id'), 'run_dataset', ['dataset_id'], unique=False)
    _move_default_experiment()


def _move_default_experiment() -> None:
    """Give the experiment that nobody named the id by which MLflow's clients know it."""
    cx = op.get_bind()
    experiment = sa.table(
        'experiment',
        *(sa.column(name) for name in ('id', 'name', 'created_at', 'primary_metric', 'direction')),
    )
    old = cx.execute(sa.select(experiment).where(experiment.c.name == 'Default')).one_or_none()
    if old is None or old.id == '0':
        return
    renamed = sa.update(experiment).where(experiment.c.id == old.id)
    cx.execute(renamed.values(name='Default ' + old.id))
    cx.execute(sa.insert(experiment).values({**old._mapping, 'id': '0'}))
    for name in ('run', 'experiment_tag'):
        moved = sa.table(name, sa.column('experiment_id'))
        cx.execute(sa.update(moved).where(moved.c.experiment_id == old.id).values(experiment_id='0'))
    cx.execute(sa.delete(experiment).where(experiment.c.id == old.id))
