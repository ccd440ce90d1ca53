"""First tables: acts, parts, records, rejected rows, principals, charters, approvals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "acts",
        sa.Column("entry_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_index"),
    )
    op.create_table(
        "reconciled",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("below", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "charters",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("charter_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_index"],
            ["acts.entry_index"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("charters_by_id", "charters", ["charter_id", "version"], unique=True)
    op.create_table(
        "parts",
        sa.Column("part_id", sa.Text(), nullable=False),
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("keep_until", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_index"],
            ["acts.entry_index"],
        ),
        sa.PrimaryKeyConstraint("part_id"),
        sa.UniqueConstraint("path"),
    )
    op.create_index("parts_by_kind", "parts", ["kind", "label"], unique=False)
    op.create_table(
        "principals",
        sa.Column("principal_id", sa.Text(), nullable=False),
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_index"],
            ["acts.entry_index"],
        ),
        sa.PrimaryKeyConstraint("principal_id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "records",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_index"],
            ["acts.entry_index"],
        ),
        sa.PrimaryKeyConstraint("record_id"),
    )
    op.create_index("records_by_kind", "records", ["kind", "subject"], unique=False)
    op.create_table(
        "rejected_rows",
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("row_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("keep_until", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_index"],
            ["acts.entry_index"],
        ),
        sa.PrimaryKeyConstraint("entry_index", "row_number"),
    )
    op.create_table(
        "approvals",
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("principal_id", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_index"],
            ["acts.entry_index"],
        ),
        sa.ForeignKeyConstraint(
            ["principal_id"],
            ["principals.principal_id"],
        ),
        sa.PrimaryKeyConstraint("entry_index"),
    )
    op.create_index("approvals_by_subject", "approvals", ["subject", "principal_id"], unique=True)


def downgrade() -> None:
    """Undo."""
    op.drop_index("approvals_by_subject", table_name="approvals")
    op.drop_table("approvals")
    op.drop_table("rejected_rows")
    op.drop_index("records_by_kind", table_name="records")
    op.drop_table("records")
    op.drop_table("principals")
    op.drop_index("parts_by_kind", table_name="parts")
    op.drop_table("parts")
    op.drop_index("charters_by_id", table_name="charters")
    op.drop_table("charters")
    op.drop_table("reconciled")
    op.drop_table("acts")
