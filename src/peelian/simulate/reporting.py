"""From what happened to what is on record: spans, reports, recording delays, origins, corrections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.domain.incident import Origin
from peelian.domain.place import Floats
from peelian.domain.surface import Flags
from peelian.simulate.calendar import DAY_S, Seconds
from peelian.simulate.city import City, Rows
from peelian.simulate.process import Occurrences, occurrences

Texts = NDArray[np.str_]

HOUR_S = 3_600
NEVER = np.iinfo(np.int64).max
LONGEST_LAG_DAYS = 180
RECLASSIFIED_SHARE = 0.012
WITHDRAWN_SHARE = 0.006


@dataclass(frozen=True, eq=False)
class SyntheticIncidents:
    """Records of a synthetic city in the order in which they were recorded. All instants are UTC seconds.

    Parameters
    ----------
    truth : what happened, row for row in the same order.
    incident_id : (n,) the source's key, "SYN-000001" and so on.
    end_s, reported_s, recorded_s : (n,) last moment it can have happened, when told, when written down.
    origin : (n,) values of `Origin`.
    first_group : (n,) the group it was first recorded as; the true one is `truth.group`.
    corrected_s : (n,) when the source corrected or withdrew the record; `NEVER` for most.
    withdrawn : (n,) True where that correction withdrew it.
    """

    city: City
    truth: Occurrences
    incident_id: Texts
    end_s: Seconds
    reported_s: Seconds
    recorded_s: Seconds
    origin: Texts
    first_group: Rows
    corrected_s: Seconds
    withdrawn: Flags

    def __len__(self) -> int:
        return len(self.incident_id)

    def group_at(self, instant_s: int) -> Rows:
        """Return the group each record stood under at `instant_s`."""
        return np.where(self.corrected_s < instant_s, self.truth.group, self.first_group)

    def withdrawn_at(self, instant_s: int) -> Flags:
        """Return which records were withdrawn by `instant_s`."""
        return self.withdrawn & (self.corrected_s < instant_s)


def simulate_incidents(city: City, rng: np.random.Generator) -> SyntheticIncidents:
    """Draw the history of a city and how it came on record: same city and generator state, same bytes."""
    return record(city, occurrences(city, rng), rng)


def record(city: City, happened: Occurrences, rng: np.random.Generator) -> SyntheticIncidents:
    """Put what happened on record, in the order of recording."""
    n = len(happened.start_s)
    median_h = np.array([group.interval_hours for group in city.spec.groups])[happened.group]
    end_s = happened.start_s + _lag_s(rng, median_h * HOUR_S, spread=0.6)
    reported_s = end_s + _lag_s(rng, np.full(n, 2.5 * HOUR_S), spread=1.2)
    recorded_s = reported_s + _lag_s(rng, np.full(n, 20.0 * HOUR_S), spread=1.3)
    order = np.argsort(recorded_s, kind="stable")
    first_group, corrected_s, withdrawn = _corrections(city, happened, recorded_s, rng)
    return SyntheticIncidents(
        city=city,
        truth=happened.take(order),
        incident_id=np.array([f"SYN-{number:06d}" for number in range(1, n + 1)]),
        end_s=end_s[order],
        reported_s=reported_s[order],
        recorded_s=recorded_s[order],
        origin=_origins(city, happened, rng)[order],
        first_group=first_group[order],
        corrected_s=corrected_s[order],
        withdrawn=withdrawn[order],
    )


def _lag_s(rng: np.random.Generator, median_s: Floats, *, spread: float) -> Seconds:
    """Log-normal delays in whole seconds, cut at half a year; none where the median is 0."""
    lag = median_s * rng.lognormal(0.0, spread, len(median_s))
    return np.ceil(np.minimum(lag, LONGEST_LAG_DAYS * DAY_S)).astype(np.int64)


def _origins(city: City, happened: Occurrences, rng: np.random.Generator) -> Texts:
    """Patrols find nearly all of some groups and a little of the rest; of a few, nobody noted who told."""
    by_patrol = np.array([group.found_by_patrol for group in city.spec.groups])[happened.group]
    chance = rng.random(len(by_patrol))
    found = chance < np.where(by_patrol, 0.95, 0.03)
    return np.select(
        [found, chance > 0.99],
        [Origin.ENFORCEMENT_FOUND.value, Origin.UNKNOWN.value],
        Origin.VICTIM_REPORTED.value,
    )


def _corrections(
    city: City, happened: Occurrences, recorded_s: Seconds, rng: np.random.Generator
) -> tuple[Rows, Seconds, Flags]:
    """First recorded group, instant of the correction, whether it was a withdrawal."""
    n, groups = len(recorded_s), len(city.spec.groups)
    chance = rng.random(n)
    withdrawn = chance < WITHDRAWN_SHARE
    reclassified = ~withdrawn & (chance < WITHDRAWN_SHARE + RECLASSIFIED_SHARE) & (groups > 1)
    other = (happened.group + rng.integers(1, max(2, groups), n)) % groups
    corrected_s = recorded_s + _lag_s(rng, np.full(n, 20.0 * DAY_S), spread=0.8)
    return (
        np.where(reclassified, other, happened.group),
        np.where(withdrawn | reclassified, corrected_s, NEVER),
        withdrawn,
    )
