"""Tombstones: names, under a keyed hash, of rows that were erased for good and are refused when they come again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "tombstones",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_index"], ["acts.entry_index"]),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("tombstones_by_kind", "tombstones", ["kind"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index("tombstones_by_kind", table_name="tombstones")
    op.drop_table("tombstones")
