"""How far a feed has got in a foreign database, and which rows before that were seen.

A row whose change lies in the future is taken, but the cursor never moves beyond now: one wrong clock must not end the
feed. The cursor's file holds the last key as the database writes it, for the next question needs it; the digests in it
are made with a key of the house, so that nobody can try rows out on them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from peelian.city.feed.asking import Asking, Found, Row
from peelian.city.feed.inbox import Inbox

CURSOR = ".cursor.json"


@dataclass(frozen=True)
class Cursor:
    """The last change seen, the digests of the rows seen within the overlap before it, or ahead of it, with their
    changes, and how many rows had no time of change.
    """

    changed: datetime | None = None
    key: int | str | None = None
    seen: dict[str, datetime] = field(default_factory=dict)
    untimed: int = 0


def advanced(
    cursor: Cursor, found: Found, fresh: dict[str, Row], *, asking: Asking, overlap: timedelta
) -> Cursor:
    """Return the cursor after these rows: never beyond now, so that what comes before a row ahead is not missed."""
    seen = cursor.seen | {digest: row.changed for digest, row in fresh.items()}
    newest = max(
        (row for row in found.rows if not asking.is_ahead(row.changed)),
        key=lambda row: (row.changed, row.key),
        default=None,
    )
    last, key = cursor.changed, cursor.key
    if newest is not None and (last is None or newest.changed >= last):
        last, key = newest.changed, newest.key
    if last is not None:
        seen = {digest: at for digest, at in seen.items() if at > last - overlap}
    return Cursor(last, key, seen, found.untimed)


def sound(cursor: Cursor, asking: Asking) -> tuple[Cursor, tuple[str, ...]]:
    """Return the cursor, or one that begins anew where it reaches into the future."""
    if cursor.changed is None or not asking.is_ahead(cursor.changed):
        return cursor, ()
    note = (
        f"The cursor of {asking.source} lay in the future ({cursor.changed.isoformat()}), so that later changes were "
        "missed; the database is asked for everything once more, and what is known adds nothing."
    )
    return Cursor(untimed=cursor.untimed), (note,)


def read_cursor(inbox: Inbox) -> Cursor:
    """Return the cursor as the last question left it; the beginning where there was none."""
    path = inbox.folder / CURSOR
    if not path.is_file():
        return Cursor()
    told = json.loads(path.read_text(encoding="utf-8"))
    changed = None if told["changed"] is None else datetime.fromisoformat(told["changed"])
    seen = {digest: datetime.fromisoformat(at) for digest, at in told["seen"].items()}
    return Cursor(changed, told["key"], seen, told.get("untimed", 0))


def write_cursor(inbox: Inbox, cursor: Cursor) -> None:
    """Keep the cursor durably, whole or not at all."""
    seen = {digest: at.isoformat() for digest, at in cursor.seen.items()}
    changed = None if cursor.changed is None else cursor.changed.isoformat()
    told = {"changed": changed, "key": cursor.key, "seen": seen, "untimed": cursor.untimed}
    inbox.write(CURSOR, json.dumps(told).encode())
