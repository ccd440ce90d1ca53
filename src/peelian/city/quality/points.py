"""Points that hold too much: one default point for unknown places, and piles that appear for a month.

A pile alone proves nothing: in Chicago 695 rows lie at one corner because a shopping centre stands there. What
tells a default point from a place is that it is nobody's place: its rows are a cross-section of the whole city in
offence and hour, which no real place's rows are.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.stats import chi2, ncx2

from peelian.city.quality.chance import ALPHA, Bursts, bursts, counts_of
from peelian.city.quality.figures import SMALLEST
from peelian.city.quality.finding import (
    Bars,
    Finding,
    Flags,
    MadeGood,
    Measure,
    Severity,
    Spots,
    Suspicion,
    severity_of,
)
from peelian.city.quality.rows import Indices, Rows, numbered
from peelian.domain.place import Floats

LIKE_THE_CITY = 0.01
LARGE_DIFFERENCE = 0.5
POWER = 0.99
"""A point is called a default point if it could show a large difference from the city's mix (Cohen 1988: w = 0.5) with
probability POWER, and does not show any at level LIKE_THE_CITY."""

PILE = 5
"""Rows at one point in one month that make a pile, if they also outnumber all rows there in the other months."""

SHOWN = 20
BUSIEST = 400


def default_points(rows: Rows) -> tuple[Suspicion, ...]:
    """Return the points that hold a cross-section of the whole city.

    Offence and quarter of the day (weekday where no hours are told) of each point's rows are set against the city's
    by a chi-squared test. Only points with enough rows to tell a real place from the city are asked.
    """
    mix, share = _mix(rows)
    if len(share) < 2:
        return ()
    sizes = np.bincount(rows.point)
    enough = _enough(len(share) - 1)
    asked = np.flatnonzero(sizes >= enough)
    p = _differences(_mixes(rows, mix, asked, categories=len(share)), share)
    return tuple(
        _default_point(rows, sizes, point=int(point), enough=enough) for point in asked[p > LIKE_THE_CITY]
    )


def _mix(rows: Rows) -> tuple[Indices, Floats]:
    """Return the category of each row by offence and time, and the share of each category."""
    quarter, weekday = rows.minute // 360, (rows.days.astype(np.int64) + 3) % 7
    time = quarter if rows.timed.mean() > 0.5 else weekday
    category = numbered(rows.offence * 7 + time)
    return category, np.bincount(category) / len(rows)


@lru_cache(maxsize=16)
def _enough(df: int) -> int:
    """Return the rows needed to see a large difference with probability POWER at level LIKE_THE_CITY."""
    sizes = np.arange(50, 5_000, 5)
    power = ncx2.sf(chi2.isf(LIKE_THE_CITY, df), df, LARGE_DIFFERENCE**2 * sizes)
    return int(sizes[np.argmax(power >= POWER)])


def _mixes(rows: Rows, mix: Indices, points: Indices, *, categories: int) -> Indices:
    """Return the (points, categories) rows of each category at each of the points."""
    place = np.full(int(rows.point.max()) + 1, -1)
    place[points] = np.arange(len(points))
    at = place[rows.point]
    asked = at >= 0
    counts = np.bincount(at[asked] * categories + mix[asked], minlength=len(points) * categories)
    return counts.reshape(len(points), categories)


def _differences(counts: Indices, share: Floats) -> Floats:
    """Return, for each row of `counts`, the probability of differing as much from the city's shares."""
    expected = counts.sum(axis=1, keepdims=True) * share
    p: Floats = chi2.sf(((counts - expected) ** 2 / expected).sum(axis=1), len(share) - 1)
    return p


def _default_point(rows: Rows, sizes: Indices, *, point: int, enough: int) -> Suspicion:
    here = rows.point == point
    x_m, y_m = float(np.median(rows.x_m[here])), float(np.median(rows.y_m[here]))
    n = int(here.sum())
    finding = Finding(
        name="default-point",
        severity=Severity.ALARM,
        measures=(Measure("rows", n, "rows"), Measure("x", x_m, "m"), Measure("y", y_m, "m")),
        sentence=f"{n:,} rows lie at one point, {x_m:.0f} m east and {y_m:.0f} m north, and cannot be told from "
        "the whole city in offence and time; real places can. Usually rows without a place were put there.",
        rule=f"chi-squared test of offence and time against the city; asked of points with {enough:,} "
        f"rows or more, at which a real place is told apart with probability {POWER} (Cohen 1988, w = "
        f"{LARGE_DIFFERENCE})",
        p=1 - POWER,
        place=f"x {x_m:.0f} m, y {y_m:.0f} m",
        plot=_largest(rows, sizes, marked=np.array([point])),
    )
    consequence = (
        "One cell stands at the top for ever, and the cells in which these incidents happened are short."
    )
    return Suspicion(finding, here, consequence, MadeGood(here, 0.0))


def _largest(rows: Rows, sizes: Indices, *, marked: Indices) -> Bars:
    order = np.lexsort((np.arange(len(sizes)), -sizes))[:SHOWN]
    return Bars(
        title="The largest piles at one point",
        unit="rows at a point",
        labels=tuple(str(rank) for rank in range(1, len(order) + 1)),
        values=tuple(float(sizes[i]) for i in order),
        marked=tuple(bool(np.isin(i, marked)) for i in order),
    )


def month_piles(rows: Rows, *, explained: Flags) -> tuple[Suspicion, ...]:
    """Return the months in which many rows lie in piles that the other months do not know.

    `explained` rows, which another rule has already found to lie where they should not, are left out.
    """
    piled = _in_month_pile(rows) & ~explained
    found = bursts(*(counts_of(rows.month, size=rows.month_count, where=part) for part in (piled, None)))
    return tuple(
        _month_pile(rows, int(month), piled & (rows.month == month), found)
        for month in np.flatnonzero(found.flagged)
    )


def _in_month_pile(rows: Rows) -> Flags:
    which = numbered(rows.point * rows.month_count + rows.month)
    size = np.bincount(which)[which]
    elsewhere = np.bincount(rows.point)[rows.point] - size
    return (size >= PILE) & (size > elsewhere)


def _month_pile(rows: Rows, month: int, here: Flags, found: Bursts) -> Suspicion:
    n, of = int(here.sum()), int((rows.month == month).sum())
    points = len(np.unique(rows.point[here]))
    finding = Finding(
        name="place-piles",
        severity=severity_of(n / of),
        measures=(Measure("rows", n, "rows"), Measure("points", points, "points")),
        sentence=f"In {rows.month_name(month)}, {n:,} of {of:,} rows lie in {points} piles at points that "
        f"hardly occur in other months; {found.expected[month]:.0f} are usual. A geocoder that found the "
        "postcode only does this, and so does a festival.",
        rule=f"rows in piles of {PILE} or more that outnumber all other months at the point, by month against "
        f"the usual share; quasi-Poisson tail, Holm (1979) over months, at most {ALPHA} false alarms a file",
        p=float(found.p[month]),
        period=rows.month_period(month),
        plot=_spots(rows, here, title=f"Piles of {rows.month_name(month)}"),
    )
    consequence = "The centres of the piles enter the top cells, and the places where it happened leave them."
    return Suspicion(finding, here, consequence, MadeGood(here, 0.0))


def _spots(rows: Rows, here: Flags, *, title: str) -> Spots:
    """Return the marked points over the busiest others of the city; none at which fewer than SMALLEST rows lie."""
    sizes, own = np.bincount(rows.point), np.bincount(rows.point[here], minlength=int(rows.point.max()) + 1)
    busy = np.lexsort((np.arange(len(sizes)), -sizes))[:BUSIEST]
    busy, marked = busy[sizes[busy] >= SMALLEST], np.flatnonzero(own >= SMALLEST)
    first = np.zeros(len(sizes), dtype=np.int64)
    first[rows.point[::-1]] = np.arange(len(rows))[::-1]
    chosen = first[np.concatenate([busy, marked])]
    return Spots(
        title=title,
        x_m=tuple(rows.x_m[chosen].round(0).tolist()),
        y_m=tuple(rows.y_m[chosen].round(0).tolist()),
        rows=(*sizes[busy].tolist(), *own[marked].tolist()),
        marked=(*[False] * len(busy), *[True] * len(marked)),
    )
