"""How a forecast is judged: sums per origin, pooled as ratios, so that every figure shows its denominator.

Every metric here is (sum over origins of something) / (sum over origins of something): hit rate and PAI as
defined by the NIJ Real-Time Crime Forecasting Challenge (2017), PEI as PAI over the best that any choice of
the same number of cells could have had. No metric is computed on chosen cells only: scores that leave out
the cells where nothing happened reward whoever forecasts too much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Ints
from peelian.domain.surface import RiskSurface

FLOOR_PER_DAY = 1e-4
"""Least expectation per cell and day in the deviance: one incident in 27 years. Without a floor one incident
in a cell that never had any would make the deviance of plain counts infinite; a much lower one would make
the baseline look bad for nothing but its zeros. It applies to every model alike and to the deviance only."""


@dataclass(frozen=True)
class OriginScore:
    """The sums of one forecast against what happened; hits per coverage, in the order they were asked for.

    Parameters
    ----------
    cells : cells of the area.
    events : incidents in the period, those outside the area included: they can never be hit.
    inside : incidents inside the area.
    expected : the forecast's total.
    deviance : Poisson deviance summed over all cells.
    chosen : number of cells selected.
    hits : incidents in the selected cells.
    best : incidents in the best choice of as many cells, made with hindsight.
    """

    cells: int
    events: int
    inside: int
    expected: float
    deviance: float
    chosen: tuple[int, ...]
    hits: tuple[int, ...]
    best: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Ratio:
    """One metric as pooled sums: `numerator` and `denominator` have one value per origin."""

    metric: str
    coverage: float | None
    numerator: Floats
    denominator: Floats


def score(surface: RiskSurface, *, observed: Ints, outside: int, coverages: Sequence[float]) -> OriginScore:
    """Score one surface against the (n,) `observed` counts of its cells and the count `outside` the area."""
    if len(observed) != len(surface.cells):
        raise BadInput(
            f"{len(observed)} observed counts cannot judge a surface of {len(surface.cells)} cells."
        )
    selections = [surface.top(coverage) for coverage in coverages]
    hindsight = np.sort(observed)[::-1].cumsum()
    inside = int(observed.sum())
    return OriginScore(
        cells=len(observed),
        events=inside + outside,
        inside=inside,
        expected=float(surface.mean.sum()),
        deviance=poisson_deviance(surface.mean, observed, floor=FLOOR_PER_DAY * surface.period.days),
        chosen=tuple(len(rows) for rows in selections),
        hits=tuple(int(observed[rows].sum()) for rows in selections),
        best=tuple(int(hindsight[len(rows) - 1]) for rows in selections),
    )


def poisson_deviance(mean: Floats, observed: Ints, *, floor: float) -> float:
    """Return 2 Σ [n log(n/μ) - (n - μ)] over all cells, with μ raised to at least `floor`."""
    mu = np.maximum(mean, floor)
    return float(2.0 * (xlogy(observed, observed / mu) - observed + mu).sum())


def ratios(scores: Sequence[OriginScore], *, coverages: Sequence[float]) -> tuple[Ratio, ...]:
    """Return every metric of one model, from its scores at all origins.

    deviance : mean Poisson deviance per cell and origin; lower is better.
    calibration : expected / observed incidents inside the area; 1 is right.
    hit_rate : n/N, the share of all incidents that fell into the selected cells.
    pai : (n/N) / (a/A), the hit rate over the share of the area selected.
    pei : n / the n of the best choice with hindsight, in [0, 1].
    """

    def column(name: str, index: int | None = None) -> Floats:
        values = [getattr(each, name) for each in scores]
        return np.array(values if index is None else [value[index] for value in values], dtype=np.float64)

    found = [
        Ratio("deviance", None, column("deviance"), column("cells")),
        Ratio("calibration", None, column("expected"), column("inside")),
    ]
    for i, coverage in enumerate(coverages):
        hits, area_share = column("hits", i), column("chosen", i) / column("cells")
        found += [
            Ratio("hit_rate", coverage, hits, column("events")),
            Ratio("pai", coverage, hits / area_share, column("events")),
            Ratio("pei", coverage, hits, column("best", i)),
        ]
    return tuple(found)
