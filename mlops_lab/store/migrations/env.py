"""Runs the migrations on the connection, and in the transaction, that the caller opened."""

from alembic import context

from mlops_lab.store.all_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
