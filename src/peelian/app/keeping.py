"""Keeping terms: what falls due is destroyed whenever a house is opened, and here every half minute while one waits.

And proof of it for outsiders.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from peelian.app.wiring import house
from peelian.domain.errors import BadInput, Busy
from peelian.domain.time import Clock, SystemClock
from peelian.governance.house import House
from peelian.governance.keeping.certificate import certify
from peelian.governance.keeping.sweep import EVERY, Swept
from peelian.governance.keeping.written import WrittenFile, destroy_written, written_over


class Keeper:
    """Opens the house now and then, which destroys what fell due, for a command that runs and runs.

    Of what lies in `inbox` the command tells itself.
    """

    def __init__(self, home: Path, *, clock: Clock | None = None, inbox: Path | None = None) -> None:
        self._home, self._clock, self._inbox = home, clock or SystemClock(), inbox
        self._last: datetime | None = None

    def if_time(self) -> tuple[Swept, ...]:
        """Destroy what fell due if half a minute has gone by; a house that another has open sees to it itself."""
        now = self._clock.now()
        if self._last is not None and abs(now - self._last) < EVERY:
            return ()
        self._last = now
        with suppress(Busy), house(self._home, clock=self._clock, inbox=self._inbox) as opened:
            return opened.sweeper.swept
        return ()

    def sleep(self, seconds: float, *, sleep: Callable[[float], None], also: Callable[[], None]) -> None:
        """Wait so long, and meanwhile keep terms every half minute, and do `also` what else is to be done then."""
        while seconds > 0:
            pause = min(seconds, EVERY.total_seconds())
            sleep(pause)
            seconds -= pause
            self.if_time()
            also()


def destroy_files(opened: House) -> tuple[WrittenFile, ...]:
    """Destroy the files that were written out of the house, are over and lie unchanged, wherever they were put."""
    return destroy_written(opened.kit, written_over(opened.kit, at=opened.kit.clock.now()))


def write_certificate(home: Path, *, which: str, who: str, path: Path) -> tuple[int, ...]:
    """Write the certificate of an erasure to a new file, and return the entries that it proves."""
    with house(home) as opened, new_file(path) as file:
        content = certify(opened.kit, actor=opened.signer(who), erasure=which)
        file.write(content)
    return tuple(json.loads(each["envelope"])["index"] for each in json.loads(content)["entries"])


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that must not be there yet; it is taken away again where what is to be written cannot be had."""
    try:
        file = path.open("xb")
    except FileExistsError:
        raise BadInput(
            f"{path} exists already; a certificate never takes another file's place. Give a new name."
        ) from None
    try:
        with file:
            yield file
    except BaseException:
        path.unlink()
        raise


def keep(home: Path, *, announce: Callable[[str], None]) -> None:
    """Keep the house's terms until interrupted, saying what was destroyed."""
    keeper = Keeper(home)
    with suppress(KeyboardInterrupt):
        while True:
            for done in keeper.if_time():
                announce(done.sentence())
            time.sleep(1)
    announce("Stopped.")
