"""Historical mean: every day of the history weighs the same, however long ago."""

from __future__ import annotations

from dataclasses import dataclass

from peelian.domain.surface import Model
from peelian.forecast.history import History
from peelian.forecast.models.base import INTERVAL, Fitted
from peelian.forecast.models.counts import mean_counts


@dataclass(frozen=True)
class HistoricalMean:
    """The mean of each cell's own daily counts over all of the history."""

    needs_features = False

    @property
    def model(self) -> Model:
        """Return name, version and every parameter."""
        return Model("historical-mean", 1, (INTERVAL,))

    def fit(self, history: History) -> Fitted:
        """Count."""
        return mean_counts(self.model, history, days=history.days)
