"""The pictures of findings: bars beside what was to be expected, and a small map of points."""

from __future__ import annotations

import math

from markupsafe import Markup

from peelian.app.report import svg
from peelian.app.report.wording import count, number, share
from peelian.city.quality.service import Bars, Measure, Spots
from peelian.domain.plural import plural

WIDTH = 360
TALL = 110
BASE = 132
SEEN = 2.0
"""Height of a marked bar of nothing: what is missing must be seen."""

LARGEST_DOT = 11.0

ONE = {"rows": "row", "days": "day", "addresses": "address", "points": "point", "decimals": "decimal"}
"""The first words of units, of which there may be one."""


def written(value: float, unit: str) -> str:
    """Write a number with its unit: a share as per cent, a whole number as a count."""
    if unit.startswith("share "):
        return f"{share(value)} {unit.removeprefix('share ')}"
    if value == 1:
        many, *rest = unit.split(" ")
        return " ".join(["1", ONE.get(many, many), *rest])
    return f"{count(value) if float(value).is_integer() else number(value)} {unit}"


def amount(measure: Measure) -> str:
    """Write a measure of a finding."""
    return written(measure.value, measure.unit)


def picture(plot: Bars | Spots) -> Markup:
    """Draw the numbers of a finding's plot."""
    return bars(plot) if isinstance(plot, Bars) else spots(plot)


def bars(plot: Bars) -> Markup:
    """Draw bars from zero; the marked ones stand out, and a line runs where they were expected to end."""
    known = [value for value in plot.expected if value is not None]
    highest = max((*plot.values, *known), default=0.0) or 1.0
    step = (WIDTH - 4) / max(1, len(plot.values))
    parts = [svg.line(0, BASE, WIDTH, BASE, class_="axis")]
    for i, (label, value, marked) in enumerate(zip(plot.labels, plot.values, plot.marked, strict=True)):
        height = max(TALL * value / highest, SEEN if marked else 0.0)
        name = svg.element("title", f"{label}: {written(value, plot.unit)}")
        shape = {"x": 2 + i * step, "y": BASE - height, "width": step * 0.8, "height": height}
        parts.append(svg.element("rect", name, class_="bar marked" if marked else "bar", **shape))
    parts += _expected(plot, highest=highest, step=step) + _labels(plot, step=step)
    parts.append(svg.text(f"highest: {written(highest, plot.unit)}", x=2, y=12))
    return _drawn(plot, *parts, height=BASE + 22)


def _expected(plot: Bars, *, highest: float, step: float) -> list[Markup]:
    """Draw a line over the bars at what was expected of each; it is broken where that is not known."""
    pen, path = "M", ""
    for i, value in enumerate(plot.expected):
        if value is not None:
            path += (
                f"{pen}{svg.short(2 + i * step)} {svg.short(BASE - TALL * value / highest)}h{svg.short(step)}"
            )
        pen = "M" if value is None else "L"
    return [svg.element("path", d=path, class_="expected")] if path else []


def _labels(plot: Bars, *, step: float) -> list[Markup]:
    """Label the bars below the axis, as many as have room, from the first on."""
    longest = max(map(len, plot.labels), default=1)
    every = max(1, math.ceil((longest * 6.5 + 8) / step))
    return [
        svg.text(label, x=2 + i * step, y=BASE + 16)
        for i, label in enumerate(plot.labels)
        if i % every == 0 and 2 + i * step + longest * 6.5 <= WIDTH
    ]


def spots(plot: Spots) -> Markup:
    """Draw points as dots whose area is their rows, north up, in one scale for both directions."""
    if not plot.rows:
        return _drawn(plot, svg.text("too few rows at any point to show one", x=2, y=14), height=24)
    west, south = min(plot.x_m), min(plot.y_m)
    span = max(max(plot.x_m) - west, 1.0)
    scale = (WIDTH - 4 * LARGEST_DOT) / span
    height = scale * (max(plot.y_m) - south) + 4 * LARGEST_DOT
    most = max(plot.rows)
    order = sorted(range(len(plot.rows)), key=lambda i: plot.marked[i])  # the marked ones last, on top
    dots = [
        svg.element(
            "circle",
            svg.element("title", plural(plot.rows[i], "row")),
            cx=2 * LARGEST_DOT + scale * (plot.x_m[i] - west),
            cy=height - 2 * LARGEST_DOT - scale * (plot.y_m[i] - south),
            r=max(1.0, LARGEST_DOT * math.sqrt(plot.rows[i] / most)),
            class_="spot marked" if plot.marked[i] else "spot",
        )
        for i in order
    ]
    return _drawn(plot, *dots, height=height)


def _drawn(plot: Bars | Spots, *parts: Markup, height: float) -> Markup:
    return svg.drawing(
        *parts, width=WIDTH, height=height, title=plot.title, description=aloud(plot), class_="plot"
    )


def aloud(plot: Bars | Spots) -> str:
    """Return the picture as a sentence, for those who hear the page."""
    marked = sum(plot.marked)
    if isinstance(plot, Spots):
        return f"{plural(len(plot.rows), 'point')}, {marked} of them marked"
    values = [value for value, flag in zip(plot.values, plot.marked, strict=True) if flag]
    if not values:
        return f"{plural(len(plot.values), 'bar')}, {plot.unit}"
    low, high = written(min(values), plot.unit), written(max(values), plot.unit)
    return f"{plural(len(plot.values), 'bar')}, {marked} of them marked, at {low}" + (
        f" to {high}" if high != low else ""
    )
