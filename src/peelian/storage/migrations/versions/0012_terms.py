"""Terms: what falls due is found by its end, that of side blobs and published files too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ENDING = ("parts", "records", "rejected_rows")


def upgrade() -> None:
    """Apply."""
    for table in ENDING:
        op.create_index(f"{table}_by_term", table, ["keep_until"], unique=False)
    op.create_table(
        "ledger_terms",
        sa.Column("entry_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_index", "what"),
    )
    op.create_index("ledger_terms_by_term", "ledger_terms", ["keep_until"], unique=False)
    op.create_table(
        "ledger_terms_read",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("below", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("ledger_terms_read")
    op.drop_index("ledger_terms_by_term", table_name="ledger_terms")
    op.drop_table("ledger_terms")
    for table in ENDING:
        op.drop_index(f"{table}_by_term", table_name=table)
