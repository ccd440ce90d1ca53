"""The house's own watch: a thread that comes round several times a second while the house is open.

It enters a stop while nobody does anything, and does what rooms have left to the house (`Kit.chores`). What goes wrong
on a round is left to the next act, which finds the same and says so to a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import SystemRandom
from threading import Event, Thread

from peelian.domain.errors import PeelianError
from peelian.governance.act import enter_stop
from peelian.governance.kit import Kit

LEAST_S, MOST_S = 0.1, 0.4
"""Seconds between rounds, drawn anew each time, so that what a round does bears no beat."""


@contextmanager
def watched(kit: Kit) -> Iterator[None]:
    """Keep watch over an open house; when this ends, the last round is over."""
    over = Event()
    thread = Thread(target=_keep_watch, args=(kit, over), name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def look_round(kit: Kit) -> None:
    """Do one round."""
    with suppress(PeelianError):
        enter_stop(kit)
    for chore in kit.chores:
        with suppress(PeelianError):
            chore()


def _keep_watch(kit: Kit, over: Event) -> None:
    while not over.wait(_pause_s()):
        look_round(kit)


def _pause_s() -> float:
    return SystemRandom().uniform(LEAST_S, MOST_S)
