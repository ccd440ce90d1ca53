"""Where each finding stands, kept by the database itself: the queue is drawn up from what is open, not from years."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0012"

MOVES = "{row}.kind = 'review-state' AND json_extract({row}.body, '$.happened') <> 'opened'"
STAND = """
INSERT INTO review_standing (finding_id, record_id, entry_index, state)
SELECT {row}.subject, {row}.record_id, {row}.entry_index, json_extract({row}.body, '$.state') {from_where}
ON CONFLICT (finding_id) DO UPDATE
SET record_id = excluded.record_id, entry_index = excluded.entry_index, state = excluded.state
WHERE excluded.entry_index >= review_standing.entry_index
"""
"""A row put back by a restore, in whatever order, moves nothing that stands on a later entry."""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "review_standing",
        sa.Column("finding_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_index"], ["acts.entry_index"]),
        sa.PrimaryKeyConstraint("finding_id"),
    )
    op.create_index("review_standing_by_state", "review_standing", ["state", "record_id"], unique=False)
    op.create_index("review_standing_by_record", "review_standing", ["record_id"], unique=False)
    inserted = STAND.format(row="NEW", from_where="WHERE true")
    op.execute(
        f"CREATE TRIGGER review_stands AFTER INSERT ON records WHEN {MOVES.format(row='NEW')} BEGIN {inserted}; END"
    )
    op.execute(
        "CREATE TRIGGER review_falls AFTER DELETE ON records WHEN OLD.kind = 'review-state' "
        "BEGIN DELETE FROM review_standing WHERE record_id = OLD.record_id; END"
    )
    kept = f"FROM records WHERE {MOVES.format(row='records')} ORDER BY records.entry_index"
    op.execute(STAND.format(row="records", from_where=kept))


def downgrade() -> None:
    """Undo."""
    op.execute("DROP TRIGGER review_falls")
    op.execute("DROP TRIGGER review_stands")
    op.drop_table("review_standing")
