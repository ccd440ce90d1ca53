"""Lengths on the ellipsoid, for whole columns of lines."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import Geod

from peelian.domain.place import Floats
from peelian.domain.streets import Texts

_WGS84 = Geod(ellps="WGS84")


def lengths_m(lines: Texts) -> Floats:
    """Return the geodesic lengths, in metres, of LineStrings in degrees (Karney 2013, as PROJ has it)."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    within = line[1:] == line[:-1]
    before, after = points[:-1][within], points[1:][within]
    _, _, steps = _WGS84.inv(before[:, 0], before[:, 1], after[:, 0], after[:, 1])
    return np.bincount(line[1:][within], weights=steps, minlength=len(lines)).astype(np.float64)
