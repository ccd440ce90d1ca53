"""The score of one committed forecast, once its period is over, always beside plain counts.

One week is one draw. The intervals here answer "how far could this week's figures have come out otherwise, at
the same rates": each cell's count is drawn again from a Poisson distribution around it (the Poisson bootstrap),
the same draw for the model and for plain counts. In simulated weeks they hold the true calibration in 95 of 100
cases (tests/forecast/test_scoring.py). They do not speak about other weeks; the rolling-origin evaluation does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from peelian.domain.canonical import Document
from peelian.domain.place import Floats, Ints
from peelian.domain.surface import RiskSurface
from peelian.forecast.metrics import FLOOR_PER_DAY, ratios, score

RESAMPLES = 2_000
LEVEL = 0.95

Interval: TypeAlias = tuple[float | None, float | None]


@dataclass(frozen=True)
class ScoreRow:
    """One figure of one surface beside the same figure of plain counts; None where it is undefined.

    `coverage` is the share of the area selected, `events` the incidents of the period, in the area or not.
    """

    offence: str
    model: str
    metric: str
    coverage: float | None
    events: int
    value: float | None
    lo: float | None
    hi: float | None
    baseline: float | None
    diff: float | None
    diff_lo: float | None
    diff_hi: float | None

    def document(self) -> Document:
        """Return the row as a plain document."""
        return dict(vars(self))


def score_beside(
    surface: RiskSurface,
    *,
    baseline: RiskSurface,
    observed: Ints,
    outside: int,
    coverages: Sequence[float],
    rng: np.random.Generator,
) -> tuple[ScoreRow, ...]:
    """Score `surface` and `baseline` on the same counts: (n,) `observed` per cell, and how many `outside`."""
    ours, plain = (
        ratios([score(each, observed=observed, outside=outside, coverages=coverages)], coverages=coverages)
        for each in (surface, baseline)
    )
    drawn = _Redrawn(surface, baseline, observed=observed, outside=outside, rng=rng)
    rows = []
    for mine, other in zip(ours, plain, strict=True):
        value, base = _over(mine.numerator, mine.denominator), _over(other.numerator, other.denominator)
        (lo, hi), (diff_lo, diff_hi) = drawn.intervals(mine.metric, mine.coverage)
        row = ScoreRow(
            offence=surface.offence,
            model=surface.model.name,
            metric=mine.metric,
            coverage=mine.coverage,
            events=int(observed.sum()) + outside,
            value=value,
            lo=lo,
            hi=hi,
            baseline=base,
            diff=None if value is None or base is None else value - base,
            diff_lo=diff_lo,
            diff_hi=diff_hi,
        )
        rows.append(row)
    return tuple(rows)


class _Redrawn:
    """The week's incidents drawn again, with replacement, and what each draw gives both surfaces.

    Two figures get no interval of their own, because a redrawn week is lumpier than a real one: the deviance
    would come out too high, and the best choice with hindsight, by which PEI divides, too good. The difference
    of two deviances is linear in the counts and gets one.
    """

    def __init__(
        self,
        surface: RiskSurface,
        baseline: RiskSurface,
        *,
        observed: Ints,
        outside: int,
        rng: np.random.Generator,
    ) -> None:
        self._pair = (surface, baseline)
        counts = np.append(observed, outside)
        draws = rng.poisson(counts, size=(RESAMPLES if counts.any() else 0, len(counts)))
        self._inside = draws[:, :-1].astype(np.int32)
        self._events = draws.sum(axis=1)

    def intervals(self, metric: str, coverage: float | None) -> tuple[Interval, Interval]:
        """Return the interval of the figure and of its difference to plain counts."""
        if metric == "deviance":
            return (None, None), _central(self._deviance_differences())
        if metric == "pei":
            return (None, None), (None, None)
        mine, other = (self._figures(each, metric, coverage) for each in self._pair)
        return _central(mine), _central(mine - other)

    def _deviance_differences(self) -> Floats:
        """Return 2 Σ [n log(μ_plain/μ) + μ - μ_plain] per cell, for each draw."""
        mine, other = (np.maximum(each.mean, FLOOR_PER_DAY * each.period.days) for each in self._pair)
        difference: Floats = 2 * (self._inside @ np.log(other / mine) + (mine - other).sum()) / len(mine)
        return difference

    def _figures(self, surface: RiskSurface, metric: str, coverage: float | None) -> Floats:
        if metric == "calibration":
            total = np.full(len(self._inside), surface.mean.sum())
            return _divided(total, self._inside.sum(axis=1))
        assert coverage is not None
        chosen = surface.top(coverage)
        hits = self._inside[:, chosen].sum(axis=1)
        area = len(chosen) / len(surface.cells) if metric == "pai" else 1.0
        return _divided(hits, self._events) / area


def _central(figures: Floats) -> Interval:
    defined = figures[np.isfinite(figures)]
    if not len(defined):
        return None, None
    tail = (1 - LEVEL) / 2
    lo, hi = np.quantile(defined, [tail, 1 - tail])
    return float(lo), float(hi)


def _divided(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Divide; nothing over nothing is nan, never zero."""
    below = np.asarray(denominator, dtype=np.float64)
    out = np.full(below.shape, np.nan)
    above: Floats = np.asarray(numerator, dtype=np.float64)
    divided: Floats = np.divide(above, below, out=out, where=below > 0)
    return divided


def _over(numerator: Floats, denominator: Floats) -> float | None:
    value = float(_divided(numerator, denominator)[0])
    return value if np.isfinite(value) else None
