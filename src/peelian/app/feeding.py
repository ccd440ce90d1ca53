"""Runs a live feed: ask the database if there is one, take the inbox in, wait, and again; each file is a load."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from peelian.app.loading import loader
from peelian.app.wiring import house, text_of
from peelian.city.feed.service import (
    MANY,
    Asking,
    Feed,
    Taken,
    asked_of,
    merge_parts,
    parse_feed,
    poll,
    take_in,
)
from peelian.city.service import SourceMapping, begin_collection, mapping_named
from peelian.domain.errors import BadInput
from peelian.domain.time import Clock, SystemClock
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

    The house is opened for each pass and closed again, so that others can work in between. No database is asked
    before the ledger says so; one that does not answer is told and asked again at the next pass. Where small parts
    have gathered they are merged at the end of a pass.
    """
    mapping, now = mapping_named(feed.source), (clock or SystemClock()).now
    while True:
        if feed.database is not None:
            with house(home, clock=clock) as opened:
                asking = _begin(opened, feed, mapping=mapping, who=who, purpose=purpose, now=now())
            _ask(asking, feed, announce=announce)
        if feed.inbox.waiting(now=now()):
            with house(home, clock=clock) as opened:
                desk = opened.desk(opened.signer(who))
                load_file = loader(opened, desk, mapping=mapping, purpose=purpose)
                yield from take_in(feed.inbox, load_file=load_file, now=now)
                for done in merge_parts(desk, purpose=purpose, at_least=MANY):
                    announce(done.sentence())
        if once:
            return
        sleep(feed.every.total_seconds())


def push_secret() -> bytes:
    """Return the secret that senders of pushes sign with, 64 hexadecimal digits in the environment."""
    try:
        return bytes.fromhex(os.environ[SECRET_OF_PUSH])
    except (KeyError, ValueError):
        raise BadInput(
            f"Set {SECRET_OF_PUSH} to at least 64 hexadecimal digits that the sender also knows."
        ) from None


def _begin(
    opened: House, feed: Feed, *, mapping: SourceMapping, who: str, purpose: str, now: datetime
) -> Asking:
    """Enter that the database is about to be asked, and return the question's circumstances."""
    assert feed.database is not None
    if ADDRESS_OF_DATABASE not in os.environ:
        raise BadInput(f"Set {ADDRESS_OF_DATABASE} to the address of the database, as SQLAlchemy writes it.")
    url, desk = os.environ[ADDRESS_OF_DATABASE], opened.desk(opened.signer(who))
    begin_collection(desk, purpose=purpose, mapping=mapping, database=asked_of(url, feed.database))
    return Asking(
        url=url,
        source=mapping.id,
        columns=mapping.columns_read(),
        zone=mapping.zone,
        now=now,
        key=opened.naming_key,
    )


def _ask(asking: Asking, feed: Feed, *, announce: Callable[[str], None]) -> None:
    assert feed.database is not None
    try:
        told = poll(asking, feed.database, inbox=feed.inbox)
    except BadInput as error:
        announce(str(error))
        return
    for note in told.notes:
        announce(note)
