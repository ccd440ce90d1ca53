"""What cannot be taken in lies beside its reason, for a term, and without what no mapping reads."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

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


def test_what_is_held_lies_beside_its_reason_with_the_mapped_columns_only(inbox: Inbox) -> None:
    held = put_aside(inbox, dropped(inbox))
    assert inbox.waiting(now=NOW) == ()
    assert held.read_bytes().decode() == KEPT
    assert (held.parent / "a.csv.why.txt").read_text() == "'PIRACY' is unknown.\n"
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
        TEXT + "1,2\n",
        TEXT.replace('""no""', '"no"'),
        "time,lon,lat,offence\n",
        b"\xff\xfe\x00",
    ],
)
def test_what_cannot_be_read_lies_there_as_it_came(inbox: Inbox, content: str | bytes) -> None:
    held = put_aside(inbox, dropped(inbox, content))
    assert held.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert not list(held.parent.glob(".*"))


def test_only_the_owner_reads_what_is_held(inbox: Inbox) -> None:
    for name, content in (("a.csv", TEXT), ("b.csv", "no table")):
        held = put_aside(inbox, dropped(inbox, content, name=name))
    assert {path.stat().st_mode & 0o777 for path in held.parent.iterdir()} == {0o600}
    assert held.parent.stat().st_mode & 0o777 == 0o700


def test_the_longest_name_a_file_can_have_is_held_beside_its_reason(inbox: Inbox) -> None:
    names = ["x" * 254 + end for end in "ab"]
    for name in names:
        hold(inbox, dropped(inbox, name=name), why=f"It ends in {name[-1]}.", mapping=DRAWN, at=NOW)
    there = {path.name for path in (inbox.folder / "held").iterdir()}
    assert there > set(names)
    reasons = [inbox.folder / "held" / name for name in there - set(names)]
    assert sorted(path.read_text() for path in reasons) == ["It ends in a.\n", "It ends in b.\n"]


def test_the_term_begins_when_a_file_is_put_aside_whatever_its_own_date_says(inbox: Inbox) -> None:
    for name, content in (("whole.csv", TEXT), ("as it came.csv", "no table")):
        path = dropped(inbox, content, name=name)
        os.utime(path, (0, 0))
        put_aside(inbox, path)
    assert overdue(inbox, before=NOW) == ()
    late = [path.name for path in overdue(inbox, before=NOW + timedelta(seconds=1))]
    assert late == ["as it came.csv", "whole.csv", "as it came.csv.why.txt", "whole.csv.why.txt"]
