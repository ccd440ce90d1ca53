"""The tables of the records database, as SQLAlchemy knows them; `migrations/` makes them.

Every row of every table names the ledger entry it stands on, and `acts` is the only table an entry's
number can enter by: a row without a durable entry before it violates a foreign key.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()


def _entry(*, primary_key: bool = False) -> Column[int]:
    return Column(
        "entry_index", Integer, ForeignKey("acts.entry_index"), nullable=False, primary_key=primary_key
    )


acts = Table(
    "acts",
    metadata,
    Column("entry_index", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", Text, nullable=False),
)

parts = Table(
    "parts",
    metadata,
    Column("part_id", Text, primary_key=True),
    _entry(),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("path", Text, nullable=False, unique=True),
    Column("sha256", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("keep_until", Text, nullable=False),
    Index("parts_by_kind", "kind", "label"),
    Index("parts_by_term", "keep_until"),
)

records = Table(
    "records",
    metadata,
    Column("record_id", Text, primary_key=True),
    _entry(),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("keep_until", Text, nullable=False),
    Index("records_by_kind", "kind", "subject"),
    Index("records_by_term", "keep_until"),
)

rejected_rows = Table(
    "rejected_rows",
    metadata,
    _entry(primary_key=True),
    Column("row_number", Integer, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("keep_until", Text, nullable=False),
    Index("rejected_rows_by_term", "keep_until"),
)

principals = Table(
    "principals",
    metadata,
    Column("principal_id", Text, primary_key=True),
    _entry(),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
)

charters = Table(
    "charters",
    metadata,
    Column("digest", Text, primary_key=True),
    _entry(),
    Column("charter_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Index("charters_by_id", "charter_id", "version", unique=True),
)

approvals = Table(
    "approvals",
    metadata,
    _entry(primary_key=True),
    Column("subject", Text, nullable=False),
    Column("principal_id", Text, ForeignKey("principals.principal_id"), nullable=False),
    Column("signature", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("approvals_by_subject", "subject", "principal_id", unique=True),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("name", Text, primary_key=True),
    _entry(),
    Column("kind", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Index("tombstones_by_kind", "kind"),
)

subjects = Table(
    "subjects",
    metadata,
    Column("subject_id", Text, primary_key=True),
    _entry(),
    Column("category", Text, nullable=False),
    Column("seal", Text, nullable=False),
)

subject_merges = Table(
    "subject_merges",
    metadata,
    Column("subject_id", Text, primary_key=True),
    _entry(),
    Column("into", Text, nullable=False),
    Index("subject_merges_by_into", "into"),
)

reconciled = Table(
    "reconciled",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("below", Integer, nullable=False),
)

ledger_terms = Table(
    "ledger_terms",
    metadata,
    Column("entry_index", Integer, primary_key=True, autoincrement=False),
    Column("what", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("keep_until", Text, nullable=False),
    Index("ledger_terms_by_term", "keep_until"),
)
"""Until when the side blob of an entry, or a file it announced, is kept: read off the ledger, no act of its own."""

ledger_terms_read = Table(
    "ledger_terms_read",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("below", Integer, nullable=False),
)

review_standing = Table(
    "review_standing",
    metadata,
    Column("finding_id", Text, primary_key=True),
    Column("record_id", Text, nullable=False),
    _entry(),
    Column("state", Text, nullable=False),
    Index("review_standing_by_state", "state", "record_id"),
    Index("review_standing_by_record", "record_id"),
)
"""Of each finding the row that says where it stands. Triggers of the database keep it (migration 0018), so that no
road past them leads to a row; it can be drawn up again from `records`."""
