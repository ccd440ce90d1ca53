"""The lattice of a deployment: the places and the period in which everything is counted, declared beforehand.

Nothing here may depend on the incidents. The order of the places decides which of them are shown together where
counts are small (see `protect`), so it is fixed by geography alone: cells along Hilbert's curve, which keeps
neighbours near each other, areas as the agency lists them. The last place is always "elsewhere", so that every
incident is counted somewhere and no remainder can be had by subtraction from a total known from another source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Grid, project

ELSEWHERE = "elsewhere"
LEAST_SIDE_M = 500.0
"""Nothing smaller than a square of this side is a place of a release."""
Numbers = NDArray[np.int64]


class Step(StrEnum):
    """The length of a period."""

    WEEK = "week"  # Monday to Sunday
    MONTH = "month"
    QUARTER = "quarter"

    def next(self, day: date) -> date:
        """Return the first day of the first period that begins after `day`."""
        if self is Step.WEEK:
            return day + timedelta(days=7 - day.weekday())
        months = 1 if self is Step.MONTH else 3
        first = (day.month - 1) // months * months + 1
        return date(day.year + (first + months > 12), (first + months - 1) % 12 + 1, 1)

    def periods(self, first: date, end: date) -> tuple[tuple[date, date], ...]:
        """Return the half-open periods from `first` to `end`, which must both be borders of periods."""
        found = []
        start = first
        while start < end:
            found.append((start, self.next(start)))
            start = self.next(start)
        if not found or start != end or self.next(first - timedelta(days=1)) != first:
            raise BadInput(
                f"{first} to {end} are not whole {self}s; give the first day of a {self} and, as the end, the first "
                f"day of a later one."
            )
        return tuple(found)


class Places(Protocol):
    """Places in a declared order, "elsewhere" last."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names in order."""
        ...

    @property
    def outlines(self) -> tuple[str, ...]:
        """Return the outline of each as WKT in WGS 84; empty for elsewhere."""
        ...

    def numbers_of(self, x_m: Floats, y_m: Floats) -> Numbers:
        """Return the number in `names` of the place that holds each of n projected points."""
        ...

    def document(self) -> Document:
        """Return what two lattices must share to be the same."""
        ...


@dataclass(frozen=True)
class CoarseCells:
    """`wide` x `high` cells of a grid of at least 500 m; (ix, iy) is the south-western one."""

    grid: Grid
    ix: int
    iy: int
    wide: int
    high: int

    def __post_init__(self) -> None:
        if self.grid.size_m < LEAST_SIDE_M:
            raise BadInput(
                f"A release counts in cells of {LEAST_SIDE_M:.0f} m or more, not {self.grid.size_m} m; a finer map "
                "points at houses."
            )
        if self.wide < 1 or self.high < 1:
            raise BadInput(f"{self.wide} x {self.high} cells are no area; give at least one each way.")

    @cached_property
    def _cells(self) -> NDArray[np.int64]:
        columns, rows = np.meshgrid(np.arange(self.wide), np.arange(self.high), indexing="ij")
        cells = np.stack([columns.ravel(), rows.ravel()], axis=-1)
        place = [hilbert(int(x), int(y), side=max(self.wide, self.high)) for x, y in cells]
        ordered: NDArray[np.int64] = cells[np.argsort(place)]
        return ordered

    @property
    def names(self) -> tuple[str, ...]:
        """Return names such as `cell x12 y-3`, elsewhere last."""
        return (*(f"cell x{self.ix + x} y{self.iy + y}" for x, y in self._cells), ELSEWHERE)

    @property
    def outlines(self) -> tuple[str, ...]:
        """Return the squares as WKT in WGS 84."""
        cells = (self._cells + np.array([self.ix, self.iy])).astype(np.int32)
        squares = shapely.polygons(self.grid.corners(cells))
        return (*_wkt(squares, epsg=self.grid.epsg), "")

    def numbers_of(self, x_m: Floats, y_m: Floats) -> Numbers:
        """Return the number of the cell that holds each point; outside all of them is elsewhere."""
        at = self.grid.cells_of(x_m, y_m).astype(np.int64) - [self.ix, self.iy]
        inside = ((at >= 0) & (at < [self.wide, self.high])).all(axis=1)
        number = np.empty((self.wide, self.high), dtype=np.int64)
        number[tuple(self._cells.T)] = np.arange(len(self._cells))
        found = np.full(len(at), len(self._cells), dtype=np.int64)
        found[inside] = number[tuple(at[inside].T)]
        return found

    def document(self) -> Document:
        """Return grid and extent."""
        extent = [self.ix, self.iy, self.wide, self.high]
        return {"kind": "cells", "grid": self.grid.document(), "extent": extent}


def cells_over(bbox: tuple[float, float, float, float], *, epsg: int, size_m: float) -> CoarseCells:
    """Return the cells of `size_m` that cover a box of west, south, east, north degrees (WGS 84)."""
    west, south, east, north = bbox
    ring = shapely.segmentize(shapely.box(west, south, east, north), 0.05).exterior.coords
    lon, lat = np.asarray(ring).T
    grid = Grid(epsg, size_m)
    cells = grid.cells_of(*project(lon, lat, source="EPSG:4326", target=f"EPSG:{epsg}"))
    ix, iy = cells.min(axis=0).tolist()
    wide, high = (cells.max(axis=0) - cells.min(axis=0) + 1).tolist()
    return CoarseCells(grid, ix, iy, wide, high)


@dataclass(frozen=True, eq=False)
class NamedAreas:
    """Areas of one layer (beats, districts) as they were drawn throughout the released days, as the agency lists them.

    `shapes` are in metres of `epsg`. A point in two of them belongs to the one listed first.
    """

    layer: str
    area_names: tuple[str, ...]
    shapes: tuple[shapely.Geometry, ...]
    epsg: int

    def __post_init__(self) -> None:
        if len(set(self.area_names)) != len(self.shapes) or len(self.area_names) != len(self.shapes):
            raise BadInput(f"Every {self.layer} needs one name of its own and one outline; check the list.")
        for name, shape in zip(self.area_names, self.shapes, strict=True):
            if shape.area < LEAST_SIDE_M**2:
                raise BadInput(
                    f"The {self.layer} {name!r} has {shape.area:,.0f} m2; a release counts in places of "
                    f"{LEAST_SIDE_M**2:,.0f} m2 or more. Join it with its neighbour."
                )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names as listed, elsewhere last."""
        return (*self.area_names, ELSEWHERE)

    @property
    def outlines(self) -> tuple[str, ...]:
        """Return the outlines as WKT in WGS 84."""
        return (*_wkt(np.array(self.shapes), epsg=self.epsg), "")

    def numbers_of(self, x_m: Floats, y_m: Floats) -> Numbers:
        """Return the number of the first area that holds each point; outside all of them is elsewhere."""
        points = shapely.points(x_m, y_m)
        which, area = shapely.STRtree(self.shapes).query(points, predicate="intersects")
        found = np.full(len(points), len(self.shapes), dtype=np.int64)
        np.minimum.at(found, which, area)
        return found

    def document(self) -> Document:
        """Return layer, names and the digest of the outlines: an area redrawn is another lattice."""
        drawn = digest(b"".join(shapely.to_wkb(shapely.normalize(np.array(self.shapes)), byte_order=1)))
        return {"kind": "areas", "layer": self.layer, "names": list(self.area_names), "outlines": drawn}


def lattice_digest(places: Places, step: Step) -> str:
    """Return the name of a lattice: equal for equal places and periods, and only for those."""
    return digest(canonical({"places": places.document(), "step": step.value}))


def hilbert(x: int, y: int, *, side: int) -> int:
    """Return the position of cell (x, y) along Hilbert's curve over the smallest power of two >= `side`.

    Hilbert (1891); the conversion is the usual one by quadrants (Skilling 2004).
    """
    position, half = 0, 1 << max(0, (side - 1).bit_length() - 1)
    while half:
        right, up = int(x & half > 0), int(y & half > 0)
        position += half * half * ((3 * right) ^ up)
        if not up:
            if right:
                x, y = ~x, ~y
            x, y = y, x
        half >>= 1
    return position


def _wkt(shapes: NDArray[np.object_], *, epsg: int) -> tuple[str, ...]:
    def to_degrees(metres: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack(
            project(metres[:, 0], metres[:, 1], source=f"EPSG:{epsg}", target="EPSG:4326"), axis=-1
        )

    texts = shapely.to_wkt(shapely.transform(shapes, to_degrees), rounding_precision=6)
    return tuple(str(text) for text in texts)
