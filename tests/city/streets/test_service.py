"""The door of the streets: a set is kept with where it came from, and the one that holds on a day is handed out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from peelian.city.streets.service import (
    PlaceSetReport,
    Provenance,
    load_streets,
    street_file,
    streets,
)
from peelian.domain.errors import BadInput, Refused
from peelian.domain.streets import StreetNetwork
from tests.city.streets.formats import Drawing, Street, write_csv, write_pbf
from tests.houses import PURPOSE, TestHouse, charter, found

CHICAGO = {1: (-87.65, 41.85), 2: (-87.64, 41.85), 3: (-87.64, 41.86)}
OLD = Drawing(
    CHICAGO, (Street(1, 2, name="Taylor"), Street(2, 3, between=((-87.641, 41.855),), oneway="yes"))
)
NEW = Drawing(CHICAGO, (*OLD.streets, Street(3, 1, speed="30 mph")))


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    built = found(tmp_path)
    charter(built)
    return built


def load(house: TestHouse, drawing: Drawing, *, as_of: date, name: str = "Ann") -> PlaceSetReport:
    with house.desk(name) as desk:
        return load_streets(
            desk,
            purpose=PURPOSE,
            file=write_pbf(drawing, house.home.parent),
            provenance=Provenance("OpenStreetMap contributors", "ODbL 1.0", as_of),
            epsg=32616,
            progress=lambda done, total: None,
        )


def read(house: TestHouse, *, as_of: date | None = None, name: str = "Ann") -> StreetNetwork:
    with house.desk(name) as desk:
        return streets(desk, purpose=PURPOSE, as_of=as_of)


def test_a_network_comes_back_as_it_was_taken_in_whoever_of_those_entitled_asks(house: TestHouse) -> None:
    report = load(house, OLD, as_of=date(2025, 1, 1))
    network = read(house, name="Col")
    assert network.digest() == report.delivery.findings["network"]
    assert report.delivery.counts == (("street-node", 3), ("street-edge", 2))
    assert (report.delivery.files[0].name, len(report.delivery.files[0].sha256)) == ("streets.osm.pbf", 64)
    assert network.edges.name.tolist() == ["Taylor", ""]
    assert network.lines[1].wkt == "LINESTRING (-87.64 41.85, -87.641 41.855, -87.64 41.86)"


def test_each_day_has_the_newest_set_that_held_on_it(house: TestHouse) -> None:
    load(house, NEW, as_of=date(2026, 1, 1))
    load(house, OLD, as_of=date(2025, 1, 1))
    days = {
        date(2025, 1, 1): 2,
        date(2025, 12, 31): 2,
        date(2026, 1, 1): 3,
        None: 3,
    }
    assert {day: len(read(house, as_of=day).edges) for day in days} == days
    with pytest.raises(BadInput, match="No street network that holds on 2024-12-31 has been taken in"):
        read(house, as_of=date(2024, 12, 31))
    load(house, OLD, as_of=date(2026, 1, 1))
    assert len(read(house).edges) == 2, "of two sets for one day the last taken in stands"


def test_the_load_and_every_read_are_in_the_ledger(house: TestHouse) -> None:
    before = len(house.entries())
    load(house, OLD, as_of=date(2025, 1, 1))
    read(house)
    assert house.entries()[before:] == ("places.loaded", "record.read", "extract.read", "extract.read")


def test_who_may_not_take_streets_in_is_refused_and_nothing_is_kept(house: TestHouse) -> None:
    with pytest.raises(Refused):
        load(house, OLD, as_of=date(2025, 1, 1), name="Col")
    with pytest.raises(BadInput, match="No street network has been taken in"):
        read(house)


def test_a_set_without_a_licence_is_not_taken_in() -> None:
    with pytest.raises(BadInput, match="The licence is blank"):
        Provenance("OpenStreetMap contributors", " ", date(2025, 1, 1))


def test_a_file_that_grows_while_it_is_read_is_refused(house: TestHouse, tmp_path: Path) -> None:
    file = write_csv(OLD, tmp_path)

    class Growing:
        files = file.files

        def read(self) -> object:
            published = file.read()
            with file.edges.open("a") as more:
                more.write("\n")
            return published

    with house.desk() as desk, pytest.raises(BadInput, match=r"edges\.csv changed while it was read"):
        load_streets(
            desk,
            purpose=PURPOSE,
            file=Growing(),
            provenance=Provenance("x", "y", date(2025, 1, 1)),
            epsg=32616,
            progress=lambda done, total: None,
        )
    assert "places.loaded" not in house.entries()


def test_the_ending_of_a_file_calls_its_reader() -> None:
    names = {"a.osm.pbf": "OsmStreets", "a.graphml": "GraphmlStreets", "a.gpkg": "GeopackageStreets"}
    assert {name: type(street_file(Path(name))).__name__ for name in names} == names
    with pytest.raises(BadInput, match=r"a\.csv is none of"):
        street_file(Path("a.csv"))
