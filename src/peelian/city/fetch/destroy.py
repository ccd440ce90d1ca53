"""Letting go of what was fetched: overwritten, then unlinked, for there are keys of persons in it.

It is gone as far as a program can reach: copy-on-write file systems, snapshots and flash drives may keep more (NIST
SP 800-88 Rev. 1, section 2.4).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from peelian.city.fetch.journal import sync_folder

BLOCK_BYTES = 1 << 20


def destroy(paths: Iterable[Path]) -> None:
    """Destroy each file that is still there, durably."""
    for path in paths:
        if path.is_file():
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
