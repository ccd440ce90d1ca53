"""The city's own files: address points, named places, and streets as they are stored."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from peelian.city.geocode.learned import read_named_places
from peelian.city.geocode.segments import NO_NUMBER
from peelian.city.geocode.tables import address_points, segments_of
from peelian.domain.errors import BadInput


def put(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_address_file_is_read_by_the_names_of_its_columns(tmp_path: Path) -> None:
    points = address_points(
        put(tmp_path, "street,number,unit,lon,lat\nPenn Ave,110,A,-80.0,40.0\nPenn Ave,,B,-80.0,40.0\n")
    )
    assert (points.number.tolist(), points.street) == ([110], ("Penn Ave",))


@pytest.mark.parametrize(
    "text", ["street,lon,lat\nPenn Ave,1,2\n", "number,street,lon,lat\n12A,Penn,1,2\n", ""]
)
def test_a_broken_address_file_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="cannot be read as an address file"):
        address_points(put(tmp_path, text))


def test_named_places_are_read(tmp_path: Path) -> None:
    (place,) = read_named_places(put(tmp_path, "name,lon,lat,precision_m\nCity Hall,-80.0,40.0,20\n"))
    assert (place.name, place.point.lon, place.precision_m) == ("City Hall", -80.0, 20.0)


@pytest.mark.parametrize("text", ["name,lon,lat\nx,1,2\n", "name,lon,lat,precision_m\nx,1,,2\n"])
def test_a_broken_file_of_named_places_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="named place"):
        read_named_places(put(tmp_path, text))


def test_stored_streets_come_back_in_order_with_absent_numbers_and_courses() -> None:
    nodes = pa.table({"node": [1, 0], "lon": [-79.0, -80.0], "lat": [41.0, 40.0]})
    line = shapely.to_wkb(shapely.LineString([(-80, 40), (-79.5, 40), (-79, 41)]))
    edges = pa.table(
        {
            "edge": pa.array([1, 0]),
            "tail": [1, 0],
            "head": [0, 1],
            "length_m": [2.0, 1.0],
            "name": [None, "Penn Ave"],
            "left_from": pa.array([None, 100], pa.int32()),
            "left_to": pa.array([None, 198], pa.int32()),
            "right_from": pa.array([None, None], pa.int32()),
            "right_to": pa.array([None, None], pa.int32()),
            "geometry": pa.array([None, line], pa.binary()),
        }
    )
    town = segments_of(nodes, edges)
    assert town.names == ("Penn Ave", "")
    assert (town.left_from.tolist(), town.right_to.tolist()) == ([100, NO_NUMBER], [NO_NUMBER, NO_NUMBER])
    assert town.course(0) == ((-80.0, 40.0), (-79.5, 40.0), (-79.0, 41.0))
    assert town.course(1) == ((-79.0, 41.0), (-80.0, 40.0))
