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
    """The mean of each cell's own daily counts over the last `days` days it was observed, or as many as there are."""

    days: int = 365
    needs_features = False

    @property
    def model(self) -> Model:
        """Return name, version and every parameter."""
        return Model("plain-counts", 1, (("days", self.days), INTERVAL))

    def fit(self, history: History) -> Fitted:
        """Count."""
        return mean_counts(self.model, history, days=self.days)


def mean_counts(model: Model, history: History, *, days: int) -> Fitted:
    """Return the mean daily counts over the last `days` days, in parts by the age of the incidents."""
    seen, spans = min(days, history.days), history.spans(days)
    rate = history.counts[history.days - seen :].sum(axis=0) / spans
    parts = tuple(
        Contribution(name, history.counts[rows].sum(axis=0) / spans) for name, rows in age_bands(max(1, seen))
    )
    return DailyRates(model, history, rate, parts)
