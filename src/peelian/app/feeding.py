"""Runs a live feed: ask the database if there is one, take the inbox in, wait, and again; each file is a load."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from peelian.app.keeping import Keeper
from peelian.app.loading import loader
from peelian.app.places import feeds_home
from peelian.app.wiring import house, text_of
from peelian.city.feed.service import (
    MANY,
    Asking,
    DatabaseFeed,
    Feed,
    Taken,
    anything_held,
    asked_of,
    check_readable,
    discard_held,
    head_of_cursor,
    know_inbox,
    merge_parts,
    parse_feed,
    poll,
    remember_head,
    take_in,
)
from peelian.city.service import LoadReport, SourceMapping, begin_collection, mapping_named
from peelian.domain.errors import BadInput, Busy
from peelian.domain.plural import plural
from peelian.domain.time import Clock, SystemClock
from peelian.governance.desk import Desk
from peelian.governance.house import House

ADDRESS_OF_DATABASE = "PEELIAN_FEED_URL"
SECRET_OF_PUSH = "PEELIAN_PUSH_SECRET"  # noqa: S105  # the name of a variable


def feed_from(path: Path) -> Feed:
    """Return the feed written in a YAML file."""
    return parse_feed(text_of(path), name=path.name)


def passes(
    home: Path,
    feed: Feed,
    *,
    who: str,
    purpose: str,
    once: bool,
    announce: Callable[[str], None],
    clock: Clock | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Taken]:
    """Yield what became of each delivery, pass after pass; with `once` there is one pass.

    The house is opened for each pass and closed again, so that others can work in between. While another command has
    it, that is told, and the next pass finds everything where it was. No database is asked before the ledger says so;
    one that does not answer is told and asked again at the next pass. Where small parts have gathered they are merged
    at the end of a pass. Between passes what falls due in the house is destroyed.
    """
    one = _Pass(home, feed, mapping_named(feed.source), who, purpose, announce, clock or SystemClock())
    keeper = Keeper(home, clock=one.clock, inbox=feed.inbox.folder)
    while True:
        try:
            yield from one.taken()
        except Busy as busy:
            if once:
                raise
            announce(f"{busy} The feed tries again in {feed.every.total_seconds():g} s.")
        if once:
            if left := feed.inbox.settling(now=one.clock.now()):
                still = f"{plural(left, 'file is', 'files are')} still settling"
                announce(f"{still} ({feed.inbox.settle.total_seconds():g} s); run it again then.")
            return
        keeper.sleep(feed.every.total_seconds(), sleep=sleep, also=one.discard)


@dataclass(frozen=True)
class _Pass:
    """What every pass over a feed needs."""

    home: Path
    feed: Feed
    mapping: SourceMapping
    who: str
    purpose: str
    announce: Callable[[str], None]
    clock: Clock

    def taken(self) -> Iterator[Taken]:
        """Ask the database, take the inbox in, merge what has gathered, and let go of what was held for too long."""
        inbox, now = self.feed.inbox, self.clock.now
        if self.feed.database is not None:
            self._ask(self.feed.database)
        waiting = bool(inbox.waiting(now=now()))
        if not waiting and not anything_held(inbox):
            return
        with self._opened() as opened:
            desk = opened.desk(opened.signer(self.who))
            try:
                if waiting:
                    load_file = self._loader(opened, desk)
                    yield from take_in(inbox, mapping=self.mapping, load_file=load_file, now=now)
                    for done in merge_parts(desk, purpose=self.purpose, at_least=MANY):
                        self.announce(done.sentence())
            finally:  # where nothing may be taken in, nothing may stay for ever either
                self._discard(desk, naming_key=opened.naming_key)

    def discard(self) -> None:
        """Let go of what was held for too long, between two passes."""
        if anything_held(self.feed.inbox):
            with suppress(Busy), self._opened() as opened:
                self._discard(opened.desk(opened.signer(self.who)), naming_key=opened.naming_key)

    @contextmanager
    def _opened(self) -> Iterator[House]:
        """Open the house, and note in it where this feed's deliveries lie."""
        with house(self.home, clock=self.clock, inbox=self.feed.inbox.folder) as opened:
            know_inbox(feeds_home(self.home), feed=self.feed, source=self.mapping.id)
            yield opened

    def _loader(self, opened: House, desk: Desk) -> Callable[[Path], LoadReport]:
        """Return what loads a file; a cursor names the ledger's head before the file is let go of."""
        load_file = loader(opened, desk, mapping=self.mapping, purpose=self.purpose)

        def load_and_remember(path: Path) -> LoadReport:
            done = load_file(path)
            if self.feed.database is not None:
                remember_head(self.feed.inbox, head=opened.head())
            return done

        return load_and_remember

    def _ask(self, database: DatabaseFeed) -> None:
        with self._opened() as opened:
            asking = self._begin(opened, database)
        try:
            told = poll(asking, database, inbox=self.feed.inbox)
        except BadInput as error:
            self.announce(str(error))
            return
        for note in told.notes:
            self.announce(note)

    def _begin(self, opened: House, database: DatabaseFeed) -> Asking:
        """Enter that the database is about to be asked, and return the question's circumstances."""
        check_readable(self.mapping)
        if ADDRESS_OF_DATABASE not in os.environ:
            raise BadInput(
                f"Set {ADDRESS_OF_DATABASE} to the address of the database, as SQLAlchemy writes it."
            )
        url, desk = os.environ[ADDRESS_OF_DATABASE], opened.desk(opened.signer(self.who))
        begin_collection(desk, purpose=self.purpose, mapping=self.mapping, database=asked_of(url, database))
        return Asking(
            url=url,
            source=self.mapping.id,
            columns=self.mapping.columns_read(),
            zone=self.mapping.zone,
            now=self.clock.now(),
            key=opened.naming_key,
            head=opened.head(),
            loads_lost=(known := head_of_cursor(self.feed.inbox)) is not None and not opened.holds(known),
        )

    def _discard(self, desk: Desk, *, naming_key: bytes) -> None:
        gone = discard_held(
            desk,
            purpose=self.purpose,
            mapping=self.mapping,
            inbox=self.feed.inbox,
            held_for=self.feed.held_for,
            naming_key=naming_key,
        )
        if gone:
            were = plural(gone, "file was", "files were")
            self.announce(f"{were} put aside, or could not be taken in, too long ago, and destroyed.")


def push_secret() -> bytes:
    """Return the secret that senders of pushes sign with, 64 hexadecimal digits in the environment."""
    try:
        return bytes.fromhex(os.environ[SECRET_OF_PUSH])
    except (KeyError, ValueError):
        raise BadInput(
            f"Set {SECRET_OF_PUSH} to at least 64 hexadecimal digits that the sender also knows."
        ) from None
