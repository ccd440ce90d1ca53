"""Areas drawn as letters: each letter is a square of about a thousandth of a degree, north on top."""

from __future__ import annotations

from datetime import date

import shapely

from peelian.domain.areas import Area

WEST, SOUTH, STEP = -87.640625, 41.875, 2**-10
"""Exact in binary, so that a point on an edge lies on it."""


def drawn_areas(
    picture: str, *, valid_from: date | None = None, valid_to: date | None = None, layer: str = "beat"
) -> tuple[Area, ...]:
    """Return an area for each letter of `picture`; "." is no area."""
    lines = picture.split()[::-1]
    squares: dict[str, list[shapely.Geometry]] = {}
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            west, south = WEST + column * STEP, SOUTH + row * STEP
            squares.setdefault(letter, []).append(shapely.box(west, south, west + STEP, south + STEP))
    return tuple(
        Area(layer, letter, f"Beat {letter}", valid_from, valid_to, shapely.union_all(parts))
        for letter, parts in sorted(squares.items())
        if letter != "."
    )


def at(column: float, row: float) -> tuple[float, float]:
    """Return the place (lon, lat) that many squares east and north of the south-west corner of a picture."""
    return WEST + column * STEP, SOUTH + row * STEP
