"""Points of metrics in chunks with summaries."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass
