"""The few shapes our drawings are made of, as escaped markup: pure functions, values in, text out.

Every colour is a class of the style sheet, so that one drawing serves light, dark and print. Nothing here
writes a `style` attribute: the page's content security policy would refuse it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from markupsafe import Markup, escape

from peelian.domain.place import Ints

Attribute = str | int | float


def short(value: float) -> str:
    """Write a coordinate with at most two decimals and none that say nothing."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, *children: str, **attributes: Attribute) -> Markup:
    """Return one element. A trailing underscore is dropped (`class_`), any other becomes a hyphen."""
    pairs = (
        (key.rstrip("_").replace("_", "-"), short(value) if isinstance(value, float) else value)
        for key, value in attributes.items()
    )
    opening = Markup("").join(Markup(' {}="{}"').format(key, value) for key, value in pairs)
    return Markup("<{0}{1}>{2}</{0}>").format(name, opening, Markup("").join(map(escape, children)))


def drawing(*children: str, width: float, height: float, title: str, description: str, class_: str) -> Markup:
    """Return a whole drawing that a screen reader meets as one image with a name and a description."""
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *children,
        viewBox=f"0 0 {short(width)} {short(height)}",
        role="img",
        aria_label=f"{title}. {description}",
        class_=class_,
    )


def text(content: str, *, x: float, y: float, class_: str = "", anchor: str = "start") -> Markup:
    """Return a text whose baseline begins, ends or is centred at (x, y)."""
    return element("text", content, x=x, y=y, text_anchor=anchor, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, *, class_: str) -> Markup:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def squares(corners: Ints, *, side: int) -> str:
    """Return path data for n squares given the (n, 2) integer corners at their upper left."""
    return "".join(f"M{x} {y}h{side}v{side}h-{side}z" for x, y in corners.tolist())


def segments(ends: Ints) -> str:
    """Return path data for n straight segments given as (n, 2, 2) integers; those without length are left out."""
    moves: Iterable[tuple[int, int, int, int]] = (
        (x, y, u - x, v - y) for (x, y), (u, v) in ends.tolist() if (x, y) != (u, v)
    )
    return "".join(f"M{x} {y}l{dx} {dy}" for x, y, dx, dy in moves)


def nice_below(value: float) -> float:
    """Return the largest number of the series 1, 2, 5, 10, 20, 50, ... that is not above `value` > 0."""
    magnitude = 10.0 ** math.floor(math.log10(value))
    steps = (step * magnitude for step in (5, 2, 1))
    return next((step for step in steps if step <= value * (1 + 1e-12)), magnitude)
