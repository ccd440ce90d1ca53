"""Layers of GeoPackages and other files that GDAL reads: a table, and geometries carried over to WGS 84."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, project

GEO = "pip install 'peelian[geo]'"
"""What gives a machine the libraries that read OpenStreetMap, GraphML and GeoPackage files."""

WGS84 = "EPSG:4326"


def read_layer(path: Path, *, layer: str | None) -> tuple[pa.Table, NDArray[np.object_]]:
    """Return the attributes and the (n,) geometries, in degrees, of one layer (the first if None).

    Raises
    ------
    BadInput : pyogrio is not installed, or the file or layer cannot be read or has no reference system.
    """
    try:
        import pyogrio  # noqa: PLC0415  # an extra
    except ImportError:
        raise BadInput(f"Reading {path.name} needs pyogrio, which is not installed; run {GEO}.") from None
    if not path.is_file():
        raise BadInput(f"{path} cannot be read: there is no such file.")
    try:
        about, table = pyogrio.read_arrow(path, layer=layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise BadInput(
            f"{path.name} has no layer that can be read ({error}); check file and layer."
        ) from None
    column = about["geometry_name"] or "wkb_geometry"
    shapes: NDArray[np.object_] = shapely.force_2d(shapely.from_wkb(table[column].to_numpy()))
    return table.drop_columns([column]), to_degrees(shapes, crs=about["crs"], name=path.name)


def to_degrees(shapes: NDArray[np.object_], *, crs: str | None, name: str) -> NDArray[np.object_]:
    """Carry geometries over from `crs` (as PROJ understands it) to degrees of WGS 84."""
    if crs is None:
        raise BadInput(f"{name} does not say in which reference system its coordinates are; state its crs.")
    if crs == WGS84:
        return shapes

    def carried(points: Floats) -> Floats:
        return np.stack(project(*points.T, source=crs, target=WGS84), axis=1)

    try:
        moved: NDArray[np.object_] = shapely.transform(shapes, carried)
    except CRSError as error:
        raise BadInput(f"{name} has a reference system that PROJ does not know ({error}).") from None
    return moved
