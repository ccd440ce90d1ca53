"""Keeping pushes: each signature once, only the mapped columns, whole and on the disk before the sender is told.

What lies in `.pushed/` of the inbox: a file for each signature of late, named by it and empty, and deliveries on their
way. A delivery is written there first, then its signature is remembered, then it is given its name in the inbox. A
crash before the second step leaves nothing of it, a crash after it a delivery that the next start brings in. Its name
holds the digest of what was sent, and a keyed one by which a load knows that nobody but the receiver says so.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import file_digest, sha256
from io import BufferedReader, BytesIO
from pathlib import Path
from threading import Lock

from peelian.city.disk import alone_in, destroy, opened_anew, sync_folder
from peelian.city.feed.inbox import Inbox
from peelian.city.feed.narrow import narrow_text
from peelian.city.feed.signature import SKEW, Signature
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput

PUSHED = ".pushed"
REMEMBERED = 2 * SKEW
"""Longer than any signature is fresh."""

_ON_ITS_WAY = re.compile(r"([0-9a-f]{64})\.(.+\.csv)")
_SIGNATURE = re.compile(r"(\d{1,12})-([0-9a-f]{64})")
_NAME = re.compile(r".+-([0-9a-f]{64})-([0-9a-f]{32})\.push\.csv")


@dataclass(frozen=True)
class KeptPush:
    """What became of a push: the SHA-256 of what was sent, and whether its signature had been seen before."""

    sha256: str
    known: bool


@dataclass(frozen=True)
class Pushes:
    """The pushes of one source, on their way into an inbox; `key` vouches for what was sent (`vouching_key`)."""

    inbox: Inbox
    mapping: SourceMapping
    key: bytes
    _one_by_one: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_pushable(self.mapping)

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
        with self._one_by_one:
            if memory.exists():
                return KeptPush(digest, known=True)
            kept = self._narrowed(content)
            word = _word(digest, BytesIO(kept), key=self.key)
            name = f"{now:%Y%m%dT%H%M%S%f}-{self.mapping.id}-{digest}-{word}.push.csv"
            coming = self._folder / f"{signature.mac}.{name}"
            try:
                self._write(kept, coming)
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

    def _narrowed(self, content: bytes) -> bytes:
        """Return the mapped columns; refuse where not every row can be kept, for the sender is there to be told."""
        kept = BytesIO()
        source = BufferedReader(BytesIO(content))
        done = narrow_text(source, kept, name="the delivery", mapping=self.mapping)
        for row in done.left_out:
            told = f"row {row.row_number:,} has {row.found} fields and the header {row.expected}"
            raise BadInput(f"the delivery: {told}; correct it.")
        if not done.rows:
            raise BadInput("the delivery has a header but no rows; send it with its rows.")
        return kept.getvalue()

    def _write(self, kept: bytes, path: Path) -> None:
        with opened_anew(path) as file:
            file.write(kept)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder)

    def _bring_in(self, path: Path, name: str) -> None:
        path.replace(self.inbox.folder / name)
        sync_folder(self.inbox.folder)


def check_pushable(mapping: SourceMapping) -> None:
    """Refuse a mapping that does not read what is pushed: CSV."""
    if mapping.format != "csv" or mapping.members is not None:
        raise BadInput(f"A push is a CSV, which {mapping.id} does not read; say `format: csv` in it.")


def vouching_key(naming_key: bytes) -> bytes:
    """Return the key with which a house's receiver vouches for what was sent; no other secret follows from it."""
    return hmac.new(naming_key, b"peelian/push-kept", sha256).digest()


def sent_sha256(path: Path, *, key: bytes) -> str | None:
    """Return the SHA-256 of what was sent, where the receiver vouches that this file is what it kept of it.

    Whoever drops a file gives it any name, but cannot vouch for it: of such a file nothing is said to have been sent.
    """
    told = _NAME.fullmatch(path.name)
    if told is None or not path.is_file():
        return None
    with path.open("rb") as kept:
        word = _word(told[1], kept, key=key)
    return told[1] if hmac.compare_digest(told[2], word) else None


def _word(sent: str, kept: BytesIO | BufferedReader, *, key: bytes) -> str:
    """Return what vouches that `kept` is what was kept of what was sent."""
    return file_digest(kept, lambda: hmac.new(key, f"{sent}\n".encode(), sha256)).hexdigest()[:32]


def _remember(memory: Path) -> None:
    """Note a signature durably."""
    memory.touch(mode=0o600, exist_ok=False)
    sync_folder(memory.parent)
