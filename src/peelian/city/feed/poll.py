"""Asking a foreign database what changed, and laying it in the inbox: each change once, none before it lies there.

For: CAD and RMS systems that show a table or a view. Which rows of the last minutes were seen is remembered by their
digests.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from peelian.city.feed.asking import Asking, DatabaseFeed, check_readable, database_feed
from peelian.city.feed.batch import put_batch
from peelian.city.feed.cursor import (
    CURSOR,
    advanced,
    head_of_cursor,
    read_cursor,
    remember_head,
    sound,
    write_cursor,
)
from peelian.city.feed.database import ask_changes, asked_of
from peelian.city.feed.inbox import Inbox

__all__ = [
    "CURSOR",
    "Asking",
    "DatabaseFeed",
    "Polled",
    "asked_of",
    "check_readable",
    "database_feed",
    "head_of_cursor",
    "poll",
    "remember_head",
]


@dataclass(frozen=True)
class Polled:
    """What one question brought: the batch file (None where nothing came), its rows, what was out of the ordinary."""

    batch: Path | None
    rows: int
    notes: tuple[str, ...] = ()


def poll(asking: Asking, feed: DatabaseFeed, *, inbox: Inbox) -> Polled:
    """Put what changed since the last question into the inbox, as one file.

    The cursor moves only after the batch lies durably in the inbox: a crash in between asks again.

    Raises
    ------
    BadInput : the database cannot be reached, or has no such table or column; the address is never repeated.
    """
    before = read_cursor(inbox)
    cursor, notes = sound(before, asking)
    found = ask_changes(asking, feed, cursor)
    fresh = {digest: row for row in found.rows if (digest := row.digest(asking.key)) not in cursor.seen}
    ahead = sum(asking.is_ahead(row.changed) for row in fresh.values())
    if ahead:
        notes += (f"{ahead:,} rows of {asking.source} say that they change later than now; they were taken.",)
    if found.untimed != cursor.untimed:
        notes += (
            f"{found.untimed:,} rows of {asking.source} have no time of change, so that they are never taken; give "
            "them one in the database.",
        )
    batch = put_batch(asking, tuple(fresh.values()), inbox) if fresh else None
    moved = advanced(cursor, found, fresh, asking=asking, overlap=feed.overlap)
    if moved != before:
        write_cursor(inbox, moved)
    return Polled(batch, len(fresh), notes)
