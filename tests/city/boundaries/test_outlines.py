"""Areas as agencies publish them: read whole, repaired where that is safe, refused where it is not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import mapping

from peelian.city.boundaries.outlines import AreaFile, read_outlines
from peelian.city.boundaries.snapshot import Snapshot, snapshot
from peelian.domain.errors import BadInput
from peelian.domain.place import project
from tests.city.boundaries.drawn import drawn_areas
from tests.city.streets.formats import write_layer

BOW = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
SQUARE = shapely.box(0, 0, 1, 1)


def geojson(path: Path, *features: tuple[Any, shapely.Geometry]) -> Path:
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"id": i}, "geometry": mapping(g)} for i, g in features
        ],
    }
    text = json.dumps(content).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def taken(path: Path, **how: Any) -> Snapshot:
    return snapshot(read_outlines(AreaFile(path, "id", **how)), layer="beat", name=path.name)


def test_the_same_areas_through_every_format_are_the_same_areas(tmp_path: Path) -> None:
    drawn = drawn_areas("AAB CCB")
    features = [(area.area_id, area.geometry) for area in drawn]
    layer = tmp_path / "beats.gpkg"
    shapes = np.array([shapely.MultiPolygon([shape]) for _, shape in features])
    write_layer(layer, columns={"id": [i for i, _ in features]}, shapes=shapes, kind="MultiPolygon")
    arcgis = tmp_path / "arcgis.json"
    rings = [{"attributes": {"id": i}, "geometry": {"rings": [list(g.exterior.coords)]}} for i, g in features]
    arcgis.write_text(json.dumps({"features": rings}))
    for path in (
        geojson(tmp_path / "beats.geojson", *features),
        geojson(tmp_path / "beats.geojson.gz", *features),
        arcgis,
        layer,
    ):
        areas = taken(path).areas
        assert [area.area_id for area in areas] == ["A", "B", "C"]
        for area, expected in zip(areas, drawn, strict=True):
            assert shapely.equals_exact(area.geometry.normalize(), expected.geometry.normalize()) or (
                area.geometry.equals(expected.geometry)
            ), path


def test_rings_inside_rings_are_holes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    rings = [[list(p) for p in shapely.box(n, n, 9 - n, 9 - n).exterior.coords] for n in range(3)]
    path.write_text(json.dumps([{"id": 7.0, "rings": rings}]))
    [area] = taken(path).areas
    assert area.area_id == "7"
    assert area.geometry.area == 81 - 49 + 25


def test_coordinates_in_a_stated_system_are_carried_over(tmp_path: Path) -> None:
    x, y = project([-122.68, -122.67], [45.50, 45.51], source="EPSG:4326", target="EPSG:2913")
    path = geojson(tmp_path / "a.geojson", (1, shapely.box(x[0], y[0], x[1], y[1])))
    west, south, _, _ = taken(path, crs="EPSG:2913").areas[0].geometry.bounds
    assert (west, south) == pytest.approx((-122.68, 45.50), abs=1e-3)


def test_an_outline_that_crosses_itself_is_repaired_and_counted(tmp_path: Path) -> None:
    result = taken(geojson(tmp_path / "a.geojson", ("A", BOW)))
    assert result.findings.repaired == 1
    assert result.areas[0].geometry.is_valid
    assert result.areas[0].geometry.area == pytest.approx(0.5)


def test_features_of_one_id_are_one_area(tmp_path: Path) -> None:
    result = taken(geojson(tmp_path / "a.geojson", (31, SQUARE), (31, shapely.box(5, 5, 6, 6))))
    assert (result.findings.read, result.findings.areas) == (2, 1)
    assert result.areas[0].geometry.area == 2


def test_a_sliver_of_overlap_is_counted(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", ("A", SQUARE), ("B", shapely.box(0.995, 0, 2, 1)))
    assert taken(path).findings.slivers == 1


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ([("A", SQUARE), ("B", shapely.box(0.5, 0, 2, 1))], "beat A and B overlap by 50% of the smaller one"),
        ([("A", shapely.LineString([(0, 0), (1, 1)]))], "1 outlines that enclose nothing \\(of A\\)"),
        ([("A", SQUARE), (None, SQUARE)], "has no id for its feature 2"),
        ([("A", SQUARE), (" ", SQUARE)], "has no id for its feature 2"),
        ([], "a.geojson holds no area"),
    ],
)
def test_what_would_count_wrongly_is_refused(
    tmp_path: Path, features: list[tuple[Any, shapely.Geometry]], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        taken(geojson(tmp_path / "a.geojson", *features))


def test_a_file_that_is_not_what_it_is_called_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    for content in (b"no", b"[1]", b'{"features": 3}', b"\x1f\x8b"):
        path.write_bytes(content)
        with pytest.raises(BadInput, match=r"a\.geojson is no GeoJSON that can be read"):
            taken(path)
    geojson(path, ("A", SQUARE))
    with pytest.raises(BadInput, match="a feature without the property 'beat'; it has id"):
        read_outlines(AreaFile(path, "beat"))
    with pytest.raises(BadInput, match=r"b\.geojson cannot be read: No such file"):
        read_outlines(AreaFile(tmp_path / "b.geojson", "beat"))
