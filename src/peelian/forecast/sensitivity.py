"""What a forecast would have been without days that somebody declared unreliable."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.surface import RiskSurface
from peelian.domain.time import Period
from peelian.forecast.history import History
from peelian.forecast.models.base import Forecaster

TOP = 0.01
"""Share of the cells whose change is told: what a patrol plan is made from."""


@dataclass(frozen=True)
class WithoutMarked:
    """One model's forecast of one offence, with all days and without those marked as unreliable.

    Parameters
    ----------
    days : marked days that lie in the history.
    expected, expected_without : expected incidents in the whole area.
    top_cells_moved : share of the top 1 % of cells (at least one) that are others without those days, in [0, 1].
    """

    offence: str
    model: str
    days: int
    expected: float
    expected_without: float
    top_cells_moved: float

    def document(self) -> Document:
        """Return the comparison as a plain document."""
        return dict(vars(self))


def without_days(history: History, days: Collection[date]) -> History:
    """Return the history as if those days had not been: the days before them move up, its end stays where it is.

    What is left is too few to say which weekday a row was, so models with features cannot be fitted on it.
    """
    rows = {(day - history.first_day).days for day in days}
    dropped = sorted(row for row in rows if 0 <= row < history.days)
    if len(dropped) == history.days:
        raise BadInput(
            f"Every day of the history of {history.offence} is marked as unreliable; nothing is left of it."
        )
    first_day = date.fromordinal(history.first_day.toordinal() + len(dropped))
    return replace(
        history,
        first_day=first_day,
        counts=np.delete(history.counts, dropped, axis=0),
        outside=np.delete(history.outside, dropped),
        features=None,
    )


def without_marked(
    history: History, *, model: Forecaster, period: Period, marked: Collection[date]
) -> WithoutMarked:
    """Compare a model's forecast with the one it would have made without the `marked` days."""
    shorter = without_days(history, marked)
    with_all = model.fit(history).predict(period)
    without = model.fit(shorter).predict(period)
    return WithoutMarked(
        offence=history.offence,
        model=with_all.model.name,
        days=history.days - shorter.days,
        expected=float(with_all.mean.sum()),
        expected_without=float(without.mean.sum()),
        top_cells_moved=_moved(with_all, without),
    )


def _moved(one: RiskSurface, other: RiskSurface) -> float:
    """Return the share of the first's top cells that are not among the second's."""
    top = max(1, round(TOP * len(one.cells)))
    first, second = (
        {tuple(cell) for cell in surface.cells[np.argsort(-surface.mean, kind="stable")[:top]].tolist()}
        for surface in (one, other)
    )
    return len(first - second) / top
