"""Keeping pushes: each signature once, only the mapped columns, whole and on the disk before the sender is told.

What lies in `.pushed/` of the inbox: a file for each signature of late, named by it and empty, and deliveries on their
way. A delivery is written there first, then its signature is remembered, then it is given its name in the inbox. A
crash before the second step leaves nothing of it, a crash after it a delivery that the next start brings in.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from peelian.city.disk import alone_in, destroy, opened_anew, sync_folder
from peelian.city.feed.inbox import Inbox
from peelian.city.feed.narrow import Narrowed, narrow_text
from peelian.city.feed.signature import SKEW, Signature
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput

PUSHED = ".pushed"
REMEMBERED = 2 * SKEW
"""Longer than any signature is fresh."""

_ON_ITS_WAY = re.compile(r"([0-9a-f]{64})\.(.+\.csv)")
_SIGNATURE = re.compile(r"(\d{1,12})-([0-9a-f]{64})")
_NAME = re.compile(r".+-([0-9a-f]{64})\.push\.csv")


@dataclass(frozen=True)
class KeptPush:
    """What became of a push: the SHA-256 of what was sent, and whether its signature had been seen before."""

    sha256: str
    known: bool


@dataclass(frozen=True)
class Pushes:
    """The pushes of one source, on their way into an inbox."""

    inbox: Inbox
    mapping: SourceMapping
    _one_by_one: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.mapping.format != "csv" or self.mapping.members is not None:
            raise BadInput(
                f"A push is a CSV, which {self.mapping.id} does not read; say `format: csv` in it."
            )

    @contextmanager
    def opened(self, *, now: datetime) -> Iterator[None]:
        """Hold the inbox as its one receiver, and bring in what a killed one had told its senders was kept."""
        busy = f"Pushes into {self.inbox.folder} are being received already; stop that first."
        with alone_in(self._folder, busy=busy):
            signed = {told[2] for path in self._folder.iterdir() if (told := _SIGNATURE.fullmatch(path.name))}
            for path in sorted(self._folder.iterdir()):
                if (told := _ON_ITS_WAY.fullmatch(path.name)) and told[1] in signed:
                    self._bring_in(path, told[2])
                elif told:
                    destroy([path])
            self.forget(now=now)
            yield

    def keep(self, content: bytes, *, signature: Signature, now: datetime) -> KeptPush:
        """Lay the mapped columns of a delivery in the inbox, durably, unless its signature was seen before.

        Raises
        ------
        BadInput : it cannot be read as the mapping says; nothing of it is kept.
        """
        digest = sha256(content).hexdigest()
        memory = self._folder / f"{signature.at_s}-{signature.mac}"
        name = f"{now:%Y%m%dT%H%M%S%f}-{self.mapping.id}-{digest}.push.csv"
        coming = self._folder / f"{signature.mac}.{name}"
        with self._one_by_one:
            if memory.exists():
                return KeptPush(digest, known=True)
            try:
                self._write(content, coming)
                _remember(memory)
                self._bring_in(coming, name)
            except BaseException:
                memory.unlink(missing_ok=True)
                coming.unlink(missing_ok=True)
                raise
        return KeptPush(digest, known=False)

    def forget(self, *, now: datetime) -> None:
        """Forget signatures that are fresh no more."""
        for path in self._folder.iterdir():
            told = _SIGNATURE.fullmatch(path.name)
            if told and now.timestamp() - int(told[1]) > REMEMBERED.total_seconds():
                path.unlink()

    @property
    def _folder(self) -> Path:
        return self.inbox.folder / PUSHED

    def _write(self, content: bytes, path: Path) -> None:
        source = io.BufferedReader(io.BytesIO(content))
        with opened_anew(path) as file:
            _check_whole(narrow_text(source, file, name="the delivery", mapping=self.mapping))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder)

    def _bring_in(self, path: Path, name: str) -> None:
        path.replace(self.inbox.folder / name)
        sync_folder(self.inbox.folder)


def sent_sha256(name: str) -> str | None:
    """Return the SHA-256 of what was sent, from the name of a file in the inbox; None where it was not pushed."""
    told = _NAME.fullmatch(name)
    return None if told is None else told[1]


def _check_whole(done: Narrowed) -> None:
    """Refuse a push of which not every row can be kept: its sender is there to be told."""
    for row in done.left_out:
        raise BadInput(
            f"the delivery: row {row.row_number:,} has {row.found} fields and the header {row.expected}; correct it."
        )
    if not done.rows:
        raise BadInput("the delivery has a header but no rows; send it with its rows.")


def _remember(memory: Path) -> None:
    """Note a signature durably."""
    memory.touch(mode=0o600, exist_ok=False)
    sync_folder(memory.parent)
