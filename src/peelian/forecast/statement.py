"""What a committed forecast said of one place, in words for whoever asks."""

from __future__ import annotations

import numpy as np

from peelian.domain.dwellings import LeftOut
from peelian.domain.place import cell_holding
from peelian.domain.statement import PlaceStatement, yearly
from peelian.domain.surface import RiskSurface, Scale
from peelian.forecast.kept import BASELINE, KeptForecast

BANDS = (0.01, 0.05, 0.20)
"""Shares of the area within which a place is said to have ranked; its very rank is not told."""
PARTS = 3


def statements(
    forecast: KeptForecast, *, lon_deg: float, lat_deg: float, k: int, by: str
) -> tuple[PlaceStatement, ...]:
    """Return what a forecast said of the place that holds a point: one statement for each offence.

    `k` is the smallest number that may be told, as so many incidents in a year; `by` who committed the forecast. Of a
    place with fewer, the parts of its expectation are withheld too: the shares of so few could tell when each was.
    """
    told = []
    for offence in forecast.offences:
        surface, baseline = forecast.surface(offence), forecast.surface(offence, model=BASELINE)
        row = _row(surface, cell_holding(surface.grid, lon_deg=lon_deg, lat_deg=lat_deg))
        told.append(
            PlaceStatement(
                work="forecast",
                work_id=forecast.forecast_id,
                entry_index=forecast.entry_index,
                offence=offence,
                period=forecast.period,
                says=_says(surface, baseline, row, k=k),
                grounds=_grounds(surface, row, k=k),
                expected=None if row is None else float(surface.mean[row]),
                involved=(by,),
            )
        )
    return tuple(told)


def _row(surface: RiskSurface, cell: tuple[int, int]) -> int | None:
    """Return the cell's row, or None where the forecast does not speak of it."""
    rows = np.flatnonzero((surface.cells == np.array(cell)).all(axis=1))
    return int(rows[0]) if len(rows) and not surface.abstained[rows[0]] else None


def _says(surface: RiskSurface, baseline: RiskSurface, row: int | None, *, k: int) -> str:
    if row is None:
        why = "" if surface.left_out is None else f"; {left_out_words(surface.left_out)}"
        return f"Of {surface.offence} it says nothing about this place{why}."
    days = surface.period.days
    return (
        f"Of {surface.offence} it expected {yearly(float(surface.mean[row]), days=days, k=k)}; {_rank(surface, row)}. "
        f"Plain counts of the last 365 days said {_beside(baseline, surface, row, k=k)}."
    )


def left_out_words(left_out: LeftOut) -> str:
    """Return the rule by which places of a few homes are left out: it is told of every place that is not spoken of, so
    that nobody learns from it whether anything happened at one of them.
    """
    return f"of places with 1 to {left_out.least - 1} dwellings it never speaks (rule {left_out.rule})"


def _beside(baseline: RiskSurface, surface: RiskSurface, row: int, *, k: int) -> str:
    ix, iy = surface.cells[row]
    other = _row(baseline, (int(ix), int(iy)))
    return "nothing" if other is None else yearly(float(baseline.mean[other]), days=baseline.period.days, k=k)


def _rank(surface: RiskSurface, row: int) -> str:
    for share in BANDS:
        if row in surface.top(share):
            return f"the place was among the highest {share:.0%} of the area"
    return f"the place was not among the highest {BANDS[-1]:.0%} of the area"


def _grounds(surface: RiskSurface, row: int | None, *, k: int) -> str:
    made = f"Made by {surface.model} from what was {surface.cutoff.basis} before {surface.cutoff.day}."
    few = row is not None and surface.mean[row] * 365 / surface.period.days < k
    if row is None or few or surface.scale is not Scale.SUM or not surface.mean[row] > 0:
        return made
    shares = sorted(
        ((float(part.values[row] / surface.mean[row]), part.name) for part in surface.contributions),
        reverse=True,
    )
    return f"{made} Its largest parts: {'; '.join(f'{name} {share:.0%}' for share, name in shares[:PARTS])}."
