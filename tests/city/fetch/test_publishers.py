"""The contract of every kind of publisher: whatever the network does, the rows that arrive are the rows published."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.city.fetch.client import Secret
from peelian.city.fetch.outcome import NotModified, watermark_from_document
from peelian.city.intake.read import read
from peelian.city.mapping.source import Columns
from peelian.domain.errors import BadInput, Busy, PeelianError
from tests.city.drawn import DRAWN
from tests.city.fetch.caller import Caller, rows_of
from tests.city.fetch.publishers.arcgis import Arcgis, OldArcgis
from tests.city.fetch.publishers.ckan import Ckan
from tests.city.fetch.publishers.file import CsvFile, whole
from tests.city.fetch.publishers.office import (
    PERSON,
    Office,
    again,
    cut,
    open_office,
    renamed,
    retyped,
    status,
)
from tests.city.fetch.publishers.police_uk import PoliceUk
from tests.city.fetch.publishers.socrata import Socrata

OFFICES = (Socrata, Arcgis, OldArcgis, Ckan, PoliceUk, CsvFile)
COUNTING = tuple(kind for kind in OFFICES if kind.counts)
TYPED = tuple(kind for kind in OFFICES if kind.typed)


@pytest.fixture(params=OFFICES, ids=lambda kind: kind.__name__)
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with open_office(request.param()) as opened:
        yield opened


@pytest.fixture(params=COUNTING, ids=lambda kind: kind.__name__)
def counting(request: pytest.FixtureRequest) -> Iterator[Office]:
    with open_office(request.param()) as opened:
        yield opened


@pytest.fixture(params=TYPED, ids=lambda kind: kind.__name__)
def typed(request: pytest.FixtureRequest) -> Iterator[Office]:
    with open_office(request.param()) as opened:
        yield opened


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    return Caller(tmp_path / "chicago")


def sentence(caller: Caller, office: Office) -> str:
    with pytest.raises(BadInput) as error:
        caller.ask(office)
    assert str(error.value).count("\n") == 0
    return str(error.value)


def test_three_pages_arrive_as_one_file_of_text(office: Office, caller: Caller) -> None:
    done = caller.fetch(office)
    assert rows_of(done) == office.expected()
    assert (done.rows, done.pages, len(done.page_sha256)) == (12, 3, 3)
    assert done.published_rows == (12 if office.counts else None)
    assert pq.read_schema(done.path) == pa.schema([(name, pa.string()) for name in office.columns])
    assert done.sha256 == hashlib.sha256(done.path.read_bytes()).hexdigest()
    assert done.notes == ()
    assert sorted(path.name for path in caller.folder.iterdir()) == ["delivery.parquet", "lock"]


@pytest.mark.fault
@pytest.mark.parametrize(
    "fault",
    [status(500), status(429), status(429, Retry_After="7"), cut],
    ids=["500", "429", "429-after", "cut"],
)
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_fault_at_any_page_costs_nothing_but_time(
    office: Office, caller: Caller, fault: object, at: int
) -> None:
    office.faults[at] = fault  # type: ignore[assignment]
    done = caller.fetch(office)
    assert rows_of(done) == office.expected()
    assert (done.rows, done.pages) == (12, 3)
    assert [note for note in done.notes if note.startswith(f"page {at}: asked again after ")] == list(
        done.notes
    )
    assert len(done.notes) == 1


@pytest.mark.fault
def test_everything_that_can_happen_happens_in_one_fetch(office: Office, caller: Caller) -> None:
    faults = [status(500), status(429, Retry_After="3"), cut, whole if isinstance(office, CsvFile) else again]
    office.faults = {1: faults[0], 3: faults[1], 5: faults[2], 7: faults[3]}
    done = caller.fetch(office)
    assert rows_of(done) == office.expected()
    assert len(done.notes) >= 3


def test_the_publisher_is_not_hurried(office: Office, caller: Caller) -> None:
    office.faults[2] = status(429, Retry_After="42")
    begun = caller.clock.now()
    caller.fetch(office)
    assert (caller.clock.now() - begun).total_seconds() >= 42


def test_a_publisher_that_asks_for_an_hour_gets_it_from_the_next_fetch(
    office: Office, caller: Caller
) -> None:
    office.faults[2] = status(503 if not isinstance(office, PoliceUk) else 429, Retry_After="3600")
    with pytest.raises(PeelianError, match=r"asks to be left alone for 3,600 s") as error:
        caller.ask(office)
    assert not isinstance(error.value, BadInput)
    done = caller.fetch(office)
    assert rows_of(done) == office.expected()
    assert "went on after the 1 pages of an earlier fetch that was cut" in done.notes


@pytest.mark.fault
def test_a_publisher_that_is_down_is_given_up_and_gone_back_to(office: Office, caller: Caller) -> None:
    office.faults = dict.fromkeys(range(3, 9), status(502))
    with pytest.raises(PeelianError, match="6 attempts ended in HTTP 502; what is already in is kept"):
        caller.ask(office)
    before = list(office.pages_asked)
    done = caller.fetch(office)
    assert rows_of(done) == office.expected()
    finished = set(before[:2])
    assert not finished & set(office.pages_asked[len(before) :])


def test_a_page_that_comes_twice_is_taken_once(office: Office, caller: Caller) -> None:
    office.faults[2] = whole if isinstance(office, CsvFile) else again
    done = caller.fetch(office)
    assert rows_of(done) == office.expected()
    assert any(note.startswith("page 2: ") for note in done.notes)


def test_a_page_that_comes_for_ever_stops_the_fetch(counting: Office, caller: Caller) -> None:
    counting.faults = dict.fromkeys(range(2, 99), again)
    rows = 5 if isinstance(counting, OldArcgis) else 4
    told = sentence(caller, counting)
    assert ", page 2: the publisher delivers rows that are already in over and over" in told
    assert f"no more than {rows} of 12 rows can be had; nothing was kept" in told
    assert not (caller.folder / "delivery.parquet").exists()
    counting.faults = {}
    assert rows_of(caller.fetch(counting)) == counting.expected()


@pytest.mark.parametrize("wrong", [-1, 1])
def test_rows_that_do_not_reconcile_stop_the_fetch(counting: Office, caller: Caller, wrong: int) -> None:
    counting.miscount = wrong
    told = sentence(caller, counting)
    assert (
        f"after the last page: the publisher counts {12 + wrong} rows, but 12 came; nothing was kept" in told
    )
    assert not list(caller.folder.glob("page-*"))


def test_a_count_that_moves_is_a_note(counting: Office, caller: Caller) -> None:
    def one_more(office: Office, asked: object, true: object) -> object:
        office.rows.append(replace(office.rows[-1], number=200))
        return true()  # type: ignore[operator]

    counting.faults[2] = one_more  # type: ignore[assignment]
    done = caller.fetch(counting)
    assert rows_of(done) == counting.expected()
    assert "the publisher counted 12 rows before and 13 after; 13 came" in done.notes


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_renamed_column_stops_the_fetch(office: Office, caller: Caller, at: int) -> None:
    office.faults[at] = renamed
    told = sentence(caller, office)
    assert f"the column {office.offence!r}, which the mapping names, is not there" in told
    assert f"the nearest is '{office.offence}_desc'" in told
    assert f", page {1 if isinstance(office, CsvFile) else at}: " in told
    assert not (caller.folder / "delivery.parquet").exists()


def test_a_column_renamed_before_the_fetch_stops_it(office: Office, caller: Caller) -> None:
    office.rename()
    assert f"the nearest is '{office.offence}_desc'" in sentence(caller, office)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_column_that_changed_its_type_stops_the_fetch(typed: Office, caller: Caller, at: int) -> None:
    typed.faults[at] = retyped
    assert f", page {at}: the column {typed.offence!r} holds an object" in sentence(caller, typed)


def test_the_delivery_is_read_by_the_load(office: Office, caller: Caller) -> None:
    key, start, x, y, offence = office.columns
    roles = Columns(occurred_start=start, x=x, y=y, offence=offence, key=key)
    raw = read(caller.fetch(office).path, mapping=replace(DRAWN, format="parquet", columns=roles))
    assert raw.rows == 12
    assert set(raw.table.column_names) == set(office.columns)


def test_nothing_that_nobody_mapped_is_ever_on_the_disk(office: Office, caller: Caller) -> None:
    office.faults = dict.fromkeys(range(3, 9), status(502))
    with pytest.raises(PeelianError):
        caller.ask(office)
    kept = [path for path in caller.folder.rglob("*") if path.is_file()]
    assert any(path.name.startswith("page-") for path in kept)
    done = caller.fetch(office)
    for path in (*kept, done.path):
        if path.suffix == ".parquet" and path.exists():
            assert PERSON not in str(pq.read_table(path).to_pydict())
            assert set(pq.read_schema(path).names) <= {*office.columns, ":key"}


def test_the_folder_is_for_its_owner_alone(office: Office, caller: Caller) -> None:
    done = caller.fetch(office)
    assert caller.folder.stat().st_mode & 0o777 == 0o700
    assert done.path.stat().st_mode & 0o777 == 0o600


def test_nothing_new_is_not_fetched(office: Office, caller: Caller) -> None:
    mark = caller.fetch(office).watermark
    asked = len(office.pages_asked)
    later = caller.ask(office, watermark_from_document(mark.document()))  # type: ignore[arg-type]
    assert isinstance(later, NotModified)
    assert len(office.pages_asked) == asked


def test_what_is_new_is_fetched(office: Office, caller: Caller) -> None:
    mark = caller.fetch(office).watermark
    office.version += 1
    office.rows = [*office.rows, replace(office.rows[-1], number=200, updated="2024-05-09T01:02:03.000Z")]
    if isinstance(office, Socrata | Arcgis):
        office.rows = [
            replace(row, updated="2024-04-01T00:00:00.000Z") for row in office.rows[:-1]
        ] + office.rows[-1:]
    done = caller.fetch(office, mark)
    expected = office.expected()
    assert rows_of(done) == (expected[-1:] if isinstance(office, Socrata | Arcgis) else expected)
    if isinstance(office, Socrata | Arcgis):
        assert done.watermark.updated == "2024-05-09T01:02:03.000Z"


def test_the_pages_of_another_fetch_are_not_used(office: Office, caller: Caller) -> None:
    office.faults = dict.fromkeys(range(3, 9), status(502))
    with pytest.raises(PeelianError):
        caller.ask(office)
    office.columns = office.columns[:4]
    done = caller.fetch(office)
    assert rows_of(done) == [row[:4] for row in office.expected()]
    assert "the pages of an earlier fetch were not used: it fetched something else" in done.notes


def test_pages_of_data_that_changed_since_are_not_used(office: Office, caller: Caller) -> None:
    office.faults = dict.fromkeys(range(3, 9), status(502))
    with pytest.raises(PeelianError):
        caller.ask(office)
    office.version += 1
    done = caller.fetch(office)
    assert rows_of(done) == office.expected()
    assert "the pages of an earlier fetch were not used: the publisher changed the data since" in done.notes


@pytest.mark.fault
def test_damaged_pages_are_not_used(office: Office, caller: Caller) -> None:
    office.faults = dict.fromkeys(range(3, 9), status(502))
    with pytest.raises(PeelianError):
        caller.ask(office)
    page = min(caller.folder.glob("page-*"))
    page.write_bytes(page.read_bytes()[:-1])
    done = caller.fetch(office)
    assert rows_of(done) == office.expected()
    assert "the pages of an earlier fetch were not used: they are damaged" in done.notes


def test_a_secret_goes_to_the_publisher_and_nowhere_else(office: Office, caller: Caller) -> None:
    caller.secret = Secret("s3cr3t-t0ken")
    office.faults = dict.fromkeys(range(3, 9), status(502))
    with pytest.raises(PeelianError) as error:
        caller.ask(office)
    kept = b"".join(path.read_bytes() for path in caller.folder.rglob("*") if path.is_file())
    assert all("s3cr3t-t0ken" in asked.headers.values() for asked in office.everything_asked)
    assert b"s3cr3t" not in kept
    assert "s3cr3t" not in str(error.value) + repr(caller.client()) + repr(caller.fetch(office))


@pytest.mark.fault
def test_a_full_disk_costs_nothing_that_is_in(
    office: Office, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, calls = os.fsync, 0

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 11:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PeelianError, match="No space left on device"):
        caller.ask(office)
    done = caller.fetch(office)
    assert rows_of(done) == office.expected()
    assert any(note.startswith("went on after the ") for note in done.notes)


def test_two_fetches_do_not_share_a_folder(office: Office, caller: Caller) -> None:
    def meanwhile(opened: Office, asked: object, true: object) -> object:
        with pytest.raises(Busy, match="Another fetch is writing"):
            Caller(caller.folder).ask(opened)
        return true()  # type: ignore[operator]

    office.faults[2] = meanwhile  # type: ignore[assignment]
    assert rows_of(caller.fetch(office)) == office.expected()
