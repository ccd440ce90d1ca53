"""Where the rows are: longitude and latitude, the deployment's metres, and what is wrong with a coordinate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.city.intake.by_address import Place, look_up, nowhere
from peelian.city.intake.parse import Parsed
from peelian.city.intake.placed import Placed
from peelian.city.intake.text import Flags
from peelian.city.mapping.source import WGS84, Bbox, SourceMapping
from peelian.domain.place import Floats, project


@dataclass(frozen=True, eq=False)
class Places:
    """The places of n rows; of the flags from `missing` on, each excludes those before it.

    Parameters
    ----------
    lon, lat : WGS 84 degrees. `x_m, y_m` : metres in the working system. Not finite where a flag is set.
    precision_m : how exact the place is, in metres.
    by_address : the coordinates were blank and the address was found.
    missing : blank or unreadable, and no address to look up.
    unknown : blank or unreadable, and the address was not found.
    at_zero : at (0, 0) of the source's system or of WGS 84.
    swapped : outside the bounding box, but inside it with the two coordinates exchanged.
    outside : outside the bounding box for another reason.
    """

    lon: Floats
    lat: Floats
    x_m: Floats
    y_m: Floats
    precision_m: Floats
    by_address: Flags
    missing: Flags
    unknown: Flags
    at_zero: Flags
    swapped: Flags
    outside: Flags


def locate(parsed: Parsed, *, mapping: SourceMapping, epsg: int, place: Place | None = None) -> Places:
    """Return the places of n rows: by the coordinates in the mapping's reference system, else by the address."""
    x, y = parsed.x, parsed.y
    blank = np.isnan(x) | np.isnan(y)
    placed, asked = _by_address(parsed, blank, place)
    found = placed.found
    lon, lat = _carry(x, y, mapping.crs, WGS84)
    lon, lat = np.where(found, placed.lon, lon), np.where(found, placed.lat, lat)
    at_zero = ~blank & (((x == 0) & (y == 0)) | ((lon == 0) & (lat == 0)))
    somewhere = ~at_zero & (found | ~blank)
    out = somewhere & ~_inside(lon, lat, mapping.bbox)
    swapped = out & ~found
    swapped[swapped] = _inside(*_carry(y[swapped], x[swapped], mapping.crs, WGS84), mapping.bbox)
    x_m, y_m = _carry(x, y, mapping.crs, f"EPSG:{epsg}")
    x_m[found], y_m[found] = _carry(lon[found], lat[found], WGS84, f"EPSG:{epsg}")
    return Places(
        lon=lon,
        lat=lat,
        x_m=x_m,
        y_m=y_m,
        precision_m=np.where(found, placed.precision_m, mapping.precision_m),
        by_address=found,
        missing=blank & ~asked,
        unknown=asked & ~found,
        at_zero=at_zero,
        swapped=swapped,
        outside=out & ~swapped | somewhere & ~out & ~(np.isfinite(x_m) & np.isfinite(y_m)),
    )


def _by_address(parsed: Parsed, blank: Flags, place: Place | None) -> tuple[Placed, Flags]:
    """Return where the addresses of rows without coordinates lie, and which rows were asked about."""
    addresses = parsed.words.get("address")
    if place is None or addresses is None:
        return nowhere(len(blank)), np.zeros(len(blank), dtype=bool)
    asked = blank & addresses.is_valid().to_numpy(zero_copy_only=False)
    return look_up(addresses, asked, place), asked


def _carry(x: Floats, y: Floats, source: str, target: str) -> tuple[Floats, Floats]:
    return (x.copy(), y.copy()) if source == target else project(x, y, source=source, target=target)


def _inside(lon: Floats, lat: Floats, bbox: Bbox) -> Flags:
    inside: Flags = (bbox.west <= lon) & (lon <= bbox.east) & (bbox.south <= lat) & (lat <= bbox.north)
    return inside
