"""What could not be taken in lies in `held/` of the inbox, beside its reason, for a person to look at; for a term.

Only the mapped columns of it are kept where it can be read at all, and only of rows that have as many fields as the
header. Where it cannot, because a column is called otherwise or the file is damaged, nobody can say which columns those
are: then it lies there as it came.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path

from peelian.city.disk import destroy, opened_anew, sync_folder
from peelian.city.feed.inbox import Inbox
from peelian.city.feed.narrow import Narrowed, narrow_file
from peelian.city.mapping.source import SourceMapping
from peelian.domain.errors import BadInput

HELD = "held"
REASON = ".why.txt"
LONGEST_NAME = 200
"""Bytes of a name that leave room for what is added to it; a file system takes 255."""


def hold(inbox: Inbox, path: Path, *, why: str, mapping: SourceMapping, at: datetime) -> Path:
    """Put a file that was taken over aside with the reason, and return where it lies; its term begins at `at`.

    It lies there under the moment it was written, a digest of what came, and its name: two deliveries of one name lie
    side by side, and who is killed here and tries again finds the same name.
    """
    folder = inbox.folder / HELD
    folder.mkdir(mode=0o700, exist_ok=True)
    target, half = folder / _held_name(path), folder / ".half"
    narrowed = _narrowed(path, half, mapping=mapping)
    _give_reason(target, f"{why}\n{_left_out(narrowed)}", at=at)
    if narrowed is None:
        _move(path, target)
    else:
        half.replace(target)
    sync_folder(folder)
    sync_folder(path.parent)
    destroy([path])
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


def _held_name(path: Path) -> str:
    """Return a name that no other delivery has: when it was written, what came, and what it was called."""
    try:
        with path.open("rb") as file:
            came = file_digest(file, "sha256").hexdigest()
    except PermissionError:  # another user's file: what cannot be read is told apart by its length
        came = f"{path.stat().st_size:016x}"
    return f"{_written(path):%Y%m%dT%H%M%S%f}-{came[:16]}-{_shortened(path.name)}"


def _narrowed(path: Path, half: Path, *, mapping: SourceMapping) -> Narrowed | None:
    """Write the mapped columns of a file to `half`, durably; None where it cannot be read."""
    try:
        with opened_anew(half) as file:
            done = narrow_file(path, file, mapping=mapping)
            file.flush()
            os.fsync(file.fileno())
    except (BadInput, PermissionError):
        half.unlink()
        return None
    except BaseException:
        half.unlink()
        raise
    return done


def _left_out(narrowed: Narrowed | None) -> str:
    if narrowed is None or not narrowed.left_out:
        return ""
    return (
        f"{len(narrowed.left_out):,} rows that have not as many fields as the header (the first is row "
        f"{narrowed.left_out[0].row_number:,}) were left out of what lies here.\n"
    )


def _give_reason(target: Path, reason: str, *, at: datetime) -> None:
    path = _reason_of(target)
    with opened_anew(path) as file:
        file.write(reason.encode())
    os.utime(path, (at.timestamp(), at.timestamp()))


def _move(path: Path, target: Path) -> None:
    path.replace(target)
    with suppress(PermissionError):  # another user's file; the folder shuts others out
        target.chmod(0o600)


def _since(path: Path) -> datetime:
    """Return since when a file is held: since its reason was written, or of its own date where it has none."""
    reason = _reason_of(path)
    return _written(reason if reason.is_file() else path)


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _reason_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{REASON}")


def _shortened(name: str) -> str:
    """Return a name as it is, or the beginning of one that is too long to add to, with a digest to tell it apart."""
    raw = os.fsencode(name)
    if len(raw) <= LONGEST_NAME:
        return name
    return f"{os.fsdecode(raw[: LONGEST_NAME - 17])}-{sha256(raw).hexdigest()[:16]}"
