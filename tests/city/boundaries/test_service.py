"""The door of the boundaries: versions are added, history stays, and everything is in the ledger."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from shapely.geometry import mapping

from peelian.city.boundaries.service import (
    AreaFile,
    PlaceSetReport,
    Provenance,
    areas,
    load_boundaries,
    load_shifts,
    shifts,
)
from peelian.domain.areas import Areas
from peelian.domain.errors import BadInput, Refused
from tests.city.boundaries.drawn import at, drawn_areas
from tests.houses import PURPOSE, TestHouse, charter, found

CHANGE = date(2026, 3, 16)
PROVENANCE = Provenance("City of Chicago", "public domain", date(2026, 3, 1))


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    built = found(tmp_path)
    charter(built)
    return built


def load(
    house: TestHouse,
    picture: str,
    *,
    day: date | None,
    name: str = "Ann",
    layer: str = "beat",
    epsg: int = 32616,
) -> PlaceSetReport:
    path = house.home.parent / "beats.geojson"
    features = [
        {"type": "Feature", "properties": {"id": a.area_id, "name": a.name}, "geometry": mapping(a.geometry)}
        for a in drawn_areas(picture)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with house.desk(name) as desk:
        return load_boundaries(
            desk,
            purpose=PURPOSE,
            file=AreaFile(path, "id", "name"),
            layer=layer,
            valid_from=day,
            provenance=PROVENANCE,
            epsg=epsg,
            progress=lambda done, total: None,
        )


def read(house: TestHouse, *, as_of: date | None = None, layer: str = "beat", name: str = "Ann") -> Areas:
    with house.desk(name) as desk:
        return areas(desk, purpose=PURPOSE, layer=layer, as_of=as_of)


def test_a_change_closes_the_old_version_and_keeps_it(house: TestHouse) -> None:
    load(house, "AAB", day=None)
    report = load(house, "ABB", day=CHANGE)
    assert report.delivery.counts == (("boundary", 4),)
    assert report.delivery.findings == {
        "read": 2,
        "areas": 2,
        "repaired": 0,
        "slivers": 0,
        "unchanged": 0,
        "changed": 2,
        "new": 0,
        "gone": 0,
        "back_after_a_gap": 0,
    }
    held = [(a.area_id, a.name, a.valid_from, a.valid_to) for a in read(house, name="Aud").versions]
    assert held == [
        ("A", "Beat A", None, CHANGE),
        ("A", "Beat A", CHANGE, None),
        ("B", "Beat B", None, CHANGE),
        ("B", "Beat B", CHANGE, None),
    ]
    lon, lat = at(1.5, 0.5)
    assert read(house).of([lon, lon], [lat, lat], [date(2026, 3, 15), CHANGE]).tolist() == ["A", "B"]
    assert len(read(house, as_of=CHANGE)) == 2


def test_a_layer_that_did_not_change_is_on_record_as_such(house: TestHouse) -> None:
    load(house, "AB", day=None)
    assert load(house, "AB", day=CHANGE).delivery.findings["unchanged"] == 2
    load(house, "BA", day=date(2026, 1, 1))
    lon, lat = at(0.5, 0.5)
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 15), CHANGE]
    assert read(house).of([lon] * 4, [lat] * 4, days).tolist() == ["A", "B", "B", "A"]


def test_layers_do_not_touch_each_other(house: TestHouse) -> None:
    load(house, "AB", day=None)
    load(house, "C", day=None, layer="district")
    assert [a.area_id for a in read(house).versions] == ["A", "B"]
    assert [a.area_id for a in read(house, layer="district").versions] == ["C"]
    with pytest.raises(BadInput, match="No areas of the layer 'neighbourhood' have been taken in"):
        read(house, layer="neighbourhood")
    with pytest.raises(BadInput, match=r"'\.\./beat' is no name of a layer"):
        load(house, "AB", day=None, layer="../beat")


def test_loads_and_reads_are_in_the_ledger_and_only_an_analyst_loads(house: TestHouse) -> None:
    before = len(house.entries())
    load(house, "AB", day=None)
    assert house.entries()[before:] == ("record.read", "extract.read", "places.loaded")
    with pytest.raises(Refused):
        load(house, "BA", day=CHANGE, name="Col")
    assert len(read(house)) == 2


def test_areas_of_another_city_are_refused(house: TestHouse) -> None:
    with pytest.raises(BadInput, match="outside the area of EPSG:32633"):
        load(house, "AB", day=None, epsg=32633)


def test_shifts_have_their_versions_too(house: TestHouse, tmp_path: Path) -> None:
    def roster(text: str, day: date | None) -> PlaceSetReport:
        path = tmp_path / "shifts.csv"
        path.write_text("shift_id,name,start,end,weekdays\n" + text)
        with house.desk() as desk:
            return load_shifts(
                desk,
                purpose=PURPOSE,
                file=path,
                valid_from=day,
                provenance=PROVENANCE,
                progress=lambda done, total: None,
            )

    roster("D,Days,06:00,18:00,1234567\nN,Nights,18:00,06:00,1234567\n", None)
    report = roster("D,Days,06:00,18:00,1234567\nN,Nights,18:00,07:00,67\n", CHANGE)
    assert report.delivery.counts == (("shift", 3),)
    with house.desk("Col") as desk:
        held = shifts(desk, purpose=PURPOSE)
    assert [(s.shift_id, s.end_minute, s.weekdays, s.valid_from, s.valid_to) for s in held] == [
        ("D", 1080, (1, 2, 3, 4, 5, 6, 7), None, None),
        ("N", 360, (1, 2, 3, 4, 5, 6, 7), None, CHANGE),
        ("N", 420, (6, 7), CHANGE, None),
    ]
