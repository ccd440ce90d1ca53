"""From each kind of publisher into the warehouse, through everything that goes wrong on the way: rows reconcile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from peelian.app.fetching import Brought, bring
from peelian.city.findings import Reason
from peelian.city.mapping.source import Assertions, Bbox, Columns, Dates, Offences, SourceMapping
from peelian.domain.errors import BadInput, PeelianError, Refused
from peelian.domain.time import SimulatedClock
from tests.city.fetch.publishers.arcgis import Arcgis
from tests.city.fetch.publishers.ckan import Ckan
from tests.city.fetch.publishers.file import CsvFile
from tests.city.fetch.publishers.office import Office, again, cut, open_office, renamed, status
from tests.city.fetch.publishers.police_uk import PoliceUk
from tests.city.fetch.publishers.socrata import Socrata
from tests.houses import PURPOSE, TestHouse, charter, found

OFFICES = (Socrata, Arcgis, Ckan, PoliceUk, CsvFile)


@pytest.fixture(params=OFFICES, ids=lambda kind: kind.__name__)
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with open_office(request.param()) as opened:
        yield opened


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    charter(made)
    return made


def mapping_of(office: Office) -> SourceMapping:
    key, start, x, y, offence = office.columns
    return SourceMapping(
        id="stand-in",
        publisher="a publisher that behaves like the real one",
        licence="none needed",
        frequency="daily",
        format="parquet",
        zone="Europe/London",
        time_format="%Y-%m" if isinstance(office, PoliceUk) else None,
        time_resolution="month" if isinstance(office, PoliceUk) else "second",
        columns=Columns(occurred_start=start, x=x, y=y, offence=offence, key=key),
        offences=Offences(groups={"burglary": "burglary", "robbery": "robbery", "theft": "theft"}),
        precision_m=10,
        bbox=Bbox(west=-2, south=52, east=0, north=53),
        dates=Dates(earliest=date(2023, 1, 1)),
        assertions=Assertions(at_most={Reason.OFFENCE_MISSING: 0.5}),
        fetch=office.spec(),
    )


def brought(house: TestHouse, office: Office) -> Brought:
    house.clock.advance(timedelta(minutes=1))

    def sleep(seconds: float) -> None:
        house.clock.advance(timedelta(seconds=seconds))

    clock: SimulatedClock = house.clock
    return bring(house.home, mapping_of(office), who="Ann", purpose=PURPOSE, clock=clock, sleep=sleep)


def stored(house: TestHouse) -> Counter[str]:
    """Return how many incidents of each published offence are stored, over all versions."""
    with house.open() as opened:
        return Counter(
            offence
            for part, _ in opened.kit.store.parts("incident")
            for offence in opened.kit.engine.run([opened.folder("warehouse") / part.path])[
                "offence"
            ].to_pylist()
        )


EVERYTHING = {1: status(500), 2: cut, 3: status(429, Retry_After="2"), 5: again, 7: status(503)}


def test_whatever_the_network_does_each_row_is_stored_once(house: TestHouse, office: Office) -> None:
    office.faults = dict(EVERYTHING)
    done = brought(house, office)
    assert done.load is not None
    assert (done.load.read, done.load.new, done.load.rejected) == (12, 10, 2)
    assert dict(done.load.reasons) == {"offence-missing": 2}
    published = Counter(row.offence for row in office.rows if row.offence)
    assert stored(house) == published


def test_a_fetch_that_was_given_up_goes_on_and_costs_no_duplicate(house: TestHouse, office: Office) -> None:
    office.faults = dict.fromkeys(range(3, 12), status(502))
    with pytest.raises(PeelianError):
        brought(house, office)
    office.faults = {}
    asked = len(office.pages_asked)
    done = brought(house, office)
    assert done.load is not None
    assert (done.load.read, done.load.new, done.load.rejected) == (12, 10, 2)
    assert len(office.pages_asked) - asked <= 3
    assert stored(house).total() == 10


def test_a_schema_that_changed_stops_with_a_sentence_and_stores_nothing(
    house: TestHouse, office: Office
) -> None:
    office.faults = {2: renamed}
    with pytest.raises((BadInput, PeelianError), match=office.columns[4]) as stopped:
        brought(house, office)
    assert str(stopped.value).count("\n") == 0
    assert "load.accepted" not in house.entries()


def test_nothing_new_is_neither_fetched_nor_loaded(house: TestHouse, office: Office) -> None:
    brought(house, office)
    entries = house.entries()
    assert brought(house, office) == Brought(None, None)
    assert house.entries() == (*entries, "collection.begun")


def test_a_load_that_is_held_back_is_fetched_again_the_next_time(house: TestHouse, office: Office) -> None:
    office.rows[0] = replace(office.rows[0], offence="piracy")
    with pytest.raises(BadInput, match="'piracy'"):
        brought(house, office)
    assert house.entries().count("load.held") == 1
    office.rows[0] = replace(office.rows[0], offence="theft")
    office.version += 1
    done = brought(house, office)
    assert done.load is not None
    assert done.load.new == 10


def test_nobody_is_asked_before_the_ledger_says_so(tmp_path: Path, office: Office) -> None:
    """In a house without a charter it is refused, the refusal is entered, and the publisher hears nothing."""
    bare = found(tmp_path)
    with pytest.raises(Refused, match="charter-required"):
        brought(bare, office)
    assert bare.entries()[-1] == "request.refused"
    assert office.everything_asked == []
    assert list((bare.home / "staging").iterdir()) == []


def test_what_was_asked_stands_in_the_ledger_before_what_came(house: TestHouse, office: Office) -> None:
    brought(house, office)
    assert [kind for kind in house.entries() if kind in ("collection.begun", "load.accepted")] == [
        "collection.begun",
        "load.accepted",
    ]
    with house.open() as opened:
        (begun,) = (entry for entry in opened.kit.ledger.entries() if entry.kind == "collection.begun")
    assert begun.facts["address"] == office.spec().address.partition("?")[0]
    assert begun.facts["mapping"] == mapping_of(office).digest()


@pytest.mark.parametrize("kind", [Socrata, Arcgis], ids=lambda kind: kind.__name__)
def test_one_change_in_the_future_does_not_end_what_is_fetched(house: TestHouse, kind: type[Office]) -> None:
    with open_office(kind()) as office:
        office.rows[0] = replace(office.rows[0], updated="2099-01-01T00:00:00.000Z")
        first = brought(house, office)
        assert first.fetched is not None
        assert any("later than now" in note and "2099" in note for note in first.fetched.notes)
        office.rows[1] = replace(office.rows[1], updated="2025-06-01T00:00:00.000Z", offence="theft")
        office.version += 1
        second = brought(house, office)
        assert second.load is not None
        assert second.load.corrected == 1


def test_no_held_delivery_stays_where_no_erasure_reaches_it(house: TestHouse, office: Office) -> None:
    office.rows[0] = replace(office.rows[0], offence="piracy")
    with pytest.raises(BadInput, match="'piracy'"):
        brought(house, office)
    assert house.entries()[-1] == "load.held"
    folder = house.home / "staging" / "fetch" / "stand-in"
    assert [path.name for path in folder.iterdir()] == ["lock"]
