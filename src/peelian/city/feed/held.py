"""What could not be taken in lies in `held/` of the inbox, beside its reason, for a person to look at; for a term.

Only the mapped columns of it are kept where it can be read at all. Where it cannot, because a column is called
otherwise or the file is damaged, nobody can say which columns those are: then it lies there as it came.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from peelian.city.disk import destroy, opened_anew, sync_folder
from peelian.city.feed.inbox import Inbox
from peelian.city.feed.narrow import narrow_file
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput

HELD = "held"
REASON = ".why.txt"
LONGEST_NAME = 200
"""Bytes of a name that leave room for what is added to it; a file system takes 255."""


def hold(inbox: Inbox, path: Path, *, why: str, mapping: SourceMapping, at: datetime) -> Path:
    """Put a file that was taken over aside with the reason, and return where it lies; its term begins at `at`."""
    folder = inbox.folder / HELD
    folder.mkdir(mode=0o700, exist_ok=True)
    reason = _reason_of(folder / path.name)
    with opened_anew(reason) as file:
        file.write(f"{why}\n".encode())
    os.utime(reason, (at.timestamp(), at.timestamp()))
    target = _narrowed(path, folder, mapping=mapping) or _moved(path, folder)
    sync_folder(folder)
    sync_folder(path.parent)
    return target


def anything_held(inbox: Inbox) -> bool:
    """Return whether anything lies there."""
    folder = inbox.folder / HELD
    return folder.is_dir() and any(folder.iterdir())


def overdue(inbox: Inbox, *, before: datetime) -> tuple[Path, ...]:
    """Return what was put aside before that instant, each file before its reason."""
    if not anything_held(inbox):
        return ()
    folder = inbox.folder / HELD
    old = (path for path in folder.iterdir() if path.is_file() and _since(path) < before)
    return tuple(sorted(old, key=lambda path: (path.name.endswith(REASON), path.name)))


def _narrowed(path: Path, folder: Path, *, mapping: SourceMapping) -> Path | None:
    """Write the mapped columns of a file into the folder and destroy the file; None where it cannot be read."""
    half = folder / ".half"
    try:
        with opened_anew(half) as file:
            narrow_file(path, file, mapping=mapping)
            file.flush()
            os.fsync(file.fileno())
    except (BadInput, PermissionError):
        half.unlink()
        return None
    except BaseException:
        half.unlink()
        raise
    target = half.replace(folder / path.name)
    sync_folder(folder)
    destroy([path])
    return target


def _moved(path: Path, folder: Path) -> Path:
    target = path.replace(folder / path.name)
    with suppress(PermissionError):  # another user's file; the folder shuts others out
        target.chmod(0o600)
    return target


def _since(path: Path) -> datetime:
    """Return since when a file is held: since its reason was written, or of its own date where it has none."""
    reason = _reason_of(path)
    told = reason if reason.is_file() else path
    return datetime.fromtimestamp(told.stat().st_mtime, UTC)


def _reason_of(path: Path) -> Path:
    return path.with_name(f"{_shortened(path.name)}{REASON}")


def _shortened(name: str) -> str:
    """Return a name as it is, or the beginning of one that is too long to add to, with a digest to tell it apart."""
    raw = os.fsencode(name)
    if len(raw) <= LONGEST_NAME:
        return name
    return f"{os.fsdecode(raw[: LONGEST_NAME - 17])}-{sha256(raw).hexdigest()[:16]}"
