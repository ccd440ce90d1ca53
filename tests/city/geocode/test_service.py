"""The door of the geocoder: stored streets, answers by hand that are used and never betray an address, a queue."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from peelian.city.geocode.found import Found
from peelian.city.geocode.geocoder import Geocoder
from peelian.city.geocode.rate import rate_of
from peelian.city.geocode.service import Tally, Waiting, fix_address, fix_street, open_geocoder, waiting
from peelian.city.mapping.file import parse_mapping
from peelian.city.quality.service import findings
from peelian.city.service import LoadReport, load
from peelian.city.streets.csv_file import CsvStreets
from peelian.city.streets.published import StreetColumns
from peelian.city.streets.service import Provenance, load_streets
from peelian.domain.errors import BadInput, Refused
from peelian.domain.place import Grid
from tests.city.geocode.drawn import geocoder, metres, segments
from tests.houses import PURPOSE, TestHouse, charter, found

KEY = b"a naming key of thirty-two bytes"
COLUMNS = StreetColumns(
    length_m="length_m",
    name="name",
    left_from="left_from",
    left_to="left_to",
    right_from="right_from",
    right_to="right_to",
)


MAPPING = """
schema: 1
id: drawn-town
publisher: tests
licence: none
frequency: weekly
format: csv
zone: America/New_York
columns: {occurred_start: when, key: id, lon: lon, lat: lat, offence: offence, address: place}
precision_m: 1
offences: [burglary]
bbox: {west: -81, south: 39, east: -79, north: 41}
dates: {earliest: 2020-01-01, latest_days_after_load: 1}
assertions: {rows: {min: 1, max: 10000}, at_most: {place-unknown: 0.9}}
"""


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    built = found(tmp_path)
    charter(built)
    with built.desk() as desk:
        load_streets(
            desk,
            purpose=PURPOSE,
            file=written(tmp_path),
            provenance=Provenance("the drawn town", "CC0", date(2026, 1, 1)),
            epsg=32617,
            progress=lambda done, total: None,
        )
    return built


def written(folder: Path) -> CsvStreets:
    """Write the drawn town as the CSV files a city might publish."""
    town = segments()
    nodes = [
        (f"n{row}", lon, lat) for row, (lon, lat) in enumerate(zip(town.node_lon, town.node_lat, strict=True))
    ]
    numbers = (town.left_from, town.left_to, town.right_from, town.right_to)
    edges = [
        (
            f"n{town.tail[row]}",
            f"n{town.head[row]}",
            town.length_m[row],
            name,
            *("" if column[row] < 0 else int(column[row]) for column in numbers),
        )
        for row, name in enumerate(town.names)
    ]
    header = ("tail", "head", "length_m", "name", "left_from", "left_to", "right_from", "right_to")
    for name, lines in (("nodes.csv", [("node", "lon", "lat"), *nodes]), ("edges.csv", [header, *edges])):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
    return CsvStreets(folder / "nodes.csv", folder / "edges.csv", columns=COLUMNS)


def find(house: TestHouse, address: str, *, name: str = "Ann") -> Found:
    with house.desk(name) as desk:
        (answer,) = open_geocoder(desk, purpose=PURPOSE, naming_key=KEY).find([address])
    return answer


def fix(
    house: TestHouse, address: str, *, name: str = "Ann", lon: float = -80.001, why: str = "rang there"
) -> None:
    with house.desk(name) as desk:
        fix_address(desk, purpose=PURPOSE, naming_key=KEY, address=address, lon=lon, lat=40.001, why=why)


def deliver(house: TestHouse, *rows: str) -> LoadReport:
    """Load rows of "id,when,lon,lat,offence,place" with the geocoder as it is now."""
    path = house.home.parent / "delivery.csv"
    path.write_text("\n".join(["id,when,lon,lat,offence,place", *rows]) + "\n", encoding="utf-8")
    with house.desk() as desk:
        tally = Tally(open_geocoder(desk, purpose=PURPOSE, naming_key=KEY), source="drawn-town")
        return load(
            desk,
            file=path,
            mapping=parse_mapping(MAPPING, name="drawn-town.yaml"),
            purpose=PURPOSE,
            naming_key=KEY,
            epsg=32617,
            progress=lambda done, total: None,
            place=tally.place,
            rate=tally.rate,
        )


def test_what_no_load_could_place_waits_until_a_person_has_answered(house: TestHouse) -> None:
    rows = ("1,2026-02-01 10:00:00,,,burglary,110 Penn Ave", "2,2026-02-01 11:00:00,,,burglary,7 Zebra Blvd")
    report = deliver(house, *rows)
    assert (report.new, report.rejected) == (1, 1)
    with house.desk() as desk:
        queue = waiting(desk, purpose=PURPOSE, load_id=report.load_id, address_column="place")
    assert queue == (Waiting(2, "7 Zebra Blvd"),)
    fix(house, queue[0].address)
    again = deliver(house, *rows)
    assert (again.new, again.unchanged, again.rejected) == (1, 1, 0)


def test_what_became_of_the_addresses_is_kept_with_the_load_and_seen_in_its_quality(house: TestHouse) -> None:
    places = ("110 Penn Ave", "110 Penn Ave", "150 Elm Ave", "7 Zebra Blvd")
    rows = [f"{key},2026-02-01 1{key}:00:00,,,burglary,{place}" for key, place in enumerate(places)]
    rate = deliver(house, *rows).geocoding
    assert rate is not None
    assert (rate.source, rate.asked, rate.placed, rate.queued) == ("drawn-town", 3, 1, 2)
    with house.desk() as desk:
        seen = findings(desk, purpose=PURPOSE, zone="America/New_York", grid=Grid(32617, 250.0)).findings
    (finding,) = [one for one in seen if one.name == "addresses-looked-up"]
    assert (finding.source, finding.severity) == ("drawn-town", "note")  # too few to alarm
    assert [finding.measure(name) for name in ("looked up", "placed", "waiting")] == [3, 1, 2]
    assert "1 street-unknown, 1 several-places" in finding.sentence
    assert finding.effect is not None
    assert finding.effect.rows_share == 0.5


def test_an_address_is_looked_up_once_in_a_delivery() -> None:
    asked: list[str] = []

    @dataclass(frozen=True, eq=False)
    class Listening(Geocoder):
        def find(self, addresses: Sequence[str]) -> tuple[Found, ...]:
            asked.extend(addresses)
            return super().find(addresses)

    town = geocoder()
    tally = Tally(Listening(town.index, town.tables, str), source="cad")
    first, again = (
        tally.place(["110 Penn Ave", "7 Zebra Blvd"]),
        tally.place(["7 Zebra Blvd", "110 Penn Ave"]),
    )
    assert first.found.tolist() == again.found.tolist()[::-1] == [True, False]
    assert asked == ["110 Penn Ave", "7 Zebra Blvd"]
    assert tally.rate().asked == 2


def test_a_rate_comes_back_from_its_document() -> None:
    tally = Tally(geocoder(), source="cad")
    tally.place(["110 Penn Ave", "7 Zebra Blvd", "Main St & Penn Ave", "PO Box 7"])
    assert rate_of(tally.rate().document()) == tally.rate()


def test_addresses_are_placed_on_the_stored_streets(house: TestHouse) -> None:
    answer = find(house, "110 Penn Avenue")
    assert answer.point is not None
    assert metres(answer.point.lon, answer.point.lat) == pytest.approx((21, 210), abs=1)
    assert house.entries()[-4:] == ("record.read", "extract.read", "extract.read", "record.read")


def test_without_streets_there_is_a_sentence(tmp_path: Path) -> None:
    bare = found(tmp_path)
    charter(bare)
    with pytest.raises(BadInput, match="take a street network in first"):
        find(bare, "110 Penn Avenue")


def test_an_answer_by_hand_is_used_from_then_on_for_every_spelling_of_the_address(house: TestHouse) -> None:
    assert find(house, "7 Zebra Blvd").queued == "street-unknown"
    fix(house, "7 Zebra Blvd")
    fix(house, "7 Zebra Blvd", lon=-80.002)
    for spelling in ("7 zebra boulevard", "7 ZEBRA BLVD APT 3"):
        answer = find(house, spelling)
        assert answer.rule == "by-hand"
        assert answer.point is not None
        assert answer.point.lon == -80.002, "the later answer counts"
    assert find(house, "8 Zebra Blvd").queued == "street-unknown"


def test_a_street_may_be_taught_to_mean_another(house: TestHouse) -> None:
    with house.desk() as desk:
        fix_street(desk, purpose=PURPOSE, said="The Strip", meant="Penn Ave", why="what it is called here")
    assert find(house, "110 The Strip").point == find(house, "110 Penn Ave").point


def test_the_address_itself_is_kept_nowhere(house: TestHouse) -> None:
    fix(house, "7 Zebra Blvd")
    for path in house.home.rglob("*"):
        assert not path.is_file() or b"zebra" not in path.read_bytes().lower(), path


def test_every_answer_by_hand_is_in_the_ledger(house: TestHouse) -> None:
    fix(house, "7 Zebra Blvd")
    assert house.entries()[-1] == "address.fixed"


@pytest.mark.parametrize("name", ["Col", "Aud"])
def test_only_an_analyst_answers(house: TestHouse, name: str) -> None:
    with pytest.raises(Refused):
        fix(house, "7 Zebra Blvd", name=name)


def test_nothing_is_kept_without_a_place_or_a_reason(house: TestHouse) -> None:
    with pytest.raises(BadInput, match="needs its reason"):
        fix(house, "7 Zebra Blvd", why=" ")
    with pytest.raises(BadInput, match="is no place in degrees"):
        fix(house, "7 Zebra Blvd", lon=float("nan"))
    with pytest.raises(BadInput, match="is blank"):
        fix(house, " ")
    assert "address.fixed" not in house.entries()


@pytest.mark.parametrize(
    ("said", "meant", "sentence"),
    [
        ("7 Zebra Blvd", "Penn Ave", "leave house numbers and crossings out"),
        ("Zebra Blvd", "Penn & Main", "leave house numbers and crossings out"),
        ("", "Penn Ave", "leave house numbers and crossings out"),
        ("Penn Avenue", "Penn Ave", "are one name already"),
    ],
)
def test_only_one_street_can_mean_one_street(house: TestHouse, said: str, meant: str, sentence: str) -> None:
    with house.desk() as desk, pytest.raises(BadInput, match=sentence):
        fix_street(desk, purpose=PURPOSE, said=said, meant=meant, why="a test")
