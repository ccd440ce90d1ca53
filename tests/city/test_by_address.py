"""Rows that have an address and no coordinates: looked up, placed with a precision of their own, or told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from peelian.city.intake.clean import Cleaned, clean
from peelian.city.intake.placed import Placed
from peelian.city.intake.read import raw_table
from peelian.domain.place import project
from tests.city.drawn import DRAWN, KEY, TODAY, column, reasons, table

ADDRESSED = replace(DRAWN, columns=replace(DRAWN.columns, address="address"))
KNOWN = {
    "100 N STATE ST": (-87.628, 41.883, 25.0),
    "1 LAKE ST": (-87.9999, 41.885, 40.0),
    "9 FAR RD": (-80.0, 41.9, 9.0),
}

DRAWING = """
    time              lon     lat    offence  address
    2024-01-02 10:00  -87.60  41.90  BURG     100 N STATE ST
    2024-01-02 11:00  .       .      BURG     100 N STATE ST
    2024-01-02 12:00  .       41.90  THFT     1 LAKE ST
    2024-01-02 13:00  .       .      THFT     NOWHERE AVE
    2024-01-02 14:00  .       .      THFT     .
    2024-01-02 15:00  0       0      THFT     100 N STATE ST
    2024-01-02 16:00  .       .      THFT     9 FAR RD
    2024-01-02 17:00  .       .      BURG     100 N STATE ST
"""


class Geocoder:
    """Answers from a list, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, addresses: Sequence[str]) -> Placed:
        self.asked += addresses
        unknown = (np.nan, np.nan, np.nan)
        lon, lat, precision_m = np.array([KNOWN.get(each, unknown) for each in addresses]).T
        return Placed(lon, lat, precision_m, np.array([each in KNOWN for each in addresses]))


def placed(geocoder: Geocoder | None, drawing: str = DRAWING, mapping: object = ADDRESSED) -> Cleaned:
    raw = raw_table(table(drawing))
    return clean(raw, mapping=mapping, key=KEY, epsg=32616, loaded_on=TODAY, place=geocoder)  # type: ignore[arg-type]


def test_rows_without_coordinates_are_placed_by_their_address() -> None:
    geocoder = Geocoder()
    result = placed(geocoder)
    assert reasons(result) == [
        (4, "place-unknown"),
        (5, "place-missing"),
        (6, "at-zero"),
        (7, "outside-bbox"),
    ]
    assert column(result, "lon") == [-87.60, -87.628, -87.9999, -87.628]
    assert column(result, "precision_m") == [10.0, 25.0, 40.0, 25.0]
    x_m, y_m = project(column(result, "lon"), column(result, "lat"), source="EPSG:4326", target="EPSG:32616")
    assert column(result, "x_m") == pytest.approx(x_m)
    assert column(result, "y_m") == pytest.approx(y_m)
    assert sorted(geocoder.asked) == ["1 LAKE ST", "100 N STATE ST", "9 FAR RD", "NOWHERE AVE"]


def test_the_share_is_told_and_what_was_not_found_is_kept_for_a_person_to_mend() -> None:
    result = placed(Geocoder())
    assert {note.name: note.rows for note in result.findings.notes}["placed-by-address"] == 3
    (queued,) = [row for row in result.rejected.to_pylist() if row["reason"] == "place-unknown"]
    assert json.loads(queued["raw_json"])["address"] == "NOWHERE AVE"


def test_without_a_geocoder_such_rows_have_no_place() -> None:
    assert {reason for _, reason in reasons(placed(None))} == {"place-missing", "at-zero"}


def test_no_address_is_stored() -> None:
    assert "STATE" not in str(placed(Geocoder()).accepted.to_pylist())


def test_an_address_found_elsewhere_later_is_a_correction_and_coordinates_say_what_they_said() -> None:
    before = placed(Geocoder())
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KNOWN, "1 LAKE ST", (-87.64, 41.885, 20.0))
        after = placed(Geocoder())
    assert column(before, "key_hmac") == column(after, "key_hmac")
    same = [
        a == b for a, b in zip(column(before, "content_hash"), column(after, "content_hash"), strict=True)
    ]
    assert same == [True, True, False, True]
    unmapped = placed(None, mapping=DRAWN)
    assert column(unmapped, "content_hash")[0] == column(before, "content_hash")[0]


def test_feet_and_addresses_may_stand_in_one_file() -> None:
    feet = replace(ADDRESSED, crs="EPSG:2913", bbox=replace(DRAWN.bbox, west=-124.0, east=-80.0, north=46.0))
    result = placed(
        Geocoder(),
        """
        time        lon      lat     offence  address
        2024-01-02  7642762  704069  BURG     100 N STATE ST
        2024-01-02  .        .       BURG     100 N STATE ST
        """,
        feet,
    )
    assert column(result, "lon") == pytest.approx([-122.6847, -87.628], abs=1e-4)
