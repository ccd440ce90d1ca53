"""What is written stays, and what is let go is gone: durable names, private files, files overwritten and unlinked.

There are keys of persons in what is fetched and fed. It is gone as far as a program can reach: copy-on-write file
systems, snapshots and flash drives may keep more (NIST SP 800-88 Rev. 1, section 2.4).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from peelian.domain.errors import Busy

BLOCK_BYTES = 1 << 20
LOCK = "lock"
"""Name of the file by which a folder is held."""


def destroy(paths: Iterable[Path]) -> None:
    """Destroy each file that is still there, durably.

    Of a link, and of a file that has another name too, only this name goes: the bytes are somebody else's.
    """
    for path in paths:
        if path.is_symlink() or path.is_file():
            if not path.is_symlink() and path.stat().st_nlink == 1:
                with suppress(PermissionError):  # another user's file
                    overwrite(path)
            path.unlink()
            sync_folder(path.parent)


def overwrite(path: Path) -> None:
    """Write zeros over a file, durably."""
    left = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        while left > 0:
            left -= file.write(bytes(min(left, BLOCK_BYTES))) or 0
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def opened_anew(path: Path) -> BinaryIO:
    """Return a new file that only its owner reads, open for writing; one of that name is removed."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@contextmanager
def alone_in(folder: Path, *, busy: str) -> Iterator[None]:
    """Hold `folder` alone, making it if need be; the lock of a process that was killed is free again.

    Raises `Busy`, with the sentence `busy`, where another process holds it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise Busy(busy) from None
    try:
        yield
    finally:
        os.close(handle)
