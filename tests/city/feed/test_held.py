"""What cannot be taken in lies beside its reason, for a term, and without what no mapping reads."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from peelian.city.feed.held import hold, overdue
from peelian.city.feed.inbox import Inbox
from peelian.city.mapping.source import SourceMapping
from tests.city.drawn import DRAWN

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEXT = """\
caller,time,lon,lat,offence,told
Mary Ann Nichols,2024-01-02 10:00:00,-87.6,41.9,PIRACY,"a man said ""no"",
and left"
"""
KEPT = "time,lon,lat,offence\r\n2024-01-02 10:00:00,-87.6,41.9,PIRACY\r\n"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def dropped(inbox: Inbox, content: str | bytes = TEXT, *, name: str = "a.csv") -> Path:
    path = inbox.folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def put_aside(inbox: Inbox, path: Path, *, mapping: SourceMapping = DRAWN, at: datetime = NOW) -> Path:
    return hold(inbox, path, why="'PIRACY' is unknown.", mapping=mapping, at=at)


def reason_of(held: Path) -> str:
    return held.with_name(f"{held.name}.why.txt").read_text()


def test_what_is_held_lies_beside_its_reason_with_the_mapped_columns_only(inbox: Inbox) -> None:
    held = put_aside(inbox, dropped(inbox))
    assert inbox.waiting(now=NOW) == ()
    assert held.read_bytes().decode() == KEPT
    assert held.name.endswith("-a.csv")
    assert reason_of(held) == "'PIRACY' is unknown.\n"
    assert b"Nichols" not in b"".join(path.read_bytes() for path in inbox.folder.rglob("*") if path.is_file())


def test_what_came_is_written_over(inbox: Inbox) -> None:
    path = dropped(inbox)
    with path.open("rb") as still_open:
        put_aside(inbox, path)
        assert still_open.read() == bytes(len(TEXT))


def test_letters_are_written_as_the_mapping_reads_them(inbox: Inbox) -> None:
    latin = replace(DRAWN, encoding="latin-1")
    held = put_aside(
        inbox, dropped(inbox, TEXT.replace("PIRACY", "Überfall").encode("latin-1")), mapping=latin
    )
    assert held.read_bytes() == KEPT.replace("PIRACY", "Überfall").encode("latin-1")


def test_parquet_stays_parquet(inbox: Inbox) -> None:
    table = pa.csv.read_csv(
        pa.BufferReader(TEXT.encode()), parse_options=pa.csv.ParseOptions(newlines_in_values=True)
    )
    path = dropped(inbox, b"", name="a.parquet")
    pq.write_table(table, path)
    written = pq.read_table(path)
    held = put_aside(inbox, path, mapping=replace(DRAWN, format="parquet"))
    assert pq.read_table(held).equals(written.select(["time", "lon", "lat", "offence"]))


@pytest.mark.parametrize(
    "content",
    [
        TEXT.replace("offence", "offense"),  # nobody can say which column that is
        TEXT.replace('""no""', '"no"'),
        TEXT + "1,2",  # half a file
        b"\xff\xfe\x00",
    ],
)
def test_what_cannot_be_read_lies_there_as_it_came(inbox: Inbox, content: str | bytes) -> None:
    held = put_aside(inbox, dropped(inbox, content))
    assert held.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert not list(held.parent.glob(".*"))


@pytest.mark.parametrize(
    ("content", "kept", "told"),
    [
        (
            TEXT + "Annie Chapman,2\n",
            KEPT,
            "1 rows that have not as many fields as the header (the first is row 2)",
        ),
        (
            TEXT.replace("caller,", "") + "Annie Chapman,2,3\n",  # a header that lacks a column
            KEPT.partition("\n")[0] + "\n",
            "2 rows that have not as many fields as the header (the first is row 1)",
        ),
        (TEXT.partition("\n")[0] + "\n", KEPT.partition("\n")[0] + "\n", ""),
    ],
)
def test_rows_of_another_length_than_the_header_are_left_out_and_counted(
    inbox: Inbox, content: str, kept: str, told: str
) -> None:
    """One short row must not have the names of all callers lie there."""
    held = put_aside(inbox, dropped(inbox, content))
    assert held.read_bytes().decode() == kept
    left_out = f"{told} were left out of what lies here.\n" if told else ""
    assert reason_of(held) == f"'PIRACY' is unknown.\n{left_out}"


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("offence", "offense")])
def test_deliveries_of_one_name_lie_side_by_side_each_with_its_own_reason(inbox: Inbox, text: str) -> None:
    held = []
    for day in ("02", "03"):
        path = dropped(inbox, text.replace("2024-01-02", f"2024-01-{day}"), name="calls.csv")
        os.utime(path, (0, 0))
        held.append(hold(inbox, path, why=f"It is of the {day}.", mapping=DRAWN, at=NOW))
    for path, day in zip(held, ("02", "03"), strict=True):
        assert f"2024-01-{day}" in path.read_text()
        assert reason_of(path) == f"It is of the {day}.\n"
    assert len(list(held[0].parent.iterdir())) == 4


def test_what_we_may_not_read_is_put_aside_too(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    path, opened = dropped(inbox), Path.open

    def forbidden(self: Path, *told: Any, **named: Any) -> Any:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *told, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", forbidden)
        held = put_aside(inbox, path)
    assert held.read_text() == TEXT


def test_a_delivery_that_is_called_like_a_reason_is_none(inbox: Inbox) -> None:
    for name in ("a.csv", "a.csv.why.txt"):
        held = put_aside(inbox, dropped(inbox, name=name))
        assert held.read_bytes().decode() == KEPT
    assert len(list(held.parent.iterdir())) == 4


@pytest.mark.fault
@pytest.mark.parametrize("step", ["_give_reason", "_move", "sync_folder", "destroy"])
@pytest.mark.parametrize("text", [TEXT, "no table"])
def test_who_is_killed_while_putting_aside_and_tries_again_leaves_one_file_and_one_reason(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, step: str, text: str
) -> None:
    path = dropped(inbox, text)

    def killed(*told: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(f"peelian.city.feed.held.{step}", killed)
        put_aside(inbox, path)
    if path.exists():
        put_aside(inbox, path, at=NOW + timedelta(minutes=1))
    assert not path.exists()
    (held,) = (each for each in (inbox.folder / "held").iterdir() if not each.name.endswith(".why.txt"))
    assert held.read_bytes().decode() == (KEPT if text == TEXT else text)
    assert reason_of(held) == "'PIRACY' is unknown.\n"


def test_only_the_owner_reads_what_is_held(inbox: Inbox) -> None:
    for name, content in (("a.csv", TEXT), ("b.csv", "no table")):
        held = put_aside(inbox, dropped(inbox, content, name=name))
    assert {path.stat().st_mode & 0o777 for path in held.parent.iterdir()} == {0o600}
    assert held.parent.stat().st_mode & 0o777 == 0o700


def test_the_longest_name_a_file_can_have_is_held_beside_its_reason(inbox: Inbox) -> None:
    for end in "ab":
        path = dropped(inbox, name="x" * 254 + end)
        os.utime(path, (0, 0))
        held = hold(inbox, path, why=f"It ends in {end}.", mapping=DRAWN, at=NOW)
        assert "-xxx" in held.name
        assert reason_of(held) == f"It ends in {end}.\n"
    assert len(list(held.parent.iterdir())) == 4


def test_the_term_begins_when_a_file_is_put_aside_whatever_its_own_date_says(inbox: Inbox) -> None:
    for name, content in (("whole.csv", TEXT), ("as it came.csv", "no table")):
        path = dropped(inbox, content, name=name)
        os.utime(path, (0, 0))
        put_aside(inbox, path)
    assert overdue(inbox, before=NOW) == ()
    late = [path.name for path in overdue(inbox, before=NOW + timedelta(seconds=1))]
    assert [name.endswith(".why.txt") for name in late] == [False, False, True, True]
    assert late[2:] == [f"{name}.why.txt" for name in late[:2]]
