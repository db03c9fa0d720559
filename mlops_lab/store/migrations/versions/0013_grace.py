"""Texts and histories have an age; an entry of the audit is not replaced.

On SQLite a row that replaces another fires no trigger of a removal: what comes in is looked at.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_SQLITE = """
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN NEW.seq > 0 AND EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, '{what} is append-only'); END
"""


def upgrade() -> None:
    op.add_column('document', sa.Column('kept_at', sa.BigInteger(), nullable=True))
    op.add_column('history_cell', sa.Column('kept_at', sa.BigInteger(), nullable=True))
    op.add_column('spool', sa.Column('history_id', sa.Text(), nullable=True))
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(_SQLITE.format(table='audit', what='the audit'))
        op.execute(_SQLITE.format(table='alias_log', what='the log of aliases'))
