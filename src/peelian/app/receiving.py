"""Begins to receive pushes: an entry under the charter first, and an end when the charter ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from peelian.app.keeping import Keeper
from peelian.app.places import feeds_home
from peelian.app.push import PushReceiver
from peelian.app.wiring import house
from peelian.city.feed.service import Feed, Pushes, begin_receiving, know_inbox, vouching_key
from peelian.city.service import SourceMapping, mapping_named
from peelian.domain.errors import Busy
from peelian.domain.time import Clock, SystemClock

AGAIN_S = 0.2
"""How soon a house that another command has is tried again; a feed's pass leaves it for no longer between two."""


def receiver(
    home: Path,
    feed: Feed,
    *,
    who: str,
    purpose: str,
    secret: bytes,
    port: int,
    announce: Callable[[str], None],
    clock: Clock | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> PushReceiver:
    """Return what takes pushes into the feed's inbox, once the ledger says that they are about to be received.

    Without a charter it is refused. The house is open for the entry only, and waited for while another command has it.
    """
    clock, mapping, told = clock or SystemClock(), mapping_named(feed.source), False
    while True:
        try:
            until, key = _begun(home, mapping, who=who, purpose=purpose, clock=clock)
        except Busy as busy:
            if not told:
                announce(f"{busy} It is tried again until it is free.")
                told = True
            sleep(AGAIN_S)
        else:
            know_inbox(feeds_home(home), feed=feed, source=mapping.id)
            pushes = Pushes(feed.inbox, mapping, key)
            keep = Keeper(home, clock=clock).if_time
            return PushReceiver(pushes, secret=secret, clock=clock, until=until, keep=keep, port=port)


def _begun(
    home: Path, mapping: SourceMapping, *, who: str, purpose: str, clock: Clock
) -> tuple[datetime, bytes]:
    """Return until when pushes may be received, and the key that vouches for them."""
    with house(home, clock=clock) as opened:
        desk = opened.desk(opened.signer(who))
        until = begin_receiving(desk, purpose=purpose, mapping=mapping, zone=opened.settings.zone)
        return until, vouching_key(opened.naming_key)
