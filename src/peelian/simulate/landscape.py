"""The ground the synthetic city stands on: a winding river, a park, and what each cell is used for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.domain.place import Floats
from peelian.domain.surface import Flags
from peelian.simulate.spec import CitySpec, LandUse


@dataclass(frozen=True, eq=False)
class Landscape:
    """A river from south to north, one elliptic park, shopping streets around a few centres.

    Parameters
    ----------
    river_x_m, river_swing_m, river_phase : the river's mid-line is x = river_x_m + swing sin(2 pi v + phase),
        v being the height in the city in [0, 1].
    river_half_width_m : half its width.
    park_m, park_radii_m : centre and half axes of the park.
    centres_m : (k, 2) shopping centres; the first is the largest.
    """

    spec: CitySpec
    river_x_m: float
    river_swing_m: float
    river_phase: float
    river_half_width_m: float
    park_m: Floats
    park_radii_m: Floats
    centres_m: Floats

    def metres_from_river(self, points_m: Floats) -> Floats:
        """Return how far (n, 2) points lie from the river's mid-line, measured east to west, in metres."""
        height = (points_m[:, 1] - self.spec.south_m) / self.spec.height_m
        middle = self.river_x_m + self.river_swing_m * np.sin(2 * np.pi * height + self.river_phase)
        distance: Floats = np.abs(points_m[:, 0] - middle)
        return distance

    def in_water(self, points_m: Floats) -> Flags:
        """Return which of (n, 2) points lie in the river."""
        return self.metres_from_river(points_m) < self.river_half_width_m

    def in_park(self, points_m: Floats) -> Flags:
        """Return which of (n, 2) points lie in the park."""
        inside: Flags = (((points_m - self.park_m) / self.park_radii_m) ** 2).sum(axis=1) < 1
        return inside

    def land_use(self, points_m: Floats) -> NDArray[np.int64]:
        """Return the `LandUse` code at (n, 2) points; water wins over park, park over the rest."""
        from_centre = np.linalg.norm(points_m[:, None, :] - self.centres_m[None, :, :], axis=2)
        reach = np.where(np.arange(len(self.centres_m)) == 0, 650.0, 380.0)
        height = (points_m[:, 1] - self.spec.south_m) / self.spec.height_m
        codes: NDArray[np.int64] = np.select(
            [
                self.in_water(points_m),
                self.in_park(points_m),
                (from_centre < reach).any(axis=1),
                (self.metres_from_river(points_m) < 800) & (height < 0.35),
            ],
            [LandUse.WATER, LandUse.PARK, LandUse.SHOPPING, LandUse.INDUSTRY],
            LandUse.RESIDENTIAL,
        ).astype(np.int64)
        return codes


def build_landscape(spec: CitySpec, rng: np.random.Generator) -> Landscape:
    """Draw the landscape of a city: river east of the middle, park in the north-west, four centres."""
    corner = np.array([spec.west_m, spec.south_m])
    size = np.array([spec.width_m, spec.height_m])
    anchors = np.array([[0.42, 0.45], [0.18, 0.25], [0.80, 0.70], [0.75, 0.22]])
    return Landscape(
        spec=spec,
        river_x_m=spec.west_m + 0.62 * spec.width_m,
        river_swing_m=0.05 * spec.width_m,
        river_phase=float(rng.uniform(0, 2 * np.pi)),
        river_half_width_m=130.0,
        park_m=corner + size * np.array([0.25, 0.70]),
        park_radii_m=np.array([0.08, 0.09]) * size,
        centres_m=corner + size * (anchors + rng.uniform(-0.04, 0.04, anchors.shape)),
    )
