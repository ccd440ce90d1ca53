"""Whoever comes back is enrolled anew under the name they had: names of principals are unique no more."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0018"

_TABLE = """CREATE TABLE principals_anew (
    principal_id TEXT NOT NULL PRIMARY KEY,
    entry_index INTEGER NOT NULL REFERENCES acts (entry_index),
    name TEXT NOT NULL{unique},
    body TEXT NOT NULL
)"""


def upgrade() -> None:
    """Apply."""
    _made_anew(unique="")


def downgrade() -> None:
    """Undo."""
    _made_anew(unique=" UNIQUE")


def _made_anew(*, unique: str) -> None:
    """Make the table anew; approvals, which refer to its rows, are put aside meanwhile."""
    for statement in (
        "CREATE TABLE approvals_aside AS SELECT * FROM approvals",
        "DELETE FROM approvals",
        _TABLE.format(unique=unique),
        "INSERT INTO principals_anew SELECT principal_id, entry_index, name, body FROM principals",
        "DROP TABLE principals",
        "ALTER TABLE principals_anew RENAME TO principals",
        "INSERT INTO approvals SELECT * FROM approvals_aside",
        "DROP TABLE approvals_aside",
    ):
        op.execute(statement)
