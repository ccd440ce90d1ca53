"""Months whose places all lie beside where they lay before: another datum, another projection, another geocoder.

Publishers place incidents at corners, block middles and addresses, which recur. A month in which the known points
hardly recur was placed differently; if one step east and north brings them back, that step is the shift.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from peelian.city.quality.chance import ALPHA, Bursts, bursts, counts_of
from peelian.city.quality.finding import Bars, Finding, Flags, MadeGood, Measure, Severity, Suspicion
from peelian.city.quality.rows import Rows
from peelian.domain.place import Floats

REACH_M = 500.0
"""The farthest shift looked for: datums of one country differ by less (EPSG dataset), and wrong ones are out
of the box."""

BIN_M = 2.0
TRIED = 2_000
Step = tuple[float, float]
"""Metres east and north."""

RECOVERED = 0.5
"""A shift explains a month if it brings back at least half of the recurrence that is usual."""


def shifted_months(rows: Rows, *, explained: Flags) -> tuple[Suspicion, ...]:
    """Return the months that one step brings back to the points that other months know.

    `explained` rows, which another rule has already found to lie where they should not, are left out.
    """
    unknown = ~_recurs(rows) & ~explained
    found = _judged(rows, unknown, explained)
    usual = 1 - float(np.median(found.shares))
    stepped = ((m, _step(rows, m, unknown, usual=usual)) for m in np.flatnonzero(found.flagged).tolist())
    return tuple(_shifted(rows, month, step, found) for month, step in stepped if step is not None)


def changed_months(rows: Rows, *, explained: Flags) -> tuple[Suspicion, ...]:
    """Return the other months in which far fewer rows than usual lie at points that other months know."""
    unknown = ~_recurs(rows) & ~explained
    found = _judged(rows, unknown, explained)
    return tuple(
        _changed(rows, month, unknown & (rows.month == month), found)
        for month in np.flatnonzero(found.flagged).tolist()
    )


def _judged(rows: Rows, unknown: Flags, explained: Flags) -> Bursts:
    return bursts(
        *(counts_of(rows.month, size=rows.month_count, where=part) for part in (unknown, ~explained))
    )


def _recurs(rows: Rows) -> Flags:
    """Return which rows lie at a point that another month knows too."""
    points = int(rows.point.max()) + 1
    first, last = np.full(points, rows.month_count), np.full(points, -1)
    np.minimum.at(first, rows.point, rows.month)
    np.maximum.at(last, rows.point, rows.month)
    recurs: Flags = (first != last)[rows.point]
    return recurs


def _step(rows: Rows, month: int, unknown: Flags, *, usual: float) -> Step | None:
    """Return the step in metres from the known points to this month's, or None if no one step explains the month."""
    here = rows.month == month
    mine, known = (_places(rows.x_m[part], rows.y_m[part]) for part in (here & unknown, ~here))
    tree = cKDTree(known)
    sample = mine[:: max(1, len(mine) // TRIED)]
    near = tree.query_ball_point(sample, REACH_M)
    steps = np.concatenate([point - known[which] for point, which in zip(sample, near, strict=True)])
    if not len(steps):
        return None
    step = _commonest(steps)
    back = np.isfinite(tree.query(mine - step, distance_upper_bound=1.5)[0])
    return (float(step[0]), float(step[1])) if back.mean() >= RECOVERED * usual else None


def _places(x_m: Floats, y_m: Floats) -> Floats:
    """Return the (m, 2) different places, to a tenth of a metre, in the order of x and then of y.

    One number stands for both coordinates: sorting pairs takes many times as long.
    """
    if not len(x_m):
        return np.empty((0, 2))
    x, y = (np.rint(metres * 10).astype(np.int64) for metres in (x_m, y_m))
    span = int(np.ptp(y)) + 1
    keys = np.unique((x - x.min()) * span + (y - y.min()))
    return np.stack([keys // span + x.min(), keys % span + y.min()], axis=1) / 10


def _commonest(steps: Floats) -> Floats:
    """Return the middle of the densest little square of steps."""
    bins, counts = np.unique(np.rint(steps / BIN_M), axis=0, return_counts=True)
    centre = bins[np.argmax(counts)] * BIN_M
    middle: Floats = np.median(steps[np.abs(steps - centre).max(axis=1) <= 1.5 * BIN_M], axis=0)
    return middle


def _shifted(rows: Rows, month: int, step: Step, found: Bursts) -> Suspicion:
    here = rows.month == month
    sentence = (
        f"{_seen(rows, month, found)}; moved back by {np.hypot(*step):.0f} m ({step[0]:+.0f} m east, "
        f"{step[1]:+.0f} m north) they are the known points again. Another datum or reference system does this."
    )
    measures = [Measure("rows", int(here.sum()), "rows")]
    measures += [Measure("east", step[0], "m"), Measure("north", step[1], "m")]
    finding = _finding(rows, month, found, name="places-shifted", sentence=sentence, measures=measures)
    consequence = "The same corner is two places, each with a part of its rows."
    return Suspicion(finding, here, consequence, MadeGood(here, 0.0))


def _changed(rows: Rows, month: int, here: Flags, found: Bursts) -> Suspicion:
    sentence = f"{_seen(rows, month, found)}; no single shift explains it: found in another way, or new."
    measures = [Measure("rows", round(found.over((month, month)).excess), "rows above the usual")]
    finding = _finding(rows, month, found, name="places-changed", sentence=sentence, measures=measures)
    consequence = "Places that recur look new, and a count of the past does not find them."
    return Suspicion(finding, here, consequence, MadeGood(here, 0.0))


def _seen(rows: Rows, month: int, found: Bursts) -> str:
    share = found.shares[month]
    return f"In {rows.month_name(month)}, {share:.0%} of the rows lie at points that no other month knows"


def _finding(
    rows: Rows, month: int, found: Bursts, *, name: str, sentence: str, measures: Sequence[Measure]
) -> Finding:
    return Finding(
        name=name,
        severity=Severity.ALARM,
        measures=tuple(measures),
        sentence=sentence,
        rule="rows at points no other month knows, by month against the usual share; quasi-Poisson tail, Holm "
        f"(1979) over months, at most {ALPHA} false alarms a file; a shift is the commonest step to a known "
        f"point within {REACH_M:.0f} m that brings the month back",
        p=float(found.p[month]),
        period=rows.month_period(month),
        plot=Bars(
            title="Rows at points that no other month knows",
            unit="share of the month's rows",
            labels=rows.month_names(),
            values=found.shares,
            marked=tuple(each == month for each in range(rows.month_count)),
            expected=found.usual_shares,
        ),
    )
