"""A hash is remembered only for a file that lies as it lay then; whoever touches the file makes it read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from peelian.storage import hashes
from peelian.storage.hashes import PartHashes

CONTENT, OTHER = b"a part of the warehouse", b"another part, as long!!"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the files that were read to their end since, each time."""
    read: list[Path] = []
    original = hashes.sha256_of

    def noting(path: Path) -> str:
        read.append(path)
        return original(path)

    monkeypatch.setattr(hashes, "sha256_of", noting)
    return read


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a file that counts as having lain still since it was written."""
    monkeypatch.setattr(hashes, "SETTLED_NS", -1)
    path = tmp_path / "part.parquet"
    path.write_bytes(CONTENT)
    return path


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_an_untouched_file_is_read_once(still: Path, reads: list[Path]) -> None:
    known = PartHashes()
    assert [known.sha256(still) for _ in range(3)] == [digest(CONTENT)] * 3
    assert reads == [still]
    assert PartHashes().sha256(still) == digest(CONTENT)
    assert len(reads) == 2, "another house remembers nothing of it"


def _in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(OTHER)


def _replaced(path: Path) -> None:
    other = path.with_suffix(".other")
    other.write_bytes(OTHER)
    other.replace(path)


@pytest.mark.parametrize("change", [_in_place, _replaced])
def test_a_changed_file_is_read_again_though_size_and_time_were_put_back(
    still: Path, change: Callable[[Path], None]
) -> None:
    known, before = PartHashes(), still.stat()
    known.sha256(still)
    while still.stat().st_ctime_ns == before.st_ctime_ns:  # within one tick of the file system's clock
        change(still)
        os.utime(still, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = still.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert known.sha256(still) == digest(OTHER)


def test_a_file_that_was_written_just_now_is_not_remembered_yet(tmp_path: Path, reads: list[Path]) -> None:
    path, known = tmp_path / "part.parquet", PartHashes()
    path.write_bytes(CONTENT)
    known.sha256(path)
    known.sha256(path)
    assert reads == [path, path]


def test_a_file_that_is_gone_has_no_hash(still: Path) -> None:
    known = PartHashes()
    known.sha256(still)
    still.unlink()
    assert known.sha256(still) is None
