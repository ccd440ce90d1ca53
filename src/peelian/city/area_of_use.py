"""Whether a delivery of places lies where the deployment is; the commonest fault is exchanged coordinates."""

from __future__ import annotations

import numpy as np
from pyproj import CRS

from peelian.domain.errors import BadInput
from peelian.domain.place import Floats

MARGIN_DEG = 1.0
"""A city may reach a little beyond the zone in which it is measured."""


def check_area_of_use(lon: Floats, lat: Floats, *, epsg: int, name: str) -> None:
    """Refuse places, in degrees, whose middle lies outside the area for which `epsg` is made."""
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        raise BadInput(f"{name} has no readable place; name its columns of coordinates.")
    x, y = float(np.median(lon[known])), float(np.median(lat[known]))
    area = CRS.from_epsg(epsg).area_of_use
    if area is None or _within(x, y, area.bounds):
        return
    if _within(y, x, area.bounds):
        raise BadInput(
            f"{name} has longitude and latitude exchanged: its middle is at longitude {x:.4f}, latitude {y:.4f}, "
            f"which lies in the area of EPSG:{epsg} only the other way round. Exchange the columns."
        )
    raise BadInput(
        f"{name} lies around longitude {x:.4f}, latitude {y:.4f}, outside the area of EPSG:{epsg} "
        f"({area.name}); give the file of this city, and state its crs if it is not in degrees."
    )


def _within(lon: float, lat: float, bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    inside_lon = west - MARGIN_DEG <= lon <= east + MARGIN_DEG
    return inside_lon and south - MARGIN_DEG <= lat <= north + MARGIN_DEG
