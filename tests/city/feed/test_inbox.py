"""The inbox: what can be seen is whole, what cannot be taken in is put aside with its reason."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from peelian.city.feed.inbox import Inbox
from peelian.domain.errors import BadInput

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def dropped(folder: Path, name: str, *, age_s: float) -> Path:
    path = folder / name
    path.write_text("x", encoding="utf-8")
    at = NOW.timestamp() - age_s
    os.utime(path, (at, at))
    return path


def names(inbox: Inbox) -> list[str]:
    return [path.name for path in inbox.waiting(now=NOW)]


@pytest.mark.parametrize(
    ("name", "age_s", "counts"),
    [
        ("a.csv", 5, True),
        ("a.csv", 4, False),  # may still be written
        ("a.csv.part", 60, False),
        ("a.csv.filepart", 60, False),
        (".a.csv", 60, False),
        ("a.csv", -3600, True),  # a clock that is ahead must not block the feed
    ],
)
def test_a_file_counts_once_it_has_lain_still(tmp_path: Path, name: str, age_s: float, counts: bool) -> None:
    dropped(tmp_path, name, age_s=age_s)
    assert names(Inbox(tmp_path)) == ([name] if counts else [])


def test_files_are_taken_by_their_names_and_folders_are_none(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv"):
        dropped(tmp_path, name, age_s=9)
    (tmp_path / "held").mkdir()
    assert names(Inbox(tmp_path)) == ["a.csv", "b.csv"]


def test_what_was_taken_over_comes_first_and_its_name_is_free_again(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    over = inbox.take_over(dropped(tmp_path, "b.csv", age_s=9))
    dropped(tmp_path, "a.csv", age_s=9)
    dropped(tmp_path, "b.csv", age_s=9).write_text("another")
    os.utime(tmp_path / "b.csv", (0, 0))
    assert names(inbox) == ["b.csv", "a.csv", "b.csv"]
    assert inbox.waiting(now=NOW)[0] == over == inbox.take_over(over)
    inbox.remove(over)
    assert names(inbox) == ["a.csv", "b.csv"]
    assert (tmp_path / "b.csv").read_text() == "another"


def test_a_link_is_taken_over_wherever_it_was_told_from(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    inbox.folder.mkdir()
    (tmp_path / "own.csv").write_text("his own")
    link = inbox.folder / "linked.csv"
    link.symlink_to("../own.csv")
    over = inbox.take_over(link)
    assert over.read_text() == "his own"
    inbox.remove(over)
    assert (tmp_path / "own.csv").read_text() == "his own"


def test_what_was_taken_back_is_not_taken_over(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Inbox(tmp_path).take_over(tmp_path / "gone.csv")


def test_only_the_owner_reads_what_is_put(tmp_path: Path) -> None:
    assert Inbox(tmp_path).put("b.csv", b"x").stat().st_mode & 0o777 == 0o600


def test_what_was_taken_in_is_written_over_but_not_what_another_name_still_means(tmp_path: Path) -> None:
    """A link that somebody dropped, and a file that has a name elsewhere, are not the inbox's to write over."""
    inbox, elsewhere = Inbox(tmp_path / "inbox"), tmp_path / "own.csv"
    inbox.folder.mkdir()
    elsewhere.write_text("his own")
    (inbox.folder / "linked.csv").symlink_to(elsewhere)
    (inbox.folder / "hard.csv").hardlink_to(elsewhere)
    mine = dropped(inbox.folder, "mine.csv", age_s=9)
    with mine.open() as still_open:
        for path in inbox.waiting(now=NOW):
            inbox.remove(path)
        assert still_open.read() == "\0"
    assert list(inbox.folder.iterdir()) == []
    assert elsewhere.read_text() == "his own"


@pytest.mark.parametrize("name", ["../a.csv", "b/a.csv", ".a.csv", "/etc/a.csv"])
def test_a_delivery_has_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="no plain file name"):
        Inbox(tmp_path).put(name, b"x")


def test_an_inbox_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no inbox at"):
        Inbox(tmp_path / "absent").waiting(now=NOW)


WRITER = """
import sys
from pathlib import Path
from peelian.city.feed.inbox import Inbox
inbox, number = Inbox(Path(sys.argv[1])), 0
while True:
    inbox.put(f"{number:06d}.csv", b"%d" % number * 200_000)
    print(number, flush=True)
    number += 1
"""


@pytest.mark.fault
def test_a_writer_that_is_killed_leaves_whole_files_only(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
    inbox = Inbox(tmp_path, settle=timedelta(0))
    there = inbox.waiting(now=datetime.now(UTC))
    assert {path.name for path in there} >= {f"{number:06d}.csv" for number in acknowledged}
    for path in there:
        assert path.read_bytes() == str(int(path.stem)).encode() * 200_000
