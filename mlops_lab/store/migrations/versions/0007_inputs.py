"""Datasets that runs name as their inputs, and logged models."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass
