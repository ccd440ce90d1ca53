"""The report's small plots: dots with their intervals, the parts of an expectation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from peelian.app.report import svg

WIDTH = 360  # a phone shows the plots at about this many pixels, so their texts need no second size
ROW = 30
LABELS = 118
ROOM = 50  # between two labels of an axis


@dataclass(frozen=True)
class Interval:
    """One labelled dot with the interval around it."""

    label: str
    value: float
    lo: float
    hi: float

    @property
    def defined(self) -> bool:
        """Return whether there is something to draw."""
        return all(map(math.isfinite, (self.value, self.lo, self.hi)))

    def holds(self, reference: float) -> bool:
        """Return whether the interval contains `reference`, so that a difference is not established."""
        return self.lo <= reference <= self.hi


def interval_plot(
    rows: Sequence[Interval],
    *,
    reference: float,
    write: Callable[[float], str],
    title: str,
    description: str,
) -> Markup:
    """Draw one row per interval over a common axis with a line at `reference`.

    A filled dot means that the interval excludes the reference, a hollow one that it does not.
    """
    low = min(reference, *(row.lo for row in rows))
    high = max(reference, *(row.hi for row in rows))
    pad = (high - low or 1.0) * 0.06
    low, high = low - pad, high + pad
    bottom = ROW * len(rows) + 8

    def x_of(value: float) -> float:
        return LABELS + (WIDTH - LABELS - 8) * (value - low) / (high - low)

    axis = [
        svg.line(LABELS, bottom, WIDTH - 8, bottom, class_="axis"),
        svg.line(x_of(reference), 2, x_of(reference), bottom, class_="reference"),
        *_ticks(low, high, reference=reference, x_of=x_of, write=write, y=bottom + 15),
    ]
    dots = [_dot(row, reference=reference, x_of=x_of, y=ROW * (i + 0.5) + 6) for i, row in enumerate(rows)]
    return svg.drawing(
        *axis, *dots, width=WIDTH, height=bottom + 22, title=title, description=description, class_="plot"
    )


def parts_bar(shares: Sequence[float]) -> Markup:
    """Draw shares of one expectation, each in [0, 1], as a bar of which they fill their part in order."""
    starts = [sum(shares[:i]) for i in range(len(shares))]
    blocks = [
        svg.element("rect", x=start * 100, width=max(0.0, value * 100 - 0.8), height=6, class_=f"part-{i}")
        for i, (start, value) in enumerate(zip(starts, shares, strict=True))
    ]
    ground = svg.element("rect", width=100, height=6, class_="ground")
    return svg.element(
        "svg",
        ground,
        *blocks,
        viewBox="0 0 100 6",
        preserveAspectRatio="none",
        class_="parts",
        aria_hidden="true",
    )


def _ticks(
    low: float,
    high: float,
    *,
    reference: float,
    x_of: Callable[[float], float],
    write: Callable[[float], str],
    y: float,
) -> list[Markup]:
    """Label the reference and one round value on each side of it where there is room for both."""
    sides = ((high - reference, 1), (reference - low, -1))
    marks = [reference + sign * svg.nice_below(reach) for reach, sign in sides if reach > 0]
    apart = [mark for mark in marks if abs(x_of(mark) - x_of(reference)) >= ROOM]
    return [svg.text(write(mark), x=x_of(mark), y=y, anchor="middle") for mark in (reference, *apart)]


def _dot(row: Interval, *, reference: float, x_of: Callable[[float], float], y: float) -> Markup:
    filled = "dot hollow" if row.holds(reference) else "dot"
    return svg.element(
        "g",
        svg.text(row.label, x=0, y=y + 4),
        svg.line(x_of(row.lo), y, x_of(row.hi), y, class_="whisker"),
        svg.element("circle", cx=x_of(row.value), cy=y, r=5, class_=filled),
    )
