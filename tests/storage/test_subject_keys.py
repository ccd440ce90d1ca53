"""The keys of subjects: durable, found by name, and gone from every byte of their file once destroyed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from peelian.domain.errors import BadInput, PeelianError
from peelian.storage.subject_keys import FILE, SubjectKeys, copied
from tests.governance.residue import residue


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE


def filled(path: Path, *, subjects: int) -> dict[str, bytes]:
    """Add subjects `s0`, `s1`, ... of one shared name and one of their own, and return their keys."""
    made = {f"s{number}": os.urandom(32) for number in range(subjects)}
    with closing(SubjectKeys(path)) as keys:
        for subject, key in made.items():
            keys.add(subject, key=key, names=[b"shared" * 6, subject.encode() * 16])
    return made


def test_what_was_added_is_found_again_and_only_by_its_owner(path: Path) -> None:
    made = filled(path, subjects=3)
    with closing(SubjectKeys(path)) as keys:
        assert {subject: keys.key(subject) for subject in keys.subjects()} == made
        assert keys.named(b"shared" * 6) == ("s0", "s1", "s2")
        assert keys.named(b"s1" * 16) == ("s1",)
        assert set(keys.names("s2")) == {b"shared" * 6, b"s2" * 16}
        assert (keys.key("s9"), keys.named(b"?"), keys.names("s9")) == (None, (), ())
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        SubjectKeys(path)


def test_the_same_subject_is_added_once_and_nothing_of_the_second_is_kept(path: Path) -> None:
    made = filled(path, subjects=1)
    with closing(SubjectKeys(path)) as keys:
        with pytest.raises(PeelianError, match="nothing is half-written"):
            keys.add("s0", key=b"x" * 32, names=[b"other" * 6])
        assert keys.key("s0") == made["s0"]
        assert keys.named(b"other" * 6) == ()


@pytest.mark.requirement("R03")
def test_destroyed_keys_are_in_no_file_and_the_others_stay(path: Path) -> None:
    made = filled(path, subjects=250)
    gone = {subject for number, subject in enumerate(made) if number % 2}
    with closing(SubjectKeys(path)) as keys:
        keys.destroy(gone)
        keys.destroy(gone)
        left = {thing for _, thing in residue(path.parent, [*made.values()])}
        assert left == {str(made[subject]) for subject in made.keys() - gone}
        assert keys.subjects() == made.keys() - gone
        assert residue(path.parent, [subject.encode() * 16 for subject in gone]) == []


def test_a_copy_holds_what_is_not_yet_in_the_file_itself(path: Path, tmp_path: Path) -> None:
    assert copied(path) == b""
    with closing(SubjectKeys(path)) as keys:
        keys.add("s0", key=b"k" * 32, names=[b"n" * 32])
        (tmp_path / "copy.db").write_bytes(copied(path))
    (tmp_path / "copy.db").chmod(0o600)
    with closing(SubjectKeys(tmp_path / "copy.db")) as keys:
        assert keys.key("s0") == b"k" * 32


def test_another_layout_is_refused(path: Path) -> None:
    filled(path, subjects=1)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(BadInput, match="layout 9"):
        SubjectKeys(path)
