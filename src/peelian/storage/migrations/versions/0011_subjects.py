"""Subjects: persons whom sealed records are about, without anything that tells who they are, and which were merged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "subjects",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_index"], ["acts.entry_index"]),
        sa.PrimaryKeyConstraint("subject_id"),
    )
    op.create_table(
        "subject_merges",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("into", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_index"], ["acts.entry_index"]),
        sa.PrimaryKeyConstraint("subject_id"),
    )
    op.create_index("subject_merges_by_into", "subject_merges", ["into"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("subject_merges")
    op.drop_table("subjects")
