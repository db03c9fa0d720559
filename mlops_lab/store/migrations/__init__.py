"""The steps that bring an older store to the tables of today (Alembic)."""
