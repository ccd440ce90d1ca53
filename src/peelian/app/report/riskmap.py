"""The map of a risk surface: cells in a few classes of expected incidents, streets, places by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from peelian.app.report import svg
from peelian.domain.place import Floats, Grid, Ints
from peelian.domain.surface import RiskSurface

CELL = 40  # drawing units per cell: a street is placed to 1/40 of a cell, 6 m on a 250 m grid
FOOT = 0.075  # share of the width kept below the map for scale bar and north arrow
CLASSES = 6
MOST_CELLS = 8_000  # with these, and as many streets as below, the page stays under 1.5 MB
MOST_STREETS = 24_000


@dataclass(frozen=True)
class Frame:
    """Carries cells and metres of one grid into drawing units, north up."""

    grid: Grid
    west: int
    north: int
    width: int
    height: int

    @classmethod
    def around(cls, surface: RiskSurface) -> Frame:
        """Return the frame that holds every cell of `surface` and half a cell around."""
        if not len(surface.cells):
            return cls(surface.grid, 0, 0, CELL, CELL)
        low, high = surface.cells.min(axis=0), surface.cells.max(axis=0)
        width, height = ((high - low + 2) * CELL).tolist()
        return cls(surface.grid, int(low[0]), int(high[1]), width, height)

    def corners(self, cells: Ints) -> Ints:
        """Return the (n, 2) upper left corners of n cells in drawing units."""
        steps = np.stack([cells[:, 0] - self.west, self.north - cells[:, 1]], axis=-1)
        corners: Ints = (steps * CELL + CELL // 2).astype(np.int32)
        return corners

    def points(self, metres: Floats) -> Ints:
        """Return projected points (..., 2) in whole drawing units."""
        origin = np.array([self.grid.origin_x_m, self.grid.origin_y_m])
        steps = (metres - origin) / self.grid.size_m - np.array([self.west, self.north + 1])
        points: Ints = np.rint(steps * np.array([CELL, -CELL]) + CELL / 2).astype(np.int32)
        return points


def weekly(surface: RiskSurface) -> Floats:
    """Return the expected incidents per cell and week, with 0 where the forecast abstained."""
    rates: Floats = np.where(surface.abstained, 0.0, surface.mean * (7 / surface.period.days))
    return rates


def class_bounds(*rates: Floats) -> tuple[float, ...]:
    """Return the lower bounds of the colour classes, ascending, in 1-2-5 steps below the highest rate.

    Surfaces that are shown side by side share their classes. Cells below the first bound are not coloured;
    the bound rises where more than MOST_CELLS of one surface would be drawn.
    """
    highest = max((float(rate.max()) for rate in rates if len(rate)), default=0.0)
    if highest <= 0:
        return ()
    bounds = [svg.nice_below(highest)]
    while len(bounds) < CLASSES:
        bounds.insert(0, svg.nice_below(bounds[0] * 0.999))
    drawn = [int((rate >= bound).sum()) for bound in bounds for rate in rates]
    most = [max(drawn[i : i + len(rates)]) for i in range(0, len(drawn), len(rates))]
    return tuple(bound for bound, cells in zip(bounds, most, strict=True) if cells <= MOST_CELLS)


def risk_map(
    surface: RiskSurface,
    *,
    bounds: Sequence[float],
    title: str,
    description: str,
    name: str,
    streets: Floats | None = None,
    marks: Sequence[tuple[int, tuple[int, int]]] = (),
    stamp: str = "",
) -> Markup:
    """Draw `surface`.

    Parameters
    ----------
    bounds : lower bounds of the colour classes in expected incidents per week, from `class_bounds`.
    name : a word that no other drawing on the page uses, for the hatching's id.
    streets : (n, 2, 2) metres in the grid's projection.
    marks : (number, cell) of the places to name, most important first.
    stamp : a word drawn into the map itself, so that a copied picture keeps it.
    """
    frame = Frame.around(surface)
    hatched = frame.corners(surface.cells[surface.abstained])
    layers = [
        _hatching(name),
        svg.element("path", d=_area(frame, surface.cells), class_="area"),
        *_coloured(frame, surface, bounds),
        svg.element(
            "path", d=svg.squares(hatched, side=CELL), class_="abstained", fill=f"url(#hatch-{name})"
        ),
        *_streets(frame, streets),
        *(_mark(frame, number, cell) for number, cell in reversed(marks)),
        *_furniture(frame, stamp),
    ]
    return svg.drawing(
        *layers,
        width=frame.width,
        height=frame.height + FOOT * frame.width,
        title=title,
        description=description,
        class_="map",
    )


def swatch(level: int | None) -> Markup:
    """Return the legend's little square for a colour class, or for abstained cells if `level` is None."""
    inside = (
        svg.element("path", d="M0 8L8 0M-2 2L2-2M6 10L10 6", class_="hatch")
        if level is None
        else svg.element("rect", width=8, height=8, class_=f"level-{level}")
    )
    return svg.element("svg", inside, viewBox="0 0 8 8", class_="swatch", aria_hidden="true")


def _hatching(name: str) -> Markup:
    stripes = svg.element("path", d="M0 20L20 0M-5 5L5-5M15 25L25 15", class_="hatch")
    pattern = svg.element(
        "pattern", stripes, id=f"hatch-{name}", width=20, height=20, patternUnits="userSpaceOnUse"
    )
    return svg.element("defs", pattern)


def _area(frame: Frame, cells: Ints) -> str:
    """Return the area as one rectangle per unbroken row of cells."""
    if not len(cells):
        return ""
    ordered = cells[np.lexsort((cells[:, 0], cells[:, 1]))].astype(np.int64)
    breaks = (np.diff(ordered[:, 1]) != 0) | (np.diff(ordered[:, 0]) != 1)
    first = np.flatnonzero(np.concatenate([[True], breaks]))
    length = np.diff(np.append(first, len(ordered))) * CELL
    corners = frame.corners(ordered[first].astype(np.int32))
    runs = zip(corners.tolist(), length.tolist(), strict=True)
    return "".join(f"M{x} {y}h{run}v{CELL}h-{run}z" for (x, y), run in runs)


def _coloured(frame: Frame, surface: RiskSurface, bounds: Sequence[float]) -> list[Markup]:
    levels = np.searchsorted(np.asarray(bounds), weekly(surface), side="right") - 1
    return [
        svg.element(
            "path",
            d=svg.squares(frame.corners(surface.cells[levels == level]), side=CELL),
            class_=f"level-{level + CLASSES - len(bounds)}",
        )
        for level in range(len(bounds))
    ]


def _streets(frame: Frame, streets: Floats | None) -> list[Markup]:
    """Return the streets as one faint path: those inside the frame, the longest first if there are too many."""
    if streets is None:
        return []
    ends = frame.points(streets)
    inside = ((ends >= 0) & (ends <= np.array([frame.width, frame.height]))).all(axis=(1, 2))
    ends = ends[inside]
    if len(ends) > MOST_STREETS:
        lengths = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
        ends = ends[np.sort(np.argsort(-lengths, kind="stable")[:MOST_STREETS])]
    return [svg.element("path", d=svg.segments(ends), class_="streets")]


def _mark(frame: Frame, number: int, cell: tuple[int, int]) -> Markup:
    x, y = (frame.corners(np.array([cell], dtype=np.int32))[0] + CELL / 2).tolist()
    radius = max(CELL * 0.44, frame.width * 0.014)
    return svg.element(
        "g",
        svg.element("title", f"Place {number}"),
        svg.element("circle", cx=x, cy=y, r=radius, stroke_width=radius / 7),
        svg.element(
            "text", str(number), x=x, y=y + radius * 0.4, font_size=radius * 1.12, text_anchor="middle"
        ),
        class_="mark",
    )


def _furniture(frame: Frame, stamp: str) -> list[Markup]:
    """Return the scale bar (a round length up to a quarter of the width), the stamp and the arrow north."""
    metres_per_unit = frame.grid.size_m / CELL
    length_m = svg.nice_below(frame.width * metres_per_unit / 4)
    length, size = length_m / metres_per_unit, frame.width * 0.028
    y = frame.height + FOOT * frame.width * 0.55
    label = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    east = frame.width - CELL / 2
    tick, wing, tip = (svg.short(size / part) for part in (3, 4, 2))
    bar = f"M{CELL // 2} {svg.short(y - size / 3)}v{tick}h{svg.short(length)}v-{tick}"
    arrow = f"M{svg.short(east)} {svg.short(y)}v-{svg.short(size)}m-{wing} {tip}l{wing}-{tip} {wing} {tip}"
    return [
        svg.element("path", d=bar, class_="furniture", stroke_width=size / 12),
        svg.element("text", label, x=CELL / 2 + length + size / 2, y=y, font_size=size),
        svg.element("path", d=arrow, class_="furniture", stroke_width=size / 12),
        svg.element("text", stamp, x=frame.width / 2, y=y, font_size=size, class_="stamp"),
        svg.element("text", "N", x=east - size, y=y, font_size=size, text_anchor="middle"),
    ]
