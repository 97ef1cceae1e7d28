"""Alembic's entry: runs on the connection that storage/migrate.py hands over."""

from alembic import context

from botapp.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transaction_per_migration=False
)
context.run_migrations()
