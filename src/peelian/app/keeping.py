"""Keeping terms: what falls due is destroyed whenever a house is opened, and here every half minute while one waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from peelian.app.wiring import house
from peelian.domain.errors import Busy
from peelian.domain.time import Clock, SystemClock
from peelian.governance.sweep import EVERY, Swept


class Keeper:
    """Opens the house now and then, which destroys what fell due, for a command that runs and runs."""

    def __init__(self, home: Path, *, clock: Clock | None = None) -> None:
        self._home, self._clock = home, clock or SystemClock()
        self._last: datetime | None = None

    def if_time(self) -> tuple[Swept, ...]:
        """Destroy what fell due if half a minute has gone by; a house that another has open sees to it itself."""
        now = self._clock.now()
        if self._last is not None and abs(now - self._last) < EVERY:
            return ()
        self._last = now
        with suppress(Busy), house(self._home, clock=self._clock) as opened:
            return opened.sweeper.swept
        return ()

    def sleep(self, seconds: float, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Wait so long, and keep terms meanwhile."""
        while seconds > 0:
            pause = min(seconds, EVERY.total_seconds())
            sleep(pause)
            seconds -= pause
            self.if_time()


def keep(home: Path, *, announce: Callable[[str], None]) -> None:
    """Keep the house's terms until interrupted, saying what was destroyed."""
    keeper = Keeper(home)
    with suppress(KeyboardInterrupt):
        while True:
            for done in keeper.if_time():
                announce(done.sentence())
            time.sleep(1)
    announce("Stopped.")
