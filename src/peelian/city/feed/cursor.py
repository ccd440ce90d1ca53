"""How far a feed has got in a foreign database, and which rows before that were seen.

A row whose change lies in the future is taken, but the cursor never moves beyond now: one wrong clock must not end the
feed. What was asked for is known only to the house that has loaded it: the cursor names the head of its ledger at the
last load, and a house whose ledger lacks that head, because it was restored from a backup, begins anew. The cursor's
file holds the last key as the database writes it, for the next question needs it; the digests in it are made with a key
of the house, so that nobody can try rows out on them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from peelian.city.feed.asking import Asking, Found, Row
from peelian.city.feed.inbox import Inbox

CURSOR = ".cursor.json"


@dataclass(frozen=True)
class Cursor:
    """The last change seen, the digests of the rows seen within the overlap before it, or ahead of it, with their
    changes, how many rows had no time of change, and the head of the ledger that knows of the last load.
    """

    changed: datetime | None = None
    key: int | str | None = None
    seen: dict[str, datetime] = field(default_factory=dict)
    untimed: int = 0
    head: str | None = None


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
    return Cursor(last, key, seen, found.untimed, cursor.head)


def sound(cursor: Cursor, asking: Asking) -> tuple[Cursor, tuple[str, ...]]:
    """Return the cursor, or one that begins anew where it reaches into the future or the ledger knows nothing of it.

    One that an earlier version left names no head; it goes on from the present one.
    """
    if asking.loads_lost:
        why = "is of loads that the ledger does not hold, as after a restore from a backup"
    elif cursor.changed is not None and asking.is_ahead(cursor.changed):
        why = f"lay in the future ({cursor.changed.isoformat()}), so that later changes were missed"
    else:
        return replace(cursor, head=cursor.head or asking.head), ()
    note = (
        f"The cursor of {asking.source} {why}; the database is asked for everything once more, and what is known adds "
        "nothing."
    )
    return Cursor(untimed=cursor.untimed, head=asking.head), (note,)


def head_of_cursor(inbox: Inbox) -> str | None:
    """Return the head of the ledger that the cursor names; None where it names none."""
    return read_cursor(inbox).head


def remember_head(inbox: Inbox, *, head: str) -> None:
    """Note, before a batch that was loaded is let go of, which head of the ledger knows of its load."""
    cursor = read_cursor(inbox)
    if cursor != Cursor():
        write_cursor(inbox, replace(cursor, head=head))


def read_cursor(inbox: Inbox) -> Cursor:
    """Return the cursor as the last question left it; the beginning where there was none."""
    path = inbox.folder / CURSOR
    if not path.is_file():
        return Cursor()
    told = json.loads(path.read_text(encoding="utf-8"))
    changed = None if told["changed"] is None else datetime.fromisoformat(told["changed"])
    seen = {digest: datetime.fromisoformat(at) for digest, at in told["seen"].items()}
    return Cursor(changed, told["key"], seen, told.get("untimed", 0), told.get("head"))


def write_cursor(inbox: Inbox, cursor: Cursor) -> None:
    """Keep the cursor durably, whole or not at all."""
    seen = {digest: at.isoformat() for digest, at in cursor.seen.items()}
    changed = None if cursor.changed is None else cursor.changed.isoformat()
    told = {"changed": changed, "key": cursor.key, "seen": seen, "untimed": cursor.untimed}
    inbox.write(CURSOR, json.dumps(told | {"head": cursor.head}).encode())
