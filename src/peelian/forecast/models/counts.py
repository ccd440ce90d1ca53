"""Plain counts: next week there will be what there was on average in the last year. THE baseline.

Every other model and every published figure stands beside this one. It is hard to beat by much.
"""

from __future__ import annotations

from dataclasses import dataclass

from peelian.domain.surface import Contribution, Model
from peelian.forecast.history import History
from peelian.forecast.models.base import INTERVAL, DailyRates, Fitted, age_bands


@dataclass(frozen=True)
class PlainCounts:
    """The mean of each cell's own daily counts over the last `days` days, or as many as there are."""

    days: int = 365
    needs_features = False

    @property
    def model(self) -> Model:
        """Return name, version and every parameter."""
        return Model("plain-counts", 1, (("days", self.days), INTERVAL))

    def fit(self, history: History) -> Fitted:
        """Count."""
        return DailyRates(self.model, history, mean_counts(history, days=self.days))


def mean_counts(history: History, *, days: int) -> tuple[Contribution, ...]:
    """Return the mean daily counts over the last `days` days, split by the age of the incidents.

    Sums are of whole numbers, so that cells with equal counts tie exactly.
    """
    seen = min(days, history.days)
    bands = age_bands(max(1, seen))
    return tuple(Contribution(name, history.counts[rows].sum(axis=0) / max(1, seen)) for name, rows in bands)
