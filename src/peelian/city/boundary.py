"""A boundary as an agency has it: GeoJSON in WGS 84, or a CSV ring of x,y in a stated reference system."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import shapely
from shapely.geometry import shape
from shapely.ops import transform, unary_union

from peelian.city.mapping.source import WGS84
from peelian.domain.errors import BadInput
from peelian.domain.place import project


def read_boundary(path: Path, *, crs: str | None, epsg: int) -> shapely.Geometry:
    """Return the boundary in metres of `epsg`.

    Parameters
    ----------
    path : .geojson, .json (WGS 84 as RFC 7946 says), either gzipped, or .csv with the columns x and y.
    crs : reference system of a CSV's coordinates; WGS 84 if None.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if ".csv" in path.suffixes:
            rows = csv.DictReader(content.decode("utf-8-sig").splitlines())
            outline = shapely.Polygon([(float(row["x"]), float(row["y"])) for row in rows])
            source = crs or WGS84
        else:
            document = json.loads(content)
            outline = unary_union([shape(part) for part in _geometries(document)])
            source = WGS84
    except OSError as error:
        raise BadInput(f"The boundary {path} cannot be read ({error.strerror}); check the path.") from error
    except (ValueError, KeyError, TypeError, shapely.errors.ShapelyError) as error:
        raise BadInput(
            f"{path.name} is no boundary that can be read ({error}); give GeoJSON polygons or a CSV with x,y."
        ) from error
    inside = shapely.make_valid(
        transform(lambda x, y: project(x, y, source=source, target=f"EPSG:{epsg}"), outline)
    )
    if inside.is_empty or not inside.area > 0:
        raise BadInput(f"The boundary {path.name} encloses nothing; check its coordinates and --crs.")
    return inside


def _geometries(document: dict[str, object]) -> list[object]:
    features = document.get("features")
    if isinstance(features, list):
        return [feature["geometry"] for feature in features]
    return [document.get("geometry", document)]
