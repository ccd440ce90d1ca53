"""What every forecaster is, and the one way in which a risk surface is put together.

A new model is one file. Fill this in, name it in `models/__init__.py` (or, in a package of your own, as an
entry point of the group "peelian.forecasters"), and the shared suite `tests/forecast/test_all_forecasters.py`
runs over it::

    \"\"\"<One sentence: what it believes about where incidents happen, and whose idea that is.>\"\"\"

    @dataclass(frozen=True)
    class MyModel:
        days: int = 365                      # every parameter has a default chosen on past origins only
        needs_features = False               # True: History.features is there to be read

        @property
        def model(self) -> Model:            # all that shaped the numbers; raise the version when they change
            return Model("my-model", 1, (("days", self.days), INTERVAL))

        def fit(self, history: History) -> Fitted:
            recent = history.counts[-self.days :]                # all there is; nothing later can be reached
            rate = recent.sum(axis=0) / history.spans(self.days)  # expected incidents per cell and day
            return DailyRates(self.model, history, rate, (Contribution("my reason", rate),))

What the suite holds every model to: same history, same bytes; finite and never negative; blind to
everything from the cutoff on; indifferent to the order of cells; parts that add up to the mean (or an
honest `Scale.NONE`, which may not be used for patrol); sane on no incidents, one cell, no days at all; and, if it
needs no features, taking days on which a cell was not observed for unknown and never for quiet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.stats import nbinom, poisson

from peelian.domain.errors import BadInput
from peelian.domain.place import Floats
from peelian.domain.surface import Contribution, Model, RiskSurface, Scale
from peelian.domain.time import Period
from peelian.forecast.history import History

LEVEL = 0.90
INTERVAL = ("interval", "poisson-gamma 90 %")
"""The parameter by which a model says how its interval was made (`predictive_interval`)."""

LEAST_DAYS = 28
"""With less history than four weeks no model here speaks: a cell that was observed for less abstains."""


class Fitted(Protocol):
    """A forecaster that has seen its history."""

    def predict(self, period: Period) -> RiskSurface:
        """Return the surface of `period`, which may not begin before the history's cutoff."""
        ...


class Forecaster(Protocol):
    """A way of forecasting with all its parameters fixed."""

    @property
    def model(self) -> Model:
        """Return name, version and every parameter."""
        ...

    @property
    def needs_features(self) -> bool:
        """Return whether `fit` reads `History.features`."""
        ...

    def fit(self, history: History) -> Fitted:
        """Learn from `history`, all of it; it ends at the cutoff."""
        ...


@dataclass(frozen=True, eq=False)
class DailyRates:
    """Expected incidents per cell and day, of which a period has so many times as it has days.

    Parameters
    ----------
    model, history : what spoke, and all that it has seen.
    rate : (n,) expected incidents per cell and day. It is kept beside its parts because adding them up
        would round, and cells with equal counts would no longer tie.
    parts : the named parts that add up to the rate; none for a model that cannot say (`Scale.NONE`).
    """

    model: Model
    history: History
    rate: Floats
    parts: tuple[Contribution, ...] = ()

    def predict(self, period: Period) -> RiskSurface:
        """Return the surface of `period`, which may not begin before the history's cutoff."""
        history = self.history
        _check(period, history)
        parts = tuple(Contribution(part.name, part.values * period.days) for part in self.parts)
        mean = self.rate * period.days
        lo, hi = predictive_interval(mean, history=history, horizon_days=period.days)
        return RiskSurface(
            grid=history.grid,
            offence=history.offence,
            period=period,
            cutoff=history.cutoff,
            cells=history.cells,
            mean=mean,
            lo=lo,
            hi=hi,
            level=LEVEL,
            contributions=parts,
            scale=Scale.SUM if parts else Scale.NONE,
            abstained=history.observed_days < LEAST_DAYS,
            model=self.model,
            data_hash=history.data_hash,
            left_out=history.left_out,
        )


def held_to_area(surface: RiskSurface, history: History) -> RiskSurface:
    """Return what a model said, as a statement about its history's area: of these cells and no others.

    A model, which may be a plug-in, neither brings a place back that was left out nor keeps silent about why.
    """
    if not np.array_equal(surface.cells, history.cells):
        raise BadInput(
            f"{surface.model} speaks of other cells than the {len(history.cells):,} of its history; such a forecast is "
            "not kept, so mend the model to forecast each of them, in their order."
        )
    return replace(surface, left_out=history.left_out)


def age_bands(days: int) -> Iterator[tuple[str, slice]]:
    """Yield the rows of the last `days` days of a history in four bands of age, most recent first."""
    edges = (0, 28, 91, 365, max(days, 365))
    names = ("last 28 days", "29 to 91 days ago", "92 to 365 days ago", "more than 365 days ago")
    for name, young, old in zip(names, edges, edges[1:], strict=False):
        if young < days:
            yield name, slice(-min(old, days), -young or None)


def predictive_interval(mean: Floats, *, history: History, horizon_days: int) -> tuple[Floats, Floats]:
    """Return the bounds of the central 90 % predictive interval of the count in each cell.

    Counts are taken as Poisson with a gamma-distributed rate: variance = μ + δ μ², with one δ for the whole
    area (`dispersion`). A cell where nothing happened yet may still have an incident: for the interval, the
    mean is at least what half an incident in the whole history would give (Jeffreys' prior).
    """
    mu = np.maximum(mean, 0.5 * horizon_days / history.spans(history.days))
    delta = dispersion(history)
    tails = np.array([[(1 - LEVEL) / 2], [(1 + LEVEL) / 2]])
    if delta < 1e-6:  # the negative binomial becomes the Poisson, but its formula divides by this
        lo, hi = poisson.ppf(tails, mu)
    else:
        lo, hi = nbinom.ppf(tails, 1 / delta, 1 / (1 + delta * mu))
    return lo, hi


def dispersion(history: History) -> float:
    """Return δ of variance = μ + δ μ², by moments from the weekly counts in the last year of each cell observed in
    all of it.

    Σ(s² - m) estimates Σ δ μ², and Σ(m² - s²/weeks) estimates Σ μ². Not below 0; 0 with under four weeks.
    """
    weeks = min(52, history.days // 7)
    if weeks < 4:
        return 0.0
    throughout = history.observed_days >= 7 * weeks
    weekly = history.counts[-7 * weeks :, throughout].reshape(weeks, 7, -1).sum(axis=1)
    mean, variance = weekly.mean(axis=0), weekly.var(axis=0, ddof=1)
    squares = float((mean**2 - variance / weeks).sum())
    return max(0.0, float((variance - mean).sum()) / squares) if squares > 0 else 0.0


def _check(period: Period, history: History) -> None:
    if period.start < history.end_day:
        raise BadInput(
            f"The period {period} begins before the cutoff {history.end_day}; a forecast cannot be made for "
            "days it has seen. Take an earlier cutoff."
        )
    if period.zone != history.zone:
        raise BadInput(
            f"The period is in {period.zone} but days were counted in {history.zone}; use the same zone."
        )
