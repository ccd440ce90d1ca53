"""What happens in the synthetic city: a background of incidents and the near repeats they set off.

A branching (Hawkes) process: background incidents come as a Poisson process with season, week and hour;
each incident of whatever generation sets off Poisson(branching) near repeats, after an exponential delay and
at a Gaussian offset carried to the nearest street (Mohler et al. 2011, JASA 106:100-108).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from scipy.spatial import cKDTree

from peelian.domain.place import Floats
from peelian.simulate.calendar import DAY_S, CivilClock, Seconds, civil_clock, daily_background, day_seconds
from peelian.simulate.city import City, Rows

BURN_IN_DAYS = 70  # seven mean delays: the history starts as if the city had always been there
CLOCK_MARGIN_DAYS = 800  # reports, records and corrections come after the last incident


@dataclass(frozen=True, eq=False)
class Occurrences:
    """What happened, whether or not anybody told: the truth behind the records.

    Parameters
    ----------
    group : (n,) index into `city.spec.groups`.
    start_s : (n,) UTC seconds since 1970.
    points_m : (n, 2) places on streets.
    row : (n,) cell row of the city.
    generation : (n,) 0 for background, 1 for a near repeat of it, and so on.
    parent : (n,) which row it repeats; -1 for background and where the parent came before the history.
    """

    group: Rows
    start_s: Seconds
    points_m: Floats
    row: Rows
    generation: Rows
    parent: Rows

    def __len__(self) -> int:
        return len(self.start_s)

    def take(self, order: Rows) -> Occurrences:
        """Return the named rows in that order; `parent` follows them, -1 where it was left out."""
        new_name = np.full(len(self) + 1, -1)  # the last place answers for parent -1
        new_name[order] = np.arange(len(order))
        return Occurrences(
            group=self.group[order],
            start_s=self.start_s[order],
            points_m=self.points_m[order],
            row=self.row[order],
            generation=self.generation[order],
            parent=new_name[self.parent[order]],
        )


@dataclass(frozen=True, eq=False)
class _Generation:
    """Incidents of one generation; `parent` counts within the generation before."""

    group: Rows
    start_s: Seconds
    points_m: Floats
    parent: Rows


def city_clock(city: City) -> CivilClock:
    """Return the civil clock for everything that can be written about this city."""
    first = city.spec.start - timedelta(days=BURN_IN_DAYS + 2)
    return civil_clock(city.spec.zone, first=first, days=city.spec.days + BURN_IN_DAYS + CLOCK_MARGIN_DAYS)


def occurrences(city: City, rng: np.random.Generator) -> Occurrences:
    """Draw the city's whole history in order of time, one generation after the other until one is empty."""
    clock, streets = city_clock(city), cKDTree(city.points_m)
    first_day, days = city.spec.start, city.spec.days
    midnights = np.array([day_seconds(first_day), day_seconds(first_day + timedelta(days=days))])
    first_s, end_s = clock.to_utc(midnights)
    generations = [_background(city, clock, rng)]
    while len(generations[-1].start_s):
        generations.append(_near_repeats(city, generations[-1], streets, end_s=int(end_s), rng=rng))
    everyone = _together(city, generations)
    in_time = np.argsort(everyone.start_s, kind="stable")
    return everyone.take(in_time[everyone.start_s[in_time] >= first_s])


def _background(city: City, clock: CivilClock, rng: np.random.Generator) -> _Generation:
    """Poisson numbers per group and civil day, spread over hours and cells, from the burn-in on."""
    spec = city.spec
    first, days = spec.start - timedelta(days=BURN_IN_DAYS), spec.days + BURN_IN_DAYS
    civil_s, rows, sizes = [], [], []
    for group, weekly in zip(spec.groups, city.weekly, strict=True):
        number = rng.poisson(daily_background(group, first=first, days=days))
        angle = rng.vonmises(2 * np.pi * group.peak_hour / 24, group.peak_sharpness, number.sum())
        of_day = np.floor(angle % (2 * np.pi) / (2 * np.pi) * DAY_S).astype(np.int64)
        civil_s.append(day_seconds(first) + np.repeat(np.arange(days), number) * DAY_S + of_day % DAY_S)
        rows.append(rng.choice(len(city.cells), size=len(of_day), p=weekly / weekly.sum()))
        sizes.append(len(of_day))
    return _Generation(
        group=np.repeat(np.arange(len(sizes)), sizes),
        start_s=clock.to_utc(np.concatenate(civil_s)),
        points_m=city.place(np.concatenate(rows), rng),
        parent=np.full(sum(sizes), -1),
    )


def _near_repeats(
    city: City, parents: _Generation, streets: cKDTree, *, end_s: int, rng: np.random.Generator
) -> _Generation:
    """What one generation sets off before `end_s`."""
    branching = np.array([group.branching for group in city.spec.groups])[parents.group]
    parent = np.repeat(np.arange(len(branching)), rng.poisson(branching))
    delay_s = np.ceil(rng.exponential(city.spec.decay_days * DAY_S, len(parent))).astype(np.int64)
    aimed = parents.points_m[parent] + rng.normal(0.0, city.spec.spread_m, (len(parent), 2))
    start_s = parents.start_s[parent] + delay_s
    lived = start_s < end_s
    nearest = streets.query(aimed[lived])[1]
    return _Generation(parents.group[parent[lived]], start_s[lived], city.points_m[nearest], parent[lived])


def _together(city: City, generations: Sequence[_Generation]) -> Occurrences:
    """All generations in one table, with `parent` counting through it."""
    sizes = np.array([len(some.start_s) for some in generations])
    begins = np.cumsum(sizes) - sizes
    parents = [generations[0].parent]
    parents += [later.parent + begin for later, begin in zip(generations[1:], begins[:-1], strict=True)]
    points = np.concatenate([some.points_m for some in generations])
    return Occurrences(
        group=np.concatenate([some.group for some in generations]),
        start_s=np.concatenate([some.start_s for some in generations]),
        points_m=points,
        row=city.rows_of(points),
        generation=np.repeat(np.arange(len(sizes)), sizes),
        parent=np.concatenate(parents),
    )
