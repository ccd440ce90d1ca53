"""Reading areas as an agency publishes them: GeoJSON, ArcGIS JSON, or a layer of a GeoPackage."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from peelian.city.geofile import WGS84, read_layer, to_degrees
from peelian.domain.errors import BadInput


@dataclass(frozen=True)
class AreaFile:
    """One file of areas.

    Parameters
    ----------
    path : .geojson or .json (GeoJSON, or ArcGIS JSON with rings), either also as .gz; else a file GDAL reads.
    area_id, name : the properties that hold them; the id serves as the name if `name` is None.
    file_layer : layer of a GeoPackage; the first if None.
    crs : reference system of the coordinates, as PROJ understands it; for GeoJSON WGS 84 if None (RFC 7946),
        for a GeoPackage what it says itself.
    """

    path: Path
    area_id: str
    name: str | None = None
    file_layer: str | None = None
    crs: str | None = None


@dataclass(frozen=True, eq=False)
class Outlines:
    """The features of a file in its order: (n,) ids, names, and geometries in degrees."""

    area_id: tuple[str, ...]
    name: tuple[str, ...]
    geometry: NDArray[np.object_]


def read_outlines(file: AreaFile) -> Outlines:
    """Return the features of a file; `BadInput` where it cannot be read or lacks a named property."""
    is_json = {".geojson", ".json"} & set(file.path.suffixes)
    rows, shapes = _json(file) if is_json else _layer(file)
    ids = [_property(row, file.area_id, where=file.path.name) for row in rows]
    names = [_property(row, file.name, where=file.path.name) for row in rows] if file.name else ids
    if blank := [number for number, area_id in enumerate(ids, start=1) if not area_id]:
        raise BadInput(
            f"{file.path.name} has no {file.area_id} for its feature {blank[0]}; every area needs an id."
        )
    return Outlines(tuple(ids), tuple(names), shapes)


def _property(row: Mapping[str, Any], key: str, *, where: str) -> str:
    if key not in row:
        raise BadInput(f"{where} has a feature without the property {key!r}; it has {', '.join(row)}.")
    value = row[key]
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # GeoJSON and GDAL make 12 of it or 12.0, as they please
    return "" if value is None else str(value).strip()


def _layer(file: AreaFile) -> tuple[list[dict[str, Any]], NDArray[np.object_]]:
    table, shapes = read_layer(file.path, layer=file.file_layer)
    return table.to_pylist(), shapes


def _json(file: AreaFile) -> tuple[list[dict[str, Any]], NDArray[np.object_]]:
    try:
        content = file.path.read_bytes()
        document = json.loads(gzip.decompress(content) if file.path.suffix == ".gz" else content)
        features = document if isinstance(document, list) else document["features"]
        rows = [each.get("properties") or each.get("attributes") or each for each in features]
        shapes = np.array([_outline(each) for each in features], dtype=object)
    except OSError as error:
        raise BadInput(f"{file.path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, shapely.errors.ShapelyError) as error:
        raise BadInput(
            f"{file.path.name} is no GeoJSON that can be read ({error}); export it again."
        ) from None
    return rows, to_degrees(shapes, crs=file.crs or WGS84, name=file.path.name)


def _outline(feature: Mapping[str, Any]) -> shapely.Geometry | None:
    geometry = feature.get("geometry") or feature
    if "rings" in geometry:
        return _of_rings(geometry["rings"])
    return shapely.force_2d(shape(geometry)) if "coordinates" in geometry else None


def _of_rings(rings: Sequence[Sequence[Sequence[float]]]) -> shapely.Geometry:
    """Return what ArcGIS rings enclose: a ring inside another is a hole, and one inside a hole is land again."""
    parts = [shapely.make_valid(shapely.Polygon([point[:2] for point in ring])) for ring in rings]
    return reduce(shapely.symmetric_difference, parts, shapely.Polygon())
