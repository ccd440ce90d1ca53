"""Recency: what happened lately says more than what happened long ago (exponentially weighted counts)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peelian.domain.place import Floats
from peelian.domain.surface import Contribution, Model
from peelian.forecast.history import History
from peelian.forecast.models.base import INTERVAL, DailyRates, Fitted, age_bands


@dataclass(frozen=True)
class Recency:
    """The weighted mean of each cell's own daily counts; a day's weight halves every `half_life_days`.

    Of 30, 60, 90, 120, 180, 270 and 365 days, 180 gave the highest hit rate at 1 % of area relative to plain
    counts, chosen on past weeks only in the way `KernelDensity` describes.
    """

    half_life_days: float = 180.0
    needs_features = False

    @property
    def model(self) -> Model:
        """Return name, version and every parameter."""
        return Model("recency", 1, (("half_life_days", self.half_life_days), INTERVAL))

    def fit(self, history: History) -> Fitted:
        """Count, with weights that sum to one over the history there is, and over the days each cell was observed."""
        age_days = np.arange(history.days, 0, -1)
        weight = 0.5 ** (age_days / self.half_life_days)
        weight /= max(weight.sum(), np.finfo(float).tiny)
        # summed down each column and not by a matrix product, whose rounding depends on a cell's position
        heard = _heard(weight, history)
        parts = tuple(
            Contribution(name, (weight[rows, None] * history.counts[rows]).sum(axis=0) / heard)
            for name, rows in age_bands(max(1, history.days))
        )
        rate = np.sum([part.values for part in parts], axis=0)
        return DailyRates(self.model, history, rate, parts)


def _heard(weight: Floats, history: History) -> Floats:
    """Return (n,) the weight of the days on which each cell was observed: 1 for one observed on all of them."""
    newest_first = np.concatenate([[0.0], np.cumsum(weight[::-1])])
    heard = np.where(history.observed_days == history.days, 1.0, newest_first[history.observed_days])
    return np.where(heard > 0, heard, 1.0)
