"""Asking a foreign database: each change once, late commits too, and the cursor never ahead of the inbox."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, DateTime, String, column, create_engine, insert, table, text

from peelian.city.feed.inbox import Inbox
from peelian.city.feed.poll import CURSOR, Asking, DatabaseFeed, Polled, asked_of, poll
from peelian.domain.errors import BadInput

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BEGIN = datetime(2026, 3, 2, 8, 0)  # noqa: DTZ001  # the foreign database tells no zone
CALLS = table("calls", column("id", String), column("kind", String), column("changed", DateTime))
FEED = DatabaseFeed("calls", changed="changed", key="id", overlap=timedelta(minutes=10), batch_rows=3)


class Cad:
    """A dispatch system that shows a table, and the inbox its changes go to."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'cad.db'}"
        self.zone, self.now, self.lost = "UTC", NOW, False
        self.inbox = Inbox(folder / "inbox", settle=timedelta(0))
        self.inbox.folder.mkdir()
        with self._begin() as connection:
            connection.execute(
                text("CREATE TABLE calls (id TEXT PRIMARY KEY, kind TEXT, caller TEXT, changed DATETIME)")
            )

    def _begin(self):
        return create_engine(self.url).begin()

    def writes(self, *rows: tuple[str, str, float]) -> None:
        """Write calls as (id, kind, minute of change)."""
        with self._begin() as connection:
            for name, kind, minute in rows:
                _upsert(connection, name, kind, BEGIN + timedelta(minutes=minute))

    def polled(self, *, times: int = 1) -> list[tuple[str, str]]:
        """Ask `times` times and return the rows of the batches that came."""
        batches = [self.ask() for _ in range(times)]
        return [row for each in batches if each.batch for row in rows_of(each.batch)]

    def ask(self, *, columns: Sequence[str] = ("id", "kind")) -> Polled:
        asking = Asking(self.url, "cad", tuple(columns), self.zone, self.now, b"k" * 32, "1-ab", self.lost)
        return poll(asking, FEED, inbox=self.inbox)

    def cursor(self) -> dict[str, object]:
        return json.loads((self.inbox.folder / CURSOR).read_text())


def _upsert(connection: Connection, name: str, kind: str, changed: datetime) -> None:
    connection.execute(text("DELETE FROM calls WHERE id = :id"), {"id": name})
    connection.execute(insert(CALLS), {"id": name, "kind": kind, "changed": changed})


def rows_of(batch: Path) -> list[tuple[str, str]]:
    with batch.open(newline="", encoding="utf-8") as file:
        return [(row["id"], row["kind"]) for row in csv.DictReader(file)]


@pytest.fixture
def cad(tmp_path: Path) -> Cad:
    return Cad(tmp_path)


def test_each_change_comes_once_and_nothing_comes_when_nothing_changed(cad: Cad) -> None:
    cad.writes(("A", "alarm", 1), ("B", "theft", 2))
    assert cad.polled() == [("A", "alarm"), ("B", "theft")]
    assert cad.polled() == []
    cad.writes(("A", "burglary", 3))
    assert cad.polled() == [("A", "burglary")]


def test_a_batch_is_as_long_as_it_may_be_and_the_next_goes_on_from_there(cad: Cad) -> None:
    cad.writes(*((f"C{number}", "theft", 5) for number in range(8)))  # all in one moment
    assert [len(cad.polled()) for _ in range(4)] == [3, 3, 2, 0]


def test_a_change_that_commits_late_is_found_if_it_lies_within_the_overlap(cad: Cad) -> None:
    cad.writes(("A", "alarm", 20))
    assert cad.polled() == [("A", "alarm")]
    cad.writes(("late", "theft", 11), ("too late", "theft", 9))
    assert cad.polled() == [("late", "theft")]
    assert cad.polled() == []


def test_only_mapped_columns_are_asked_for(cad: Cad) -> None:
    cad.writes(("A", "alarm", 1))
    batch = cad.ask().batch
    assert batch is not None
    assert batch.read_text().splitlines()[0] == "id,kind"


@pytest.mark.fault
def test_the_cursor_moves_only_when_the_batch_lies_in_the_inbox(
    cad: Cad, monkeypatch: pytest.MonkeyPatch
) -> None:
    cad.writes(("A", "alarm", 1))
    original = Inbox.write

    def full(self: Inbox, name: str, content: bytes) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Inbox, "write", full)
    with pytest.raises(OSError, match="No space"):
        cad.ask()
    monkeypatch.setattr(Inbox, "write", original)
    assert cad.polled() == [("A", "alarm")]


@pytest.mark.fault
def test_a_crash_between_batch_and_cursor_asks_again(cad: Cad, monkeypatch: pytest.MonkeyPatch) -> None:
    cad.writes(("A", "alarm", 1))
    original = Inbox.write

    def dies_at_the_cursor(self: Inbox, name: str, content: bytes) -> Path:
        if name.startswith("."):
            raise KeyboardInterrupt
        return original(self, name, content)

    monkeypatch.setattr(Inbox, "write", dies_at_the_cursor)
    with pytest.raises(KeyboardInterrupt):
        cad.ask()
    monkeypatch.setattr(Inbox, "write", original)
    assert cad.polled() == [("A", "alarm")]  # twice, never not at all; loading it again adds nothing


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ALTER TABLE calls RENAME COLUMN kind TO nature", "no column 'kind'"),
        ("DROP TABLE calls", "no table 'calls'"),
    ],
)
def test_a_table_that_changed_is_said_in_a_sentence(cad: Cad, change: str, told: str) -> None:
    with cad._begin() as connection:
        connection.execute(text(change))
    with pytest.raises(BadInput, match=told):
        cad.ask()


def test_an_address_is_never_repeated(cad: Cad) -> None:
    cad.url = "sqlite:////absent/secret-password/cad.db"
    with pytest.raises(BadInput, match="did not answer") as refused:
        cad.ask()
    assert "secret-password" not in str(refused.value)
    cad.url = "gopher://secret-password"
    with pytest.raises(BadInput, match="none that SQLAlchemy understands") as refused:
        cad.ask()
    assert "secret-password" not in str(refused.value)


def test_a_change_in_the_future_is_taken_once_and_told_of_and_ends_nothing(cad: Cad) -> None:
    cad.writes(("A", "alarm", 1), ("wrong clock", "theft", 60 * 24 * 365 * 70))
    first = cad.ask()
    assert first.batch is not None
    assert rows_of(first.batch) == [("A", "alarm"), ("wrong clock", "theft")]
    assert first.notes == ("1 rows of cad say that they change later than now; they were taken.",)
    assert cad.cursor()["changed"] == "2026-03-02T08:01:00"
    cad.writes(("B", "theft", 2))
    second = cad.ask()
    assert second.batch is not None
    assert (rows_of(second.batch), second.notes) == ([("B", "theft")], ())


def test_more_changes_in_the_future_than_a_batch_holds_are_all_taken_and_nothing_waits_for_them(
    cad: Cad,
) -> None:
    cad.writes(*((f"ahead {number}", "theft", 999_999) for number in range(2 * FEED.batch_rows + 1)))
    assert [len(cad.polled()) for _ in range(4)] == [3, 3, 1, 0]
    cad.writes(("A", "alarm", 1), ("B", "alarm", 2))
    assert cad.polled(times=2) == [("A", "alarm"), ("B", "alarm")]


def test_a_cursor_that_an_earlier_version_left_in_the_future_begins_anew(cad: Cad) -> None:
    cad.writes(("A", "alarm", 1))
    cad.inbox.write(CURSOR, b'{"changed": "2099-01-01T00:00:00", "key": "Z", "seen": {}}')
    told = cad.ask()
    assert told.rows == 1
    assert "lay in the future" in told.notes[0]


def test_a_cursor_of_loads_that_the_ledger_lost_begins_anew_and_says_so_once(cad: Cad) -> None:
    cad.writes(("A", "alarm", 1))
    assert cad.polled(times=2) == [("A", "alarm")]
    cad.lost = True
    told = cad.ask()
    assert told.rows == 1
    assert "as after a restore from a backup; the database is asked for everything" in told.notes[0]
    assert cad.cursor()["head"] == "1-ab"


def test_a_cursor_that_names_no_head_goes_on_from_the_present_one(cad: Cad) -> None:
    cad.writes(("A", "alarm", 1))
    cad.inbox.write(CURSOR, b'{"changed": "2026-03-02T08:01:00", "key": "A", "seen": {}}')
    cad.ask()
    assert cad.cursor()["head"] == "1-ab"


def test_a_time_without_a_zone_is_of_the_zone_of_the_mapping(cad: Cad) -> None:
    """Two hours after BEGIN is past in a zone that is ahead of UTC, and future in UTC, where it is 09:00."""
    cad.writes(("A", "alarm", 120))
    cad.zone = "Europe/Helsinki"
    assert cad.ask().notes == ()


def test_rows_without_a_time_of_change_are_counted_and_told_of_once(cad: Cad) -> None:
    with cad._begin() as connection:
        connection.execute(text("INSERT INTO calls VALUES ('N', 'theft', 'x', NULL)"))
    cad.writes(("A", "alarm", 1))
    told = cad.ask()
    assert (told.rows, len(told.notes)) == (1, 1)
    assert "1 rows of cad have no time of change" in told.notes[0]
    assert cad.ask().notes == ()


def test_nobody_can_try_rows_out_on_the_cursor(cad: Cad) -> None:
    """The digests are made with a key: with another one every row of the overlap looks new."""
    cad.writes(("A", "alarm", 1))
    assert cad.polled() == [("A", "alarm")]
    asking = Asking(cad.url, "cad", ("id", "kind"), "UTC", NOW, b"j" * 32, "1-ab")
    assert poll(asking, FEED, inbox=cad.inbox).rows == 1


def test_only_the_owner_reads_what_was_brought(cad: Cad) -> None:
    cad.writes(("A", "alarm", 1))
    cad.ask()
    assert {path.stat().st_mode & 0o777 for path in cad.inbox.folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://ann:p@ss/w0rd@host/db", "postgresql, table calls"),
        ("no address", "a database, table calls"),
    ],
)
def test_the_ledger_is_told_the_kind_of_database_and_the_table_only(url: str, told: str) -> None:
    assert asked_of(url, FEED) == told


CHANGES = st.lists(
    st.tuples(st.sampled_from("ABCDE"), st.sampled_from(["theft", "alarm"]), st.integers(0, 40)), max_size=12
)


@given(rounds=st.lists(CHANGES, min_size=1, max_size=5))
def test_whoever_asks_until_nothing_comes_knows_every_row_as_it_stands(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, str, int]]]
) -> None:
    """Changes are written in the order of their times, as transactions of one clock are; none is missed."""
    cad, known, minute = Cad(tmp_path_factory.mktemp("cad")), {}, 0
    for changes in rounds:
        for name, kind, step in changes:
            minute += step % 7
            cad.writes((name, kind, minute))
        known |= dict(cad.polled(times=6))
    with cad._begin() as connection:
        stands = dict(tuple(row) for row in connection.execute(text("SELECT id, kind FROM calls")))
    assert known == stands
