"""The door for live feeds: one pass over an inbox, each file a load of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from peelian.city.feed.inbox import Inbox, batch_name
from peelian.city.feed.poll import Asking, DatabaseFeed, Polled, asked_of, database_feed, poll
from peelian.city.service import LoadReport
from peelian.domain.errors import BadInput
from peelian.domain.section import schema_one
from peelian.domain.strict import read_yaml

__all__ = [
    "Asking",
    "DatabaseFeed",
    "Feed",
    "Inbox",
    "Polled",
    "Taken",
    "asked_of",
    "batch_name",
    "parse_feed",
    "poll",
    "take_in",
]


@dataclass(frozen=True)
class Feed:
    """One live feed.

    Parameters
    ----------
    source : id or path of the source mapping its rows are read by.
    inbox : where deliveries come to rest.
    every : how often the inbox, and the database if there is one, are looked at.
    database : what to ask a foreign database for; None where files or pushes come by themselves.
    """

    source: str
    inbox: Inbox
    every: timedelta
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
    schema_one(top)
    feed = Feed(
        source=top.take("source", str),
        inbox=Inbox(Path(top.take("inbox", str)), timedelta(seconds=top.number("settle_seconds", 5))),
        every=timedelta(seconds=top.number("every_seconds", 60)),
        database=database_feed(top.section("database")) if "database" in top else None,
    )
    top.finish()
    if feed.every <= timedelta(0):
        raise BadInput(f"The feed {name} looks every {feed.every.total_seconds():g} s; give a time above 0.")
    return feed


def take_in(
    inbox: Inbox, *, load_file: Callable[[Path], LoadReport], now: Callable[[], datetime]
) -> tuple[Taken, ...]:
    """Take in every complete file of the inbox, the oldest first; return what became of each but those taken back.

    A file is removed only after its load is durable; one that is held back is put aside with the reason, and the
    next is taken in. A refusal (no charter, no right) stops the pass: then nothing may be taken in at all.

    Parameters
    ----------
    load_file : loads one file through the door of the room.
    """
    taken = (_take(path, inbox, load_file, now) for path in inbox.waiting(now=now()))
    return tuple(each for each in taken if each is not None)


def _take(
    path: Path, inbox: Inbox, load_file: Callable[[Path], LoadReport], now: Callable[[], datetime]
) -> Taken | None:
    """Take one file in; None where somebody took it back since it was seen."""
    try:
        waited = timedelta(seconds=max(0.0, now().timestamp() - path.stat().st_mtime))
        done = load_file(path)
    except FileNotFoundError:
        if path.exists():
            raise
        return None
    except BadInput as error:
        return _held(path, inbox, waited=waited, why=str(error))
    inbox.remove(path)
    return Taken(path.name, waited, load=done)


def _held(path: Path, inbox: Inbox, *, waited: timedelta, why: str) -> Taken | None:
    try:
        inbox.hold(path, why=why)
    except FileNotFoundError:
        return None
    return Taken(path.name, waited, why=why)
