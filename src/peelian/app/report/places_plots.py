"""Small maps and series of what is known of a city's places: outlines, streets, features by cell, shifts, conditions.

Features are never drawn where they lie: they are counted in cells of half a kilometre, and a cell with fewer than
SMALLEST is only said to have some, so that no household can be found on the map. How many there are in all is not
told: less the cells that are told, it would be the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from markupsafe import Markup

from peelian.app.report import svg
from peelian.domain.areas import Areas
from peelian.domain.place import Floats, project
from peelian.domain.plural import plural
from peelian.domain.shifts import MINUTES_OF_A_DAY, Shift
from peelian.domain.streets import StreetNetwork

WIDTH = 360
EDGE = 6.0
FOOT = 26.0
CELL_M = 500.0
SMALLEST = 10
BELOW = (SMALLEST, 30, 90, 270, 810)
"""Counts below which a cell takes the lighter colour, class by class."""

LEGEND = f"Cells of {CELL_M:.0f} m, the darker the more: below {', '.join(map(str, BELOW))}, and above."
MOST_STREETS = 6_000
"""The longest so many streets are drawn: on a map as wide as a hand the others are grey anyway."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Sheet:
    """Carries metres into drawing units, north up, in one scale for both directions."""

    west: float
    north: float
    scale: float
    height: float

    @classmethod
    def around(cls, xy_m: Floats) -> Sheet:
        """Return the sheet that holds all (n, 2) points."""
        (west, south), (east, north) = xy_m.min(axis=0), xy_m.max(axis=0)
        span = max(
            east - west, (north - south) / 1.5, 1.0
        )  # a long thin city is not drawn taller than a page
        scale = (WIDTH - 2 * EDGE) / span
        return cls(float(west), float(north), float(scale), float(scale * (north - south) + 2 * EDGE))

    def points(self, xy_m: Floats) -> Floats:
        """Return (n, 2) metres in drawing units."""
        flipped = (xy_m - [self.west, self.north]) * [self.scale, -self.scale]
        points: Floats = flipped + EDGE
        return points


def drawn_areas(areas: Areas, *, epsg: int, title: str) -> Markup:
    """Draw the outlines of areas."""
    shapes = shapely.transform(
        np.array([area.geometry for area in areas.versions], dtype=object),
        lambda degrees: np.stack(
            project(degrees[:, 0], degrees[:, 1], source="EPSG:4326", target=f"EPSG:{epsg}"), 1
        ),
    )
    sheet = Sheet.around(shapely.get_coordinates(shapes))
    simpler = shapely.simplify(shapes, tolerance=0.5 / sheet.scale)
    outlines = [
        svg.element("path", svg.element("title", area.name), d=_outline(shape, sheet), class_="outline")
        for area, shape in zip(areas.versions, simpler, strict=True)
    ]
    return _map(sheet, *outlines, title=title, description=plural(len(areas), "area"))


def _outline(shape: shapely.Geometry, sheet: Sheet) -> str:
    rings = shapely.get_rings(shapely.get_parts(shape))
    return "".join(_path(sheet.points(shapely.get_coordinates(ring))) + "z" for ring in rings)


def _path(points: Floats) -> str:
    return "M" + "L".join(f"{svg.short(x)} {svg.short(y)}" for x, y in points.round(1).tolist())


def drawn_streets(network: StreetNetwork, *, epsg: int, title: str) -> Markup:
    """Draw the longest streets of a network, each straight from end to end."""
    nodes = np.stack(
        project(network.nodes.lon, network.nodes.lat, source="EPSG:4326", target=f"EPSG:{epsg}"), 1
    )
    sheet = Sheet.around(nodes)
    longest = np.argsort(-network.edges.length_m, kind="stable")[:MOST_STREETS]
    ends = np.stack([network.edges.tail[longest], network.edges.head[longest]], axis=1)
    points = sheet.points(nodes)[ends].round(1)
    path = "".join(_path(pair) for pair in points)
    shown = f"the longest {len(longest):,} of " if len(longest) < len(network.edges) else ""
    told = f"{shown}{plural(len(network.edges), 'street')}, {network.length_km:,.0f} km in all"
    return _map(sheet, svg.element("path", d=path, class_="street"), title=title, description=told)


def drawn_features(features: pa.Table, *, title: str) -> Markup:
    """Draw features (columns x_m, y_m) as counts by cell of CELL_M."""
    xy_m = np.stack([features["x_m"].to_numpy(), features["y_m"].to_numpy()], axis=1)
    cells, counts = np.unique(np.floor(xy_m / CELL_M), axis=0, return_counts=True)
    sheet = Sheet.around(np.concatenate([cells, cells + 1]) * CELL_M)
    side = CELL_M * sheet.scale
    squares = [
        svg.element(
            "rect",
            svg.element("title", _told(int(n))),
            x=float(x), y=float(y), width=side, height=side, class_=f"level-{_level(int(n))}",
        )
        for (x, y), n in zip(sheet.points((cells + np.array([0, 1])) * CELL_M), counts, strict=True)
    ]  # fmt: skip
    told = (
        f"features in {plural(len(cells), 'cell')} of {CELL_M:.0f} m, "
        f"at most {max(int(counts.max()), SMALLEST):,} in one; darker cells hold more"
    )
    return _map(sheet, *squares, title=title, description=told)


def _told(n: int) -> str:
    return f"fewer than {SMALLEST}" if n < SMALLEST else plural(n, "feature")


def _level(n: int) -> int:
    return next((level for level, most in enumerate(BELOW) if n < most), len(BELOW))


def drawn_shifts(shifts: Sequence[Shift], *, title: str) -> Markup:
    """Draw each shift as a bar from its beginning to its end over the hours of a day."""
    rows = [part for number, shift in enumerate(shifts) for part in _shift(shift, top=20 + 34 * number)]
    hours = [
        svg.text(f"{hour:02d}", x=_across(60 * hour), y=12, anchor=_anchor(hour)) for hour in range(0, 25, 6)
    ]
    return svg.drawing(
        *hours,
        *rows,
        width=WIDTH,
        height=20 + 34 * len(shifts),
        title=title,
        description=plural(len(shifts), "shift"),
        class_="plot",
    )


def _anchor(hour: int) -> str:
    return {0: "start", 24: "end"}.get(hour, "middle")


def _across(minute: float) -> float:
    return WIDTH * minute / MINUTES_OF_A_DAY


def _shift(shift: Shift, *, top: float) -> list[Markup]:
    """Return the bar, or the two where it goes over midnight, and its words."""
    end = shift.start_minute + shift.minutes
    spans = [(shift.start_minute, min(end, MINUTES_OF_A_DAY)), (0, end - MINUTES_OF_A_DAY)]
    bars = [
        svg.element(
            "rect", x=_across(start), y=top + 15, width=_across(stop - start), height=12.0, class_="bar"
        )
        for start, stop in spans
        if stop > start
    ]
    days = "every day" if len(shift.weekdays) == 7 else ", ".join(WEEKDAYS[day - 1] for day in shift.weekdays)
    times = f"{_clock(shift.start_minute)} to {_clock(end)}"
    return [*bars, svg.text(f"{shift.name}: {times}, {days}", x=0, y=top + 10)]


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def _map(sheet: Sheet, *parts: Markup, title: str, description: str) -> Markup:
    """Return a map with its scale bar below."""
    metres = svg.nice_below((WIDTH - 2 * EDGE) / sheet.scale / 3)
    base = sheet.height + 8
    bar = svg.line(EDGE, base, EDGE + metres * sheet.scale, base, class_="scale")
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    name = svg.text(f"{words}, north is up", x=EDGE + metres * sheet.scale + 6, y=base + 4)
    return svg.drawing(
        *parts, bar, name,
        width=WIDTH, height=sheet.height + FOOT, title=title, description=description, class_="plot",
    )  # fmt: skip
