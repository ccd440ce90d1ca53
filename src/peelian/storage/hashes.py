"""The hashes of files, remembered for as long as a house is open and a file looks untouched.

What is remembered is device, inode, size and the two times of a file beside the SHA-256 found then. Whoever writes to a
file, or puts another in its place, changes the time of its change (`ctime`), which no program can set; it takes a
machine whose clock was set back, or writing to the disk past its file system. A medium that rots changes nothing of it.
Both are found by whatever reads every byte: the first read after a house is opened, `peelian ledger verify`, a backup.
Nothing is remembered between two openings, for whoever can write to the parts could write to such a memory too. On a
file system that other machines write to as well, the times say less.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TypeAlias

SETTLED_NS = 2_000_000_000
"""A file changed less long ago is not remembered: another change could fall into the same tick of its times."""

_Look: TypeAlias = tuple[int, int, int, int, int]


class PartHashes:
    """Hashes files, and remembers those of files that have lain still."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[_Look, str]] = {}

    def sha256(self, path: Path) -> str | None:
        """Return the SHA-256 of a file; None where there is none."""
        before = _look(path)
        if before is None:
            return None
        look, sha256 = self._known.get(path, (None, ""))
        if look == before:
            return sha256
        found = sha256_of(path)
        if _look(path) == before and time.time_ns() - before[3] > SETTLED_NS:
            self._known[path] = (before, found)
        return found


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read to its end."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _look(path: Path) -> _Look | None:
    try:
        seen = path.stat()
    except FileNotFoundError:
        return None
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_ctime_ns, seen.st_mtime_ns
