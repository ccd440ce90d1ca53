"""The inboxes this house was ever fed from: what lies in one goes at its end, whether or not anybody runs its feed.

An inbox is a folder of somebody's choice. A feed that is never run again, its charter being over, would leave its
unread deliveries, what was put aside and the key of the last row there for ever. So each run notes its inbox in a
folder of the house, and whoever opens the house looks at all of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from peelian.city.disk import opened_anew, sync_folder
from peelian.city.feed.cursor import CURSOR, read_cursor, write_cursor
from peelian.city.feed.held import overdue
from peelian.city.feed.inbox import Inbox


@dataclass(frozen=True)
class KnownInbox:
    """An inbox, the id of the source it is read by, and how long what is not taken in may lie there."""

    source: str
    inbox: Inbox
    held_for: timedelta

    def over(self, *, before: datetime) -> tuple[Path, ...]:
        """Return what was put aside, or came and was not taken in, before that instant."""
        return (*overdue(self.inbox, before=before), *self.inbox.left_since(before=before))


def note_inbox(folder: Path, known: KnownInbox) -> None:
    """Note an inbox in `folder`, durably, under a name that each inbox has alone."""
    where = str(known.inbox.folder.resolve())
    told = {"source": known.source, "inbox": where, "held_s": int(known.held_for.total_seconds())}
    path, content = folder / f"{sha256(where.encode()).hexdigest()[:16]}.json", json.dumps(told).encode()
    if path.is_file() and path.read_bytes() == content:
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    half = folder / f".{path.name}.part"
    with opened_anew(half) as file:
        file.write(content)
    half.replace(path)
    sync_folder(folder)


def noted_inboxes(folder: Path) -> tuple[KnownInbox, ...]:
    """Return the inboxes noted in `folder` that are there; one may be on a disk that is not mounted."""
    told = (json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json")))
    known = (
        KnownInbox(each["source"], Inbox(Path(each["inbox"])), timedelta(seconds=each["held_s"]))
        for each in told
    )
    return tuple(each for each in known if each.inbox.folder.is_dir())


def forget_last_key(inbox: Inbox, *, before: datetime) -> None:
    """Take the key of the last row out of a cursor that has not moved since that instant.

    It is the one thing there that names a row in clear. Without it the database is asked for all of that row's moment
    once more, and the digests tell what was seen.
    """
    path = inbox.folder / CURSOR
    if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
        cursor = read_cursor(inbox)
        if cursor.key is not None:
            write_cursor(inbox, replace(cursor, key=None))
