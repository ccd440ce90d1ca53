"""The inbox: a folder of small deliveries, each complete when its name is there, each gone once it was taken in.

Nothing but the name of a file decides: `put` writes under a hidden name, syncs and renames, so that a file that can be
seen is whole; a file dropped by others counts once it has lain still. Before a file is read it is taken over, by a
rename into a hidden folder: what comes under its name meanwhile is another delivery. A file may be taken in twice, when
a process dies between the load and the removal: the second load finds every row already stored. What is written here
only its owner reads. An inbox belongs to one house.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from peelian.city.disk import destroy, opened_anew, sync_folder
from peelian.domain.errors import BadInput

HALF = (".part", ".tmp", ".partial", ".filepart", ".crdownload")
"""Endings under which programs write what is not complete yet."""

TAKEN_OVER = ".taken-over"
"""The folder of the file that is being taken in; what a killed process left there comes first at the next start."""


@dataclass(frozen=True)
class Inbox:
    """A folder of deliveries; `settle` is how long a file must have lain still to count as complete."""

    folder: Path
    settle: timedelta = timedelta(seconds=5)

    def waiting(self, *, now: datetime) -> tuple[Path, ...]:
        """Return what a killed pass had taken over, then the complete files by name (`put` names them by time)."""
        if not self.folder.is_dir():
            raise BadInput(
                f"There is no inbox at {self.folder}; make the folder, or correct the feed's file."
            )
        left = self.folder / TAKEN_OVER
        before = sorted(left.iterdir()) if left.is_dir() else []
        return (*before, *sorted(path for path in self._visible() if self._complete(path, now)))

    def take_over(self, path: Path) -> Path:
        """Move a waiting file, durably, to where nobody else gives or takes its name, and return where it lies.

        Raises
        ------
        FileNotFoundError : somebody took it back.
        """
        folder = self.folder / TAKEN_OVER
        if path.parent == folder:
            return path
        folder.mkdir(mode=0o700, exist_ok=True)
        target = folder / path.name
        if path.is_symlink():  # it may be told from the inbox
            target.symlink_to(path.resolve(strict=True))
            path.unlink()
        else:
            path.rename(target)
        sync_folder(folder)
        sync_folder(self.folder)
        return target

    def settling(self, *, now: datetime) -> int:
        """Return how many files are there that have not lain still for long enough."""
        return sum(not self._complete(path, now) for path in self._visible())

    def put(self, name: str, content: bytes) -> Path:
        """Write a delivery so that it is there whole or not at all, and on the disk when this returns."""
        if Path(name).name != name or name.startswith("."):
            raise BadInput(f"{name!r} is no plain file name; an inbox holds files, not paths.")
        return self.write(name, content)

    def write(self, name: str, content: bytes) -> Path:
        """Write any file, also one of the feed itself, whose name begins with a dot, whole or not at all."""
        target, half = self.folder / name, self.folder / f".{name}.part"
        with opened_anew(half) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(target)
        sync_folder(self.folder)
        return target

    def anything_left(self) -> bool:
        """Return whether a delivery lies here, taken over or not."""
        return any(True for _ in self._deliveries())

    def left_since(self, *, before: datetime) -> tuple[Path, ...]:
        """Return the deliveries that were written before that instant and are here still: nobody could take them in."""
        return tuple(sorted(path for path in self._deliveries() if _written(path) < before))

    def remove(self, path: Path) -> None:
        """Let go of a file that was taken in; the warehouse has it."""
        destroy([path])

    def _deliveries(self) -> Iterator[Path]:
        left = self.folder / TAKEN_OVER
        if left.is_dir():
            yield from left.iterdir()
        if self.folder.is_dir():
            yield from self._visible()

    def _visible(self) -> Iterator[Path]:
        for path in self.folder.iterdir():
            if path.is_file() and not path.name.startswith(".") and not path.name.endswith(HALF):
                yield path

    def _complete(self, path: Path, now: datetime) -> bool:
        try:
            written = _written(path)
        except FileNotFoundError:
            return False  # somebody took it back
        return now - written >= self.settle or written > now  # a clock that is ahead must not block the feed


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def batch_name(*, source: str, at: datetime, digest: str) -> str:
    """Return the name of a batch: sorts by time, and is the same for the same content."""
    return f"{at:%Y%m%dT%H%M%S%f}-{source}-{digest[:16]}.csv"
