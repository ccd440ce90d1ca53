"""The cars' rounds through the shift: a random order that keeps every limit, or a sentence why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from peelian.domain.errors import BadInput
from peelian.domain.place import Floats
from peelian.domain.plan import Limits
from peelian.patrol.travel import TRAVEL_KMH, travel_minutes

ATTEMPTS = 60
NEAREST = 3

Minutes = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Visit:
    """One visit of a round.

    Parameters
    ----------
    place : row of the place.
    arrive, minutes : whole minutes after the start of the shift; dwell.
    """

    place: int
    arrive: int
    minutes: int

    @property
    def leave(self) -> int:
        """Return the minute at which the car moves on."""
        return self.arrive + self.minutes


Round = tuple[Visit, ...]


def draw_rounds(centres_m: Floats, *, limits: Limits, rng: np.random.Generator) -> tuple[Round, ...]:
    """Return one round per car that gets places, covering n places with (n, 2) centres in metres.

    Each car takes the places of one sector around the common centre and starts its shift at the first of
    them. The first of `ATTEMPTS` drawings in which every car is done within the shift is taken; the more have
    failed, the less freedom the next one has to make detours.

    Raises
    ------
    BadInput : none of them was; the sentence says what the shortest would have needed.
    """
    travel = [[travel_minutes(math.dist(here, there)) for there in centres_m] for here in centres_m]
    shortest = math.inf
    for attempt in range(ATTEMPTS):
        nearest = NEAREST - attempt * NEAREST // ATTEMPTS
        sectors = _sectors(centres_m, limits.cars, rng)
        rounds = [
            _round(sector, travel=travel, limits=limits, nearest=nearest, rng=rng) for sector in sectors
        ]
        longest = max(visits[-1].leave for visits in rounds)
        if longest <= limits.shift_minutes:
            return tuple(_spread(visits, limits.shift_minutes, rng) for visits in rounds)
        shortest = min(shortest, longest)
    raise BadInput(
        f"The limit shift_minutes cannot be met: {len(centres_m)} places with {limits.visits_per_place} visits each "
        f"for {limits.cars} cars took at least {shortest} minutes in {ATTEMPTS} orders tried (travel at "
        f"{TRAVEL_KMH:g} km/h), {shortest - limits.shift_minutes} more than the shift of {limits.shift_minutes}; "
        "ask for fewer places, fewer visits or another car."
    )


def _sectors(centres_m: Floats, cars: int, rng: np.random.Generator) -> list[list[int]]:
    """Share the places among the cars by direction from their middle, beginning anywhere; no empty car."""
    x, y = (centres_m - centres_m.mean(axis=0)).T
    turned = (np.arctan2(y, x) - rng.uniform(0, 2 * np.pi)) % (2 * np.pi)
    order = np.argsort(turned, kind="stable")
    return [part.tolist() for part in np.array_split(order, cars) if len(part)]


def _round(
    sector: Sequence[int], *, travel: Minutes, limits: Limits, nearest: int, rng: np.random.Generator
) -> list[Visit]:
    """One car's visits: all its places once, then all again, each time one of the `nearest` soonest reached.

    The choice among the soonest is the restricted candidate list of GRASP (Feo and Resende 1995, J. Global
    Optimization 6:109): short ways, yet another order every time.
    """
    due = dict.fromkeys(sector, 0)
    visits: list[Visit] = []
    for _ in range(limits.visits_per_place):
        left = set(sector)
        while left:
            arrive = {place: max(due[place], _reach(visits, place, travel)) for place in left}
            soonest = sorted(left, key=lambda place: (arrive[place], place))
            among = min(len(left), nearest) if visits else len(left)
            place = soonest[int(rng.integers(among))]
            dwell = int(rng.integers(limits.dwell_min_minutes, limits.dwell_max_minutes + 1))
            visits.append(Visit(place, arrive[place], dwell))
            due[place] = visits[-1].leave + limits.revisit_gap_minutes
            left.remove(place)
    return visits


def _reach(visits: Sequence[Visit], place: int, travel: Minutes) -> int:
    """The minute at which the car can be there."""
    return visits[-1].leave + travel[visits[-1].place][place] if visits else 0


def _spread(visits: Sequence[Visit], shift_minutes: int, rng: np.random.Generator) -> Round:
    """Hand the idle minutes out at random. Delays never shrink along the round, so no gap gets shorter."""
    idle = shift_minutes - visits[-1].leave
    delays = np.sort(rng.integers(0, idle + 1, len(visits)))
    return tuple(
        replace(visit, arrive=visit.arrive + int(delay)) for visit, delay in zip(visits, delays, strict=True)
    )
