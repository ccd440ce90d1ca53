"""The inbox: a folder of small deliveries, each complete when its name is there, each gone once it was taken in.

Nothing but the name of a file decides: `put` writes under a hidden name, syncs and renames, so that a file that can be
seen is whole; a file dropped by others counts once it has lain still. A file that cannot be taken in is moved to
`held/` with the reason beside it; bad input never vanishes. A file may be taken in twice, when a process dies between
the load and the removal: the second load finds every row already stored. What is written here only its owner reads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from peelian.domain.errors import BadInput

HELD = "held"
LONGEST_NAME = 200
"""Bytes of a name that leave room for what is added to it; a file system takes 255."""
HALF = (".part", ".tmp", ".partial", ".filepart", ".crdownload")
"""Endings under which programs write what is not complete yet."""


@dataclass(frozen=True)
class Inbox:
    """A folder of deliveries; `settle` is how long a file must have lain still to count as complete."""

    folder: Path
    settle: timedelta = timedelta(seconds=5)

    def waiting(self, *, now: datetime) -> tuple[Path, ...]:
        """Return the complete files, by their names (`put` gives names that sort by time)."""
        if not self.folder.is_dir():
            raise BadInput(
                f"There is no inbox at {self.folder}; make the folder, or correct the feed's file."
            )
        return tuple(sorted(path for path in self._visible() if self._complete(path, now)))

    def put(self, name: str, content: bytes) -> Path:
        """Write a delivery so that it is there whole or not at all, and on the disk when this returns."""
        if Path(name).name != name or name.startswith("."):
            raise BadInput(f"{name!r} is no plain file name; an inbox holds files, not paths.")
        return self.write(name, content)

    def write(self, name: str, content: bytes) -> Path:
        """Write any file, also one of the feed itself, whose name begins with a dot, whole or not at all."""
        target, half = self.folder / name, self.folder / f".{name}.part"
        with _opened(half) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(target)
        self._sync()
        return target

    def remove(self, path: Path) -> None:
        """Let go of a file that was taken in; the warehouse has it."""
        path.unlink(missing_ok=True)
        self._sync()

    def hold(self, path: Path, *, why: str) -> Path:
        """Put a file aside with the reason, for the person who must look.

        Raises
        ------
        FileNotFoundError : somebody took the file back meanwhile; then no reason is left either.
        """
        held = self.folder / HELD
        held.mkdir(mode=0o700, exist_ok=True)
        target = held / path.name
        reason = held / f"{_shortened(path.name)}.why.txt"
        with _opened(reason) as file:
            file.write(f"{why}\n".encode())
        try:
            path.replace(target)
        except FileNotFoundError:
            reason.unlink()
            raise
        with suppress(PermissionError):  # another user's file; the folder shuts others out
            target.chmod(0o600)
        self._sync()
        return target

    def _visible(self) -> Iterator[Path]:
        for path in self.folder.iterdir():
            if path.is_file() and not path.name.startswith(".") and not path.name.endswith(HALF):
                yield path

    def _complete(self, path: Path, now: datetime) -> bool:
        try:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except FileNotFoundError:
            return False  # somebody took it back
        return now - written >= self.settle or written > now  # a clock that is ahead must not block the feed

    def _sync(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _opened(path: Path) -> BinaryIO:
    """Return a new file that only its owner reads, open for writing."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _shortened(name: str) -> str:
    """Return a name as it is, or the beginning of one that is too long to add to, with a digest to tell it apart."""
    raw = os.fsencode(name)
    if len(raw) <= LONGEST_NAME:
        return name
    return f"{os.fsdecode(raw[: LONGEST_NAME - 17])}-{sha256(raw).hexdigest()[:16]}"


def batch_name(*, source: str, at: datetime, digest: str) -> str:
    """Return the name of a batch: sorts by time, and is the same for the same content."""
    return f"{at:%Y%m%dT%H%M%S%f}-{source}-{digest[:16]}.csv"
