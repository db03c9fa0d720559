"""Runs the migrations on the connection, and in the transaction, that the caller opened."""

from alembic import context

from mlops_lab.store.capture_tables import document

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=document.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
