"""A feed as it runs: its passes and its receiver in processes of their own, which can be killed."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

from peelian.app.feeding import feed_from, passes
from peelian.app.push import receive
from peelian.app.receiving import receiver
from tests.houses import PURPOSE

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.app.feed_processes"])


def run_feed(home: str, feed: str, url: str) -> None:
    """Take deliveries in until killed, as `peelian feed run` does."""
    os.environ["PEELIAN_FEED_URL"] = url
    for _ in passes(
        Path(home), feed_from(Path(feed)), who="Ann", purpose=PURPOSE, once=False, announce=_silent
    ):
        pass


def run_receiver(home: str, feed: str, secret: bytes, port: int) -> None:
    """Take pushes until killed, as `peelian feed receive` does."""
    told = {"who": "Ann", "purpose": PURPOSE, "secret": secret, "port": port}
    receive(receiver(Path(home), feed_from(Path(feed)), announce=_silent, **told), announce=_silent)


def started(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a process that does not outlive this one."""
    process = _CONTEXT.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def _silent(_sentence: str) -> None:
    pass
