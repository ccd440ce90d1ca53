"""Boosted trees on lags and neighbours: the challenger that shows what plain models leave on the table.

It cannot say exactly why a cell is where it is: it names no parts, so its scale is NONE and nobody may be
sent by it; a plan refuses such a surface. It is here to be beaten by, or to improve, models that can explain
themselves. Its parameters were set for speed and not tuned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from peelian.domain.errors import BadInput
from peelian.domain.place import Floats
from peelian.domain.surface import Model
from peelian.forecast.history import Features, History
from peelian.forecast.models.base import INTERVAL, DailyRates, Fitted

_TARGET_DAYS = 7


@dataclass(frozen=True)
class BoostedTrees:
    """Gradient-boosted Poisson trees (scikit-learn's histogram algorithm) trained on one row per cell and week.

    A row's features know only days before its day; its target is the count of the seven days from its day
    on, and only rows whose seven days end by the cutoff are trained on. Window sums are carried to the
    length of the window where the history is younger than that.

    Parameters
    ----------
    weeks : how many weekly rows per cell are trained on, the most recent ones.
    rounds, learning_rate, leaves, least_rows : of the boosting.
    seed : of the algorithm's own sampling when it bins features.
    """

    weeks: int = 52
    rounds: int = 60
    learning_rate: float = 0.1
    leaves: int = 12
    least_rows: int = 200
    seed: int = 0
    needs_features = True

    @property
    def model(self) -> Model:
        """Return name, version and every parameter."""
        parameters = (
            ("weeks", self.weeks),
            ("rounds", self.rounds),
            ("learning_rate", self.learning_rate),
            ("leaves", self.leaves),
            ("least_rows", self.least_rows),
            ("seed", self.seed),
        )
        return Model("boosted-trees", 1, (*parameters, INTERVAL))

    def fit(self, history: History) -> Fitted:
        """Train on the weeks behind the cutoff, then read off the rate of the week that begins there."""
        if history.features is None:
            raise BadInput("Boosted trees need the history's features; make them with `weekly_features`.")
        order = np.lexsort((history.cells[:, 1], history.cells[:, 0]))  # rows in an order of their own
        rate = np.zeros(len(order))
        rate[order] = self._weekly(history, history.features, order) / _TARGET_DAYS
        return DailyRates(self.model, history, rate)

    def _weekly(self, history: History, features: Features, order: np.ndarray) -> Floats:
        starts = features.days[(features.days > 0) & (features.days + _TARGET_DAYS <= history.days)]
        starts = starts[-self.weeks :]
        target = [history.counts[day : day + _TARGET_DAYS, order].sum(axis=0) for day in starts]
        if not np.sum(target):
            return np.zeros(len(order))
        trees = HistGradientBoostingRegressor(
            loss="poisson",
            max_iter=self.rounds,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.least_rows,
            early_stopping=False,
            random_state=self.seed,
        )
        rows = np.concatenate([_rates(features, day)[order] for day in starts])
        with threadpool_limits(1):  # threads that wait for each other in turns cost tenfold on a busy machine
            trees.fit(rows, np.concatenate(target))
            expected: Floats = trees.predict(_rates(features, history.days)[order])
        return expected


def _rates(features: Features, day: int) -> Floats:
    """Return the (n, f) features of `day`, each window sum carried to the full length of its window."""
    windows = np.array([int(name.rpartition("_")[2]) for name in features.names])
    rates: Floats = features.on(day) * (windows / np.minimum(windows, max(1, day)))
    return rates
