"""Destroying files: overwritten, made durable, unlinked, and the folder's loss of them made durable too.

What a program can reach ends here. A copy-on-write file system, a snapshot, a journal, a RAID controller's
cache and the spare blocks of a flash drive may keep older bytes whatever is written over a file's name (NIST
SP 800-88 Rev. 1, section 2.4); whoever must be sure of those encrypts the disk and destroys its key.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

BLOCK_BYTES = 1 << 20


def destroy(paths: Iterable[Path]) -> None:
    """Destroy each file that is still there; after a crash it can be asked again."""
    folders = set()
    for path in paths:
        if path.is_file():
            _overwrite(path)
            path.unlink()
        folders.add(path.parent)
    for folder in sorted(folders):
        if folder.is_dir():
            sync(folder)


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's names, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _overwrite(path: Path) -> None:
    left = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        while left > 0:
            left -= file.write(bytes(min(left, BLOCK_BYTES))) or 0
        os.fsync(file.fileno())
