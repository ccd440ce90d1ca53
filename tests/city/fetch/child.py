"""A fetch in a process of its own, so that it can be killed."""

from __future__ import annotations

import os
import signal
from multiprocessing import get_context
from pathlib import Path
from threading import Timer

from tests.city.fetch.caller import Caller
from tests.city.fetch.publishers.office import Asked, Office

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.city.fetch.child"])


class Address:
    """What a child needs to know of an office: its spec and columns, without the server."""

    def __init__(self, office: Office) -> None:
        self.columns = office.columns
        self._spec = office.spec()

    def spec(self) -> object:
        return self._spec


def killed_fetch(office: Office, folder: Path, *, at: int, delay_s: float | None) -> None:
    """Fetch in a child that is killed at question `at`: before its answer, or `delay_s` after it was sent."""
    child = CONTEXT.Process(target=_fetch, args=(Address(office), folder))
    asked, reply = 0, office.reply

    def counted(question: Asked) -> object:
        nonlocal asked
        asked += 1
        answer = reply(question)
        if asked == at:
            assert child.pid is not None
            if delay_s is None:
                os.kill(child.pid, signal.SIGKILL)
            else:
                Timer(delay_s, os.kill, (child.pid, signal.SIGKILL)).start()
        return answer

    office.reply = counted  # type: ignore[method-assign, assignment]
    child.start()
    child.join(60)
    office.reply = reply  # type: ignore[method-assign]
    assert child.exitcode == -signal.SIGKILL


def _fetch(address: Address, folder: Path) -> None:
    Caller(folder).ask(address)  # type: ignore[arg-type]
    signal.pause()  # a fetch that was quicker than the killer waits for it
