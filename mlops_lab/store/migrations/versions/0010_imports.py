"""What was imported from elsewhere, and under which id."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    pass
