"""What the limit on the number of places costs, in forecast coverage: never in anything that was not forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.domain.errors import BadInput
from peelian.domain.plan import Limits
from peelian.domain.surface import RiskSurface
from peelian.patrol.limits import check_limits
from peelian.patrol.select import choose, require_explained


@dataclass(frozen=True)
class Price:
    """One way to set the limit and what it covers.

    Parameters
    ----------
    choice : what was done instead, in words.
    places : how many cells, of the `area_cells` that the forecast has.
    coverage : share of the forecast's expectation in those cells, in [0, 1].
    difference : that share minus the plan's.
    """

    choice: str
    places: int
    area_cells: int
    coverage: float
    difference: float

    @property
    def area_share(self) -> float:
        """Return the share of the area that is visited, in [0, 1]."""
        return self.places / self.area_cells


def price_of_limits(surface: RiskSurface, limits: Limits, *, baseline: RiskSurface) -> tuple[Price, ...]:
    """Return the coverage of the plan's places beside one place fewer, one more, and those of plain counts.

    All are measured by the same forecast, which flatters its own choice: how much better it is than plain
    counts is a question for `evaluate`. A line that does not exist (no place fewer than one, no further cell
    that expects anything) is left out.

    Parameters
    ----------
    surface : the forecast planned from.
    baseline : plain counts for the same offence, period and cells.
    """
    check_limits(limits)
    _require_same(surface, baseline)
    require_explained(surface)
    expected = np.sort(np.where(surface.abstained, 0.0, surface.mean))[::-1]
    plan = sum(place.share for place in choose(surface, places=limits.places))

    def priced(choice: str, places: int, covered: float) -> Price:
        return Price(choice, places, len(surface.cells), covered, covered - plan)

    prices = [priced("this plan", limits.places, plan)]
    for choice, places in (("one place fewer", limits.places - 1), ("one place more", limits.places + 1)):
        if 1 <= places <= np.count_nonzero(expected):
            prices.append(priced(choice, places, float(expected[:places].sum() / expected.sum())))
    by_counts = _covered_by(baseline, surface, places=limits.places)
    return (*prices, priced("the same number of places by plain counts", limits.places, by_counts))


def _covered_by(baseline: RiskSurface, surface: RiskSurface, *, places: int) -> float:
    """Share of the surface's expectation in the cells that the baseline ranks highest where the surface speaks."""
    speaking = ~surface.abstained
    expected = {
        (ix, iy): mean
        for (ix, iy), mean in zip(
            surface.cells[speaking].tolist(), surface.mean[speaking].tolist(), strict=True
        )
    }
    ranked = [(ix, iy) for ix, iy in baseline.cells[baseline.ranking()].tolist() if (ix, iy) in expected]
    return float(sum(expected[cell] for cell in ranked[:places]) / sum(expected.values()))


def _require_same(surface: RiskSurface, baseline: RiskSurface) -> None:
    """Two surfaces can only be compared when they speak of the same thing."""
    of_surface = (surface.offence, surface.period, surface.grid, set(map(tuple, surface.cells.tolist())))
    of_baseline = (baseline.offence, baseline.period, baseline.grid, set(map(tuple, baseline.cells.tolist())))
    if of_surface != of_baseline:
        raise BadInput(
            f"The forecast by {surface.model} and the baseline by {baseline.model} differ in offence, period, grid "
            "or cells; make both for the same week and area."
        )
