"""Areas: beats, districts and neighbourhoods, each with the civil days on which it was valid.

For: saying in which area a point lay on a day, so that a change of boundaries never rewrites history.
Not for: reading a publisher's file, closing old versions (city does).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Ints
from peelian.domain.validity import Dated

NOWHERE = -1
"""Stands where a point lies in no area of that day."""

Days = NDArray[np.datetime64]
SAME_PLACE_DEG = 1e-7


@dataclass(frozen=True, eq=False)
class Area(Dated):
    """One area as it was from `valid_from` until the day before `valid_to`.

    Parameters
    ----------
    layer : kind of area, e.g. "beat".
    area_id, name : the agency's own.
    valid_from : first civil day; None if it always was.
    valid_to : first civil day on which it no longer is; None if it still is.
    geometry : Polygon or MultiPolygon in degrees, WGS 84.
    """

    layer: str
    area_id: str
    name: str
    valid_from: date | None
    valid_to: date | None
    geometry: shapely.Geometry

    @property
    def key(self) -> str:
        """Return what stays the same from one version of the area to the next."""
        return self.area_id

    def dated(self, valid_from: date | None, valid_to: date | None) -> Area:
        """Return the same area with other days of validity."""
        return replace(self, valid_from=valid_from, valid_to=valid_to)

    def says_as(self, other: Area) -> bool:
        """Return whether the other has the same name and the same outline, corner by corner, to a centimetre."""
        one, two = shapely.normalize(self.geometry), shapely.normalize(other.geometry)
        return self.name == other.name and bool(shapely.equals_exact(one, two, tolerance=SAME_PLACE_DEG))


@dataclass(frozen=True, eq=False)
class Areas:
    """All versions of the areas of one layer; of one area no two versions hold on the same day."""

    versions: tuple[Area, ...]

    def __post_init__(self) -> None:
        if len(layers := {area.layer for area in self.versions}) > 1:
            raise BadInput(
                f"Areas of the layers {', '.join(sorted(layers))} came together; keep layers apart."
            )
        in_order = sorted(self.versions, key=lambda area: (area.area_id, area.first_day))
        object.__setattr__(self, "versions", tuple(in_order))
        for before, after in pairwise(in_order):
            if before.area_id == after.area_id and after.first_day < before.end_day:
                raise BadInput(
                    f"The {after.layer} {after.area_id} has two versions that both hold on {after.first_day}; "
                    "close the earlier one before the later begins."
                )

    def __len__(self) -> int:
        return len(self.versions)

    def on(self, day: date) -> Areas:
        """Return the areas that held on `day`."""
        return Areas(tuple(area for area in self.versions if area.first_day <= day < area.end_day))

    def rows_of(self, lon: ArrayLike, lat: ArrayLike, day: ArrayLike | Sequence[date]) -> Ints:
        """Return, for p points in degrees with their civil days, the row in `versions`, or NOWHERE.

        A point on a shared edge belongs to the area with the smallest id of those that held on the day, and
        so does one in two areas that overlap: whoever counts, counts it once and always in the same place.
        """
        x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
        days = np.broadcast_to(np.asarray(day, "M8[D]"), x.shape)
        order = np.argsort(x, kind="stable")
        x, y, days = x[order], y[order], days[order]
        found = np.full(len(x), NOWHERE, dtype=np.int32)
        # Written from the last id to the first, so that the first has the last word.
        for row in reversed(range(len(self.versions))):
            found[self._inside(row, x, y, days)] = row
        rows = np.empty_like(found)
        rows[order] = found
        return rows

    def of(self, lon: ArrayLike, lat: ArrayLike, day: ArrayLike | Sequence[date]) -> NDArray[np.object_]:
        """Return, for p points with their days, the id of the area in which each lay, None where in none."""
        ids = np.array([*(area.area_id for area in self.versions), None], dtype=object)
        found: NDArray[np.object_] = ids[self.rows_of(lon, lat, day)]  # NOWHERE is the last
        return found

    def _inside(self, row: int, x: Floats, y: Floats, days: Days) -> NDArray[np.int64]:
        """Return which points, sorted by x, lay in one version: first by its box and days, then by its outline."""
        area = self.versions[row]
        west, south, east, north = self._bounds[row]
        start, stop = np.searchsorted(x, west, "left"), np.searchsorted(x, east, "right")
        near = (y[start:stop] >= south) & (y[start:stop] <= north) & ~np.isnat(days[start:stop])
        if area.valid_from is not None:
            near &= days[start:stop] >= np.datetime64(area.valid_from)
        if area.valid_to is not None:
            near &= days[start:stop] < np.datetime64(area.valid_to)
        candidates = start + np.flatnonzero(near)
        inside = shapely.intersects_xy(area.geometry, x[candidates], y[candidates])
        chosen: NDArray[np.int64] = candidates[inside]
        return chosen

    @cached_property
    def _bounds(self) -> Floats:
        shapes = np.array([area.geometry for area in self.versions], dtype=object)
        shapely.prepare(shapes)
        bounds: Floats = shapely.bounds(shapes)
        return bounds
