"""House numbers on the sides of streets, from OpenStreetMap's rows of interpolated addresses.

A row (`addr:interpolation`) runs beside a street and has a number at either end. It is given to the edge of its
street that is nearest to its middle, on the side on which it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from peelian.domain.place import Floats, Ints
from peelian.domain.streets import NO_NUMBER, Texts

FARTHEST_DEG = 0.001
"""A row farther from every edge of its street than about 100 m belongs to none of them."""

LEFT, RIGHT = 0, 2


@dataclass(frozen=True)
class Interpolation:
    """A row of house numbers: its street ("" where it does not say), both ends in degrees, and their numbers."""

    street: str
    start: tuple[float, float]
    end: tuple[float, float]
    first: int
    last: int


def numbers_along(lines: Texts, *, name: Texts, found: Sequence[Interpolation]) -> Ints:
    """Return the (m, 4) house numbers of m edges, in the order of `StreetEdges.house_numbers`."""
    numbers = np.full((len(lines), 4), NO_NUMBER, dtype=np.int32)
    if not found:
        return numbers
    tree = shapely.STRtree(lines)
    for row in found:
        middle = shapely.Point(np.mean([row.start, row.end], axis=0))
        near = tree.query(middle, predicate="dwithin", distance=FARTHEST_DEG)
        near = np.sort(near[(name[near] == row.street) | (row.street == "")])
        if len(near):
            edge = near[np.argmin(shapely.distance(lines[near], middle))]
            _put(numbers[edge], row, line=lines[edge], middle=middle)
    return numbers


def _put(numbers: Ints, row: Interpolation, *, line: shapely.LineString, middle: shapely.Point) -> None:
    """Write a row's numbers on its side of an edge, from the edge's tail on, beside those already there."""
    begin, stop = (shapely.line_locate_point(line, shapely.Point(point)) for point in (row.start, row.end))
    first, last = (row.first, row.last) if begin <= stop else (row.last, row.first)
    side = LEFT if _is_left(line, middle) else RIGHT
    before = numbers[side : side + 2]
    if before[0] == NO_NUMBER:
        before[:] = first, last
    elif first <= last:
        before[:] = min(*before, first), max(*before, last)
    else:
        before[:] = max(*before, first), min(*before, last)


def _is_left(line: shapely.LineString, point: shapely.Point) -> bool:
    """Return whether the point lies to the left of where the line comes nearest to it."""
    along = shapely.line_locate_point(line, point)
    step = line.length * 1e-3
    before: Floats = shapely.get_coordinates(shapely.line_interpolate_point(line, max(along - step, 0.0)))[0]
    after: Floats = shapely.get_coordinates(shapely.line_interpolate_point(line, along + step))[0]
    (dx, dy), (px, py) = after - before, shapely.get_coordinates(point)[0] - before
    return bool(dx * py - dy * px > 0)
