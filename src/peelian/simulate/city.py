"""The synthetic city itself: cells, streets, and the background intensity it was made with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.domain.place import Floats, Ints
from peelian.simulate.landscape import build_landscape
from peelian.simulate.spec import CitySpec, OffenceGroup
from peelian.simulate.streets import Streets, build_streets

Rows = NDArray[np.int64]

SOURCES_PER_KIND = 3
SOURCE_STRENGTH = 7.0
SOURCE_REACH_M = 280.0
CELL_SPREAD = 0.7  # standard deviation of the log of what makes one street differ from the next


@dataclass(frozen=True)
class RiskSource:
    """A point that raises the background of the groups attracted by its kind."""

    kind: str
    x_m: float
    y_m: float


@dataclass(frozen=True, eq=False)
class City:
    """A synthetic city and its truth.

    Parameters
    ----------
    cells : (n, 2) names of all cells of the rectangle, on `spec.grid`.
    land_use : (n,) codes of `spec.LandUse`.
    weekly : (groups, n) background incidents per average week, in the order of `spec.groups`.
    points_m : (k, 2) places on streets, sorted by cell.
    first_point : (n + 1,) the points of cell row i are `points_m[first_point[i]:first_point[i + 1]]`.
    """

    spec: CitySpec
    streets: Streets
    sources: tuple[RiskSource, ...]
    cells: Ints
    land_use: Rows
    weekly: Floats
    points_m: Floats
    first_point: Rows

    def __post_init__(self) -> None:
        for array in (self.cells, self.land_use, self.weekly, self.points_m, self.first_point):
            array.setflags(write=False)

    def rows_of(self, points_m: Floats) -> Rows:
        """Return the cell row of each of (n, 2) points inside the city."""
        return _rows(self.spec, points_m)

    def place(self, rows: Rows, rng: np.random.Generator) -> Floats:
        """Return one (x, y) on a street for each cell row, every metre of the cell's streets alike."""
        first, last = self.first_point[rows], self.first_point[rows + 1]
        placed: Floats = self.points_m[rng.integers(first, last)]
        return placed


def build_city(spec: CitySpec, rng: np.random.Generator) -> City:
    """Draw a city. The same spec and generator state give the same city, to the bit."""
    landscape = build_landscape(spec, rng)
    streets = build_streets(spec, landscape, rng)
    cells = _cells(spec)
    points = streets.points()
    points = points[np.argsort(_rows(spec, points), kind="stable")]
    street_points = np.bincount(_rows(spec, points), minlength=len(cells))
    land_use = landscape.land_use(spec.grid.centres(cells))
    sources = _sources(spec, points[~landscape.in_water(points)], rng)
    character = rng.lognormal(0.0, CELL_SPREAD, len(cells))
    base = street_points * character
    weekly = [
        _weekly(group, centres=spec.grid.centres(cells), base=base, land_use=land_use, sources=sources)
        for group in spec.groups
    ]
    first_point = np.concatenate([[0], np.cumsum(street_points)])
    return City(spec, streets, sources, cells, land_use, np.array(weekly), points, first_point)


def _cells(spec: CitySpec) -> Ints:
    """All cells of the rectangle, row by row from the south-west."""
    west, south, east, north = (round(edge / spec.cell_m) for edge in spec.bounds_m)
    ix, iy = np.meshgrid(np.arange(west, east), np.arange(south, north))
    return np.stack([ix.ravel(), iy.ravel()], axis=1).astype(np.int32)


def _rows(spec: CitySpec, points_m: Floats) -> Rows:
    """The place of each point's cell in `_cells`."""
    column, row = ((points_m - [spec.west_m, spec.south_m]) // spec.cell_m).astype(np.int64).T
    rows: Rows = row * round(spec.width_m / spec.cell_m) + column
    return rows


def _sources(spec: CitySpec, points_m: Floats, rng: np.random.Generator) -> tuple[RiskSource, ...]:
    """A few sources of every kind that some group is attracted by, each at a place on a street."""
    kinds = sorted({group.attracted_by for group in spec.groups})
    chosen = rng.choice(points_m, size=(len(kinds), SOURCES_PER_KIND), replace=False)
    return tuple(
        RiskSource(kind, float(x), float(y))
        for kind, places in zip(kinds, chosen, strict=True)
        for x, y in places
    )


def _weekly(
    group: OffenceGroup,
    *,
    centres: Floats,
    base: Floats,
    land_use: Rows,
    sources: tuple[RiskSource, ...],
) -> Floats:
    """Background per cell: street metres x character x land use x (1 + nearness to risk sources)."""
    near = np.array([[source.x_m, source.y_m] for source in sources if source.kind == group.attracted_by])
    squared = ((centres[:, None, :] - near[None, :, :]) ** 2).sum(axis=2)
    pull = 1 + SOURCE_STRENGTH * np.exp(-squared / (2 * SOURCE_REACH_M**2)).sum(axis=1)
    weight = base * np.array(group.by_land_use)[land_use] * pull
    weekly: Floats = group.weekly_rate * weight / weight.sum()
    return weekly
