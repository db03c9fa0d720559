"""A series of one point says it in its own row, and once; where a param comes from is a letter."""

from alembic import op

revision = "0015"
down_revision = "0014"

# The sign of a zero is in the row of the point alone.
_LONE_POINTS = """
DELETE FROM metric_point WHERE ordinal = 0 AND series_id IN (
    SELECT id FROM series WHERE count = 1 AND packed = 0 AND (last IS NULL OR last <> 0)
)
"""
_SUMMARIES = """
UPDATE series SET
    last_elapsed = last_elapsed - first_time,
    min = CASE WHEN count > 1 THEN min END,
    max = CASE WHEN count > 1 THEN max END
"""
_ORIGINS = """
UPDATE param SET origin = substr(origin, 1, 1)
WHERE origin IN ('assigned', 'read', 'option', 'injected', 'logged', 'model')
"""


def upgrade() -> None:
    op.execute(_LONE_POINTS)
    op.execute("ALTER TABLE series RENAME COLUMN last_time TO last_elapsed")
    op.execute(_SUMMARIES)
    op.execute(_ORIGINS)
