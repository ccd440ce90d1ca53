"""The door for live feeds: a pass over an inbox, each file a load; many loads merged; the end of what was put aside."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from peelian.city.disk import destroy
from peelian.city.feed.held import anything_held, hold
from peelian.city.feed.inbox import Inbox
from peelian.city.feed.poll import (
    Asking,
    DatabaseFeed,
    Polled,
    asked_of,
    check_readable,
    database_feed,
    head_of_cursor,
    poll,
    remember_head,
)
from peelian.city.feed.pushed import KeptPush, Pushes, check_pushable, sent_sha256, vouching_key
from peelian.city.feed.signature import SKEW, Signature, sign, signature_from
from peelian.city.feed.unread import KnownInbox, forget_last_key, note_inbox, noted_inboxes
from peelian.city.mapping.source import SourceMapping
from peelian.city.service import CAPABILITY, LoadReport
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.section import schema_one
from peelian.domain.strict import read_yaml
from peelian.governance.desk import Desk
from peelian.governance.merge import PARTS_IN_ONE_MERGE, Merge

__all__ = [
    "REJECTED",
    "SKEW",
    "Asking",
    "DatabaseFeed",
    "Feed",
    "Inbox",
    "KeptPush",
    "Merge",
    "Polled",
    "Pushes",
    "Signature",
    "Taken",
    "anything_held",
    "asked_of",
    "begin_receiving",
    "check_readable",
    "discard_held",
    "head_of_cursor",
    "know_inbox",
    "let_go_of_unread",
    "merge_parts",
    "parse_feed",
    "poll",
    "remember_head",
    "sent_sha256",
    "sign",
    "signature_from",
    "take_in",
    "vouching_key",
]

REJECTED = "rejected-row"
"""The data kind whose retention no held file outlives: both are rows that could not be accepted."""
FILES_IN_AN_ENTRY = 100

KINDS = ("incident", "call")
"""The data kinds whose loads are many and small."""

MANY = PARTS_IN_ONE_MERGE
"""A feed merges when so many small parts have gathered: one act for about as many loads, and few parts at any time."""


@dataclass(frozen=True)
class Feed:
    """One live feed.

    Parameters
    ----------
    source : id or path of the source mapping its rows are read by.
    inbox : where deliveries come to rest.
    every : how often the inbox, and the database if there is one, are looked at.
    held_for : how long what could not be taken in lies there for a person to look at, at most.
    database : what to ask a foreign database for; None where files or pushes come by themselves.
    """

    source: str
    inbox: Inbox
    every: timedelta
    held_for: timedelta
    database: DatabaseFeed | None = None


@dataclass(frozen=True)
class Taken:
    """What became of one delivery: its load, or the reason why it was put aside; and how long it had waited."""

    name: str
    waited: timedelta
    load: LoadReport | None = None
    why: str = ""

    def sentence(self) -> str:
        """Return what became of it, in one sentence."""
        if self.load is None:
            return f"{self.name} was put aside: {self.why}"
        done = self.load
        return (
            f"{self.name}: read {done.read:,}, {done.new:,} new, {done.corrected:,} changed, {done.unchanged:,} known, "
            f"{done.rejected:,} rejected; it had waited {self.waited.total_seconds():.0f} s (entry {done.entry_index})"
        )


def parse_feed(text: str, *, name: str) -> Feed:
    """Return the feed written in the YAML `text`; `name` is how sentences call it."""
    top = read_yaml(text, where=name)
    schema_one(top, needs=("source", "inbox"))
    feed = Feed(
        source=top.take("source", str),
        inbox=Inbox(Path(top.take("inbox", str)), timedelta(seconds=top.number("settle_seconds", 5))),
        every=timedelta(seconds=top.number("every_seconds", 60)),
        held_for=timedelta(days=top.number("held_days", 30)),
        database=database_feed(top.section("database")) if "database" in top else None,
    )
    top.finish()
    if feed.every <= timedelta(0):
        raise BadInput(f"The feed {name} looks every {feed.every.total_seconds():g} s; give a time above 0.")
    if feed.held_for <= timedelta(0):
        raise BadInput(
            f"The feed {name} keeps what it held for {feed.held_for.days} days; give some above 0."
        )
    return feed


def take_in(
    inbox: Inbox,
    *,
    mapping: SourceMapping,
    load_file: Callable[[Path], LoadReport],
    now: Callable[[], datetime],
) -> tuple[Taken, ...]:
    """Take in every complete file of the inbox, the oldest first; return what became of each but those taken back.

    Each is taken over first, so that a delivery that comes under its name while it is read is another one. A file is
    removed only after its load is durable; one that is held back is put aside with the reason, and the next is taken
    in. A refusal (no charter, no right) stops the pass: then nothing may be taken in at all, and nothing is lost.

    Parameters
    ----------
    mapping : only its columns of what is put aside are kept.
    load_file : loads one file through the door of the room.
    """
    taken = (_take(path, inbox, mapping, load_file, now) for path in inbox.waiting(now=now()))
    return tuple(each for each in taken if each is not None)


def begin_receiving(desk: Desk, *, purpose: str, mapping: SourceMapping, zone: str) -> datetime:
    """Enter that pushes are about to be received, and return when the charter ends, which is when that must end.

    Without a charter it is refused, and the refusal is entered. `zone` is the deployment's: charters end at its
    midnight.
    """
    check_pushable(mapping)
    facts: Document = {"source": mapping.id, "mapping": mapping.digest(), "address": "pushes to this machine"}
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        sitting.disclose("collection.begun", action="collect", resource=mapping.kind, facts=facts)
        return datetime.combine(sitting.charter.expires, time(), ZoneInfo(zone)).astimezone(UTC)


def discard_held(
    desk: Desk,
    *,
    purpose: str,
    mapping: SourceMapping,
    inbox: Inbox,
    held_for: timedelta,
    naming_key: bytes,
) -> int:
    """Destroy what was put aside, or lay in the inbox and was not taken in, too long ago, after an entry that says so.

    The term is `held_for`, or what the charter gives rejected rows where that is less; without a charter in force it is
    `held_for`, for then least of all may they stay. The entry names each file by a keyed digest of its name, for there
    may be a person in it; whoever has a name and the key can look it up.
    """
    if not (anything_held(inbox) or inbox.anything_left()):
        return 0
    days = desk.retention(REJECTED, purpose=purpose, capability=CAPABILITY)
    known = KnownInbox(mapping.id, inbox, held_for)
    return _discard(known, now=desk.now(), days=days, enter=desk.discard, naming_key=naming_key)


def know_inbox(folder: Path, *, feed: Feed, source: str) -> None:
    """Note a feed's inbox in `folder`, so that what lies there has an end even where the feed is never run again."""
    note_inbox(folder, KnownInbox(source, feed.inbox, feed.held_for))


def let_go_of_unread(
    folder: Path,
    *,
    but: Path | None,
    now: datetime,
    days: int | None,
    enter: Callable[..., object],
    naming_key: bytes,
) -> int:
    """Destroy what is over in every inbox noted in `folder`, and return how many files were.

    Parameters
    ----------
    but : the inbox that somebody else sees to.
    days : what the charters in force give rejected rows; None where none stands.
    enter : makes the entry that says so, before anything is destroyed.
    """
    gone = 0
    for known in noted_inboxes(folder):
        forget_last_key(known.inbox, before=now - known.held_for)
        if but is not None and known.inbox.folder == but.resolve():
            continue
        gone += _discard(known, now=now, days=days, enter=enter, naming_key=naming_key)
    return gone


def _discard(
    known: KnownInbox, *, now: datetime, days: int | None, enter: Callable[..., object], naming_key: bytes
) -> int:
    term = known.held_for if days is None else min(known.held_for, timedelta(days=days))
    old = known.over(before=now - term)
    for start in range(0, len(old), FILES_IN_AN_ENTRY):
        some = old[start : start + FILES_IN_AN_ENTRY]
        names: Document = {"files": [_name_digest(path.name, key=naming_key) for path in some]}
        enter(facts={"source": known.source, "term_s": int(term.total_seconds()), **names})
        destroy(some)
    return len(old)


def merge_parts(desk: Desk, *, purpose: str, at_least: int = 2) -> tuple[Merge, ...]:
    """Replace small parts of the charter's incidents and calls by fewer with the same rows (ADR 0019).

    A month keeps a few: a part that is larger than all smaller ones together is left as it is.
    It may be asked as often as one likes: there is an entry for each merge, and none where nothing is to be done.

    Parameters
    ----------
    at_least : how many parts of one kind and month must be there to be taken together.
    """
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        kinds = [kind for kind in KINDS if kind in sitting.charter.data]
        return tuple(done for kind in kinds for done in sitting.merge(kind, at_least=at_least))


def _take(
    path: Path,
    inbox: Inbox,
    mapping: SourceMapping,
    load_file: Callable[[Path], LoadReport],
    now: Callable[[], datetime],
) -> Taken | None:
    """Take one file over and in; None where somebody took it back since it was seen."""
    try:
        path = inbox.take_over(path)
        waited = timedelta(seconds=max(0.0, now().timestamp() - path.stat().st_mtime))
        done = load_file(path)
    except FileNotFoundError:
        if path.exists():
            raise
        inbox.remove(path)  # a link to what was taken back
        return None
    except BadInput as error:
        hold(inbox, path, why=str(error), mapping=mapping, at=now())
        return Taken(path.name, waited, why=str(error))
    inbox.remove(path)
    return Taken(path.name, waited, load=done)


def _name_digest(name: str, *, key: bytes) -> str:
    return hmac.new(key, b"peelian/held-name\n" + name.encode(errors="surrogateescape"), sha256).hexdigest()
