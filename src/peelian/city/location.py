"""Where the rows are: longitude and latitude, the deployment's metres, and what is wrong with a coordinate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.city.mapping import WGS84, Bbox, SourceMapping
from peelian.city.parse import Flags
from peelian.domain.place import Floats, project


@dataclass(frozen=True, eq=False)
class Places:
    """The places of n rows; every flag excludes those before it.

    Parameters
    ----------
    lon, lat : WGS 84 degrees. `x_m, y_m` : metres in the working system. Not finite where a flag is set.
    missing : blank or unreadable.
    at_zero : at (0, 0) of the source's system or of WGS 84.
    swapped : outside the bounding box, but inside it with the two coordinates exchanged.
    outside : outside the bounding box for another reason.
    """

    lon: Floats
    lat: Floats
    x_m: Floats
    y_m: Floats
    missing: Flags
    at_zero: Flags
    swapped: Flags
    outside: Flags


def locate(x: Floats, y: Floats, *, mapping: SourceMapping, epsg: int) -> Places:
    """Return the places of n rows given by coordinates in the mapping's reference system."""
    lon, lat = _carry(x, y, mapping.crs, WGS84)
    missing = np.isnan(x) | np.isnan(y)
    at_zero = ~missing & (((x == 0) & (y == 0)) | ((lon == 0) & (lat == 0)))
    out = ~missing & ~at_zero & ~_inside(lon, lat, mapping.bbox)
    swapped = out.copy()
    swapped[out] = _inside(*_carry(y[out], x[out], mapping.crs, WGS84), mapping.bbox)
    x_m, y_m = _carry(x, y, mapping.crs, f"EPSG:{epsg}")
    outside = out & ~swapped | ~missing & ~at_zero & ~out & ~(np.isfinite(x_m) & np.isfinite(y_m))
    return Places(lon, lat, x_m, y_m, missing, at_zero, swapped, outside)


def _carry(x: Floats, y: Floats, source: str, target: str) -> tuple[Floats, Floats]:
    return (x, y) if source == target else project(x, y, source=source, target=target)


def _inside(lon: Floats, lat: Floats, bbox: Bbox) -> Flags:
    inside: Flags = (bbox.west <= lon) & (lon <= bbox.east) & (bbox.south <= lat) & (lat <= bbox.north)
    return inside
