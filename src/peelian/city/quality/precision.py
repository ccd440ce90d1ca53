"""Coordinates that were cut to few decimals: rows that wander because a spreadsheet saved what it displayed."""

from __future__ import annotations

import numpy as np

from peelian.city.quality.chance import ALPHA, upper_tail
from peelian.city.quality.finding import Bars, Finding, Flags, MadeGood, Measure, Severity, Suspicion
from peelian.city.quality.rows import Indices, Rows
from peelian.domain.place import Floats, project

FINEST = 7
COARSE = 3
"""Decimals of a degree at which a cell of 250 m is no longer safe: 0.001 degrees are 111 m of latitude."""

NOISE_DEG = 2e-9
"""Longitude and latitude are computed back from metres; this is far more than that costs (0.2 mm)."""


def cut_coordinates(rows: Rows) -> tuple[Suspicion, ...]:
    """Return the rows whose longitude and latitude both have few decimals, more often than chance has it.

    Of the points with d + 1 decimals or fewer in both coordinates one in a hundred has d or fewer by chance. Points are
    counted, not rows, so that a busy corner with round numbers counts once.
    """
    decimals = np.concatenate([_decimals_of(rows, block) for block in rows.blocks])
    once = np.flatnonzero(
        np.diff(np.maximum.accumulate(rows.point), prepend=-1)
    )  # the first row of each point
    at_points = decimals[once]
    at_most = np.cumsum(np.bincount(at_points, minlength=FINEST + 1))
    expected = np.maximum(at_most[1 : COARSE + 2] / 100, 0.5)
    p = upper_tail(at_most[: COARSE + 1], expected)
    few = np.flatnonzero((p * (COARSE + 1) <= ALPHA) & (at_most[: COARSE + 1] > 0))
    coarser = [-1, *few[:-1].tolist()]
    return tuple(
        _cut(rows, decimals, (below, int(d)), p=float(p[d])) for below, d in zip(coarser, few, strict=False)
    )


def _decimals_of(rows: Rows, block: slice) -> Indices:
    """Return the decimals of a block's rows: those of the finer of their two coordinates."""
    lon, lat = project(rows.x_m[block], rows.y_m[block], source=f"EPSG:{rows.epsg}", target="EPSG:4326")
    return np.maximum(_decimals(lon), _decimals(lat))


def _decimals(degrees: Floats) -> Indices:
    """Return the fewest decimals that write each number, at most FINEST."""
    decimals = np.full(len(degrees), FINEST, dtype=np.int8)
    for few in range(FINEST - 1, -1, -1):
        scaled = degrees * 10.0**few
        decimals[np.abs(scaled - np.rint(scaled)) <= NOISE_DEG * 10.0**few] = few
    return decimals


def _cut(rows: Rows, decimals: Indices, span: tuple[int, int], *, p: float) -> Suspicion:
    """Return the suspicion of the rows with more decimals than `span[0]` and no more than `span[1]`."""
    few = span[1]
    here: Flags = (decimals > span[0]) & (decimals <= few)
    n, grid_m = int(here.sum()), 111_000 * 10.0**-few
    finding = Finding(
        name="precision-lost",
        severity=Severity.ALARM,
        measures=(Measure("rows", n, "rows"), Measure("decimals", few, "decimals")),
        sentence=f"{n:,} of {len(rows):,} rows ({n / len(rows):.2%}) have coordinates with {few} decimals only, "
        f"so they lie on a lattice of about {grid_m:,.0f} m; hardly any would by chance.",
        rule="points whose two coordinates both have so few decimals, against one in a hundred of those with a "
        f"decimal more; Poisson tail, at most {ALPHA} false alarms a file",
        p=p,
        plot=Bars(
            title="Decimals of the coordinates",
            unit="rows",
            labels=(*map(str, range(FINEST)), f"{FINEST} or more"),
            values=tuple(np.bincount(decimals, minlength=FINEST + 1).astype(float).tolist()),
            marked=tuple(span[0] < each <= few for each in range(FINEST + 1)),
        ),
    )
    consequence = (
        f"Rows lie up to {grid_m * 0.7:,.0f} m beside their place, many in a neighbouring cell of 250 m."
    )
    return Suspicion(finding, here, consequence, MadeGood(here, 0.0))
