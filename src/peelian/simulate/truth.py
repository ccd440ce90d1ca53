"""What should have been forecast: the expected incidents per cell that the city was made with.

Withdrawn and reclassified reports are part of what happened here; they are a matter of records, not of truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from peelian.domain.errors import BadInput
from peelian.domain.place import Floats
from peelian.simulate.calendar import DAY_S, daily_background, day_seconds
from peelian.simulate.city import City
from peelian.simulate.process import BURN_IN_DAYS, Occurrences, city_clock

RINGS, SPOKES, POINTS_PER_CELL = 5, 12, 8


@dataclass(frozen=True, eq=False)
class Truth:
    """The city's own forecaster: what it would have been best to say.

    Parameters
    ----------
    spread : (n, n) sparse; column j holds where a near repeat of an incident in cell j falls.
    """

    city: City
    spread: csr_matrix

    def expected(self, offence: str, *, first: date, days: int) -> Floats:
        """Return the (n,) expected incidents per cell on `days` civil days from `first`, with near repeats.

        Nothing is known of what happened before: the mean over all histories the city could have had.
        """
        begin = self.city.spec.start - timedelta(days=BURN_IN_DAYS)
        lead = (first - begin).days
        if first < self.city.spec.start:
            raise BadInput(
                f"{self.city.spec.name} begins on {self.city.spec.start}; nothing is known of {first}."
            )
        daily = self._march(offence, np.zeros(len(self.city.cells)), begin, lead + days)
        total: Floats = daily[lead:].sum(axis=0)
        return total

    def expected_given(self, past: Occurrences, offence: str, *, first: date, days: int) -> Floats:
        """Return the same, given everything that happened before `first`: no forecast can know more."""
        index = self._index(offence)
        now_s = int(city_clock(self.city).to_utc(np.array([day_seconds(first)]))[0])
        seen = (past.group == index) & (past.start_s < now_s)
        age_days = (now_s - past.start_s[seen]) / DAY_S
        left = self.city.spec.groups[index].branching * np.exp(-age_days / self.city.spec.decay_days)
        set_off = np.bincount(past.row[seen], weights=left, minlength=len(self.city.cells))
        total: Floats = self._march(offence, self.spread @ set_off, first, days).sum(axis=0)
        return total

    def _march(self, offence: str, pending: Floats, first: date, days: int) -> Floats:
        """Expected incidents per day and cell, when `pending` near repeats per cell are still to come.

        Day by day: what falls due comes, and sets off its own share from the next day on (a near repeat on
        the very day of its parent counts one day late, which moves a twentieth of them by a day).
        """
        index = self._index(offence)
        group, background = self.city.spec.groups[index], self.city.weekly[index]
        rates = daily_background(group, first=first, days=days) / group.weekly_rate
        due = 1 - np.exp(-1 / self.city.spec.decay_days)
        daily = np.empty((days, len(pending)))
        for day, rate in enumerate(rates):
            daily[day] = rate * background + due * pending
            pending = (1 - due) * pending + group.branching * (self.spread @ daily[day])
        return daily

    def _index(self, offence: str) -> int:
        return self.city.spec.groups.index(self.city.spec.group(offence))


def truth_of(city: City) -> Truth:
    """Work out where near repeats fall, by carrying a fixed pattern of offsets to the nearest street."""
    radius = city.spec.spread_m * np.sqrt(-2 * np.log(1 - (np.arange(RINGS) + 0.5) / RINGS))
    angle = 2 * np.pi * (np.arange(SPOKES) + 0.5) / SPOKES
    offsets = np.stack(
        [np.outer(radius, np.cos(angle)).ravel(), np.outer(radius, np.sin(angle)).ravel()], axis=1
    )
    parents = _sample_points(city)
    aimed = (parents[:, None, :] + offsets[None, :, :]).reshape(-1, 2)
    child = city.rows_of(city.points_m[cKDTree(city.points_m).query(aimed)[1]])
    parent = np.repeat(city.rows_of(parents), len(offsets))
    n = len(city.cells)
    counts = csr_matrix((np.ones(len(child)), (child, parent)), shape=(n, n))
    total = np.maximum(1.0, np.asarray(counts.sum(axis=0)).ravel())
    return Truth(city=city, spread=csr_matrix(counts.multiply(1 / total)))


def _sample_points(city: City) -> Floats:
    """A few evenly spread street points of every cell that has any."""
    if not len(city.points_m):
        raise BadInput(f"{city.spec.name} has no streets; give a larger city or smaller blocks.")
    first, last = city.first_point[:-1, None], city.first_point[1:, None]
    share = (np.arange(POINTS_PER_CELL) + 0.5) / POINTS_PER_CELL
    index = (first + share * (last - first)).astype(np.int64)
    return city.points_m[index[(last > first).ravel()].ravel()]
