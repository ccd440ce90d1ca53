"""Runs migrations on the connection that `database.open_database` hands over; there is no other way in."""

from __future__ import annotations

from alembic import context

from peelian.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
