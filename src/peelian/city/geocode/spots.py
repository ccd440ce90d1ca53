"""Where an address lies if a street is the one meant: house, side of a block, middle of a block, crossing, street."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peelian.city.geocode.along import Point, along, centre, metres_between, radius_m
from peelian.city.geocode.found import Rule
from peelian.city.geocode.index import HouseRange, StreetIndex

OFFSET_M = 10.0
"""From the middle of the street to the houses: half a residential street with its front yard."""
HOUSE_M = 5.0
CROSSING_M = 15.0
STRETCH_GAP_M = 100.0
"""Ranges of one hundred this close together are one block."""
SHORT_STREET_M = 100.0
"""Radius up to which the middle of a street stands for any house on it."""


@dataclass(frozen=True)
class Spot:
    """A place an address may mean.

    Parameters
    ----------
    precision_m : radius in metres within which the place lies.
    on_its_side : whether the number is odd or even as the side of the street it was put on.
    areas : postal codes or municipalities of the segments it lies on.
    """

    point: Point
    precision_m: float
    rule: Rule
    on_its_side: bool = True
    areas: frozenset[str] = frozenset()


def house_spots(index: StreetIndex, *, name: int, number: int) -> tuple[Spot, ...]:
    """Return where house `number` of the street may stand; the address file goes before the ranges."""
    if rows := index.houses.get((name, number)):
        return tuple(_house(index, row) for row in rows)
    holding = [r for r in index.ranges_of[name] if r.low <= number <= r.high]
    kept = [r for r in holding if r.keeps_parity(number)]
    return tuple(_interpolated(index, r, number, on_its_side=bool(kept)) for r in kept or holding)


def block_spots(index: StreetIndex, *, name: int, hundred: int) -> tuple[Spot, ...]:
    """Return the middle of each stretch of the street that has numbers from `hundred` to `hundred` + 99."""
    inside = [r for r in index.ranges_of[name] if r.low <= hundred + 99 and r.high >= hundred]
    return tuple(_block(index, stretch, hundred) for stretch in _stretches(index, inside, hundred))


def crossing_spots(index: StreetIndex, *, first: int, second: int) -> tuple[Spot, ...]:
    """Return the nodes at which two streets meet; a street does not cross itself."""
    if first == second:
        return ()
    rows = (*index.segments_of[first], *index.segments_of[second])
    segments = index.segments
    spots = []
    for node in sorted(index.nodes_of[first] & index.nodes_of[second]):
        point = Point(float(segments.node_lon[node]), float(segments.node_lat[node]))
        at = [row for row in rows if node in {segments.tail[row], segments.head[row]}]
        spots.append(Spot(point, CROSSING_M, Rule.CROSSING, areas=_areas(index, at)))
    return tuple(spots)


def street_spots(index: StreetIndex, *, name: int) -> tuple[Spot, ...]:
    """Return the middle of the street if it is so short that any house on it is near; else nothing."""
    rows = index.segments_of[name]
    points = [Point(lon, lat) for row in rows for lon, lat in index.segments.course(row)]
    if not points or (radius := radius_m(points)) > SHORT_STREET_M:
        return ()
    return (Spot(centre(points), radius, Rule.STREET, areas=_areas(index, rows)),)


def _house(index: StreetIndex, row: int) -> Spot:
    assert index.points is not None
    point = Point(float(index.points.lon[row]), float(index.points.lat[row]))
    return Spot(point, HOUSE_M, Rule.HOUSE)


def _interpolated(index: StreetIndex, r: HouseRange, number: int, *, on_its_side: bool) -> Spot:
    point = along(index.segments.course(r.segment), fraction=r.fraction(number), offset_m=r.side * OFFSET_M)
    half = float(index.segments.length_m[r.segment]) / 2
    return Spot(point, max(half, OFFSET_M), Rule.INTERPOLATED, on_its_side, _areas(index, [r.segment]))


def _stretches(
    index: StreetIndex, ranges: Sequence[HouseRange], hundred: int
) -> tuple[tuple[HouseRange, ...], ...]:
    """Return the ranges in groups of neighbours."""
    groups: list[list[HouseRange]] = []
    for r in ranges:
        ends = _ends(index, r, hundred)
        touching = [
            group
            for group in groups
            if any(
                metres_between(a, b) <= STRETCH_GAP_M
                for other in group
                for a in _ends(index, other, hundred)
                for b in ends
            )
        ]
        joined = [r, *(other for group in touching for other in group)]
        groups = [*(group for group in groups if group not in touching), joined]
    return tuple(tuple(group) for group in groups)


def _ends(index: StreetIndex, r: HouseRange, hundred: int) -> tuple[Point, Point]:
    """Return where the numbers of this hundred begin and end on the middle of the range's segment."""
    course = index.segments.course(r.segment)
    low, high = max(r.low, hundred), min(r.high, hundred + 99)
    first, last = (along(course, fraction=r.fraction(number), offset_m=0.0) for number in (low, high))
    return first, last


def _block(index: StreetIndex, stretch: Sequence[HouseRange], hundred: int) -> Spot:
    points = [end for r in stretch for end in _ends(index, r, hundred)]
    precision = max(radius_m(points), OFFSET_M)
    areas = _areas(index, [r.segment for r in stretch])
    return Spot(centre(points), precision, Rule.BLOCK, areas=areas)


def _areas(index: StreetIndex, rows: Sequence[int]) -> frozenset[str]:
    return frozenset(index.segments.areas[row] for row in rows) if index.segments.areas else frozenset()
