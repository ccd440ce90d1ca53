"""How probable it is that a street is the one meant.

Every difference is weighed twice: how often it happens when the street is meant, and how often a street that is
not in the file at all would look like this (Fellegi & Sunter 1969, JASA 64; Kernighan, Church & Gale 1990, COLING,
for the noisy channel). The second is measured on the file itself (`unlisted`); the first stands here, set on the
development half of `benchmarks.geocoder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from peelian.city.geocode.candidates import Agreement, Difference
from peelian.city.geocode.likeness import LONGEST_CLASS
from peelian.city.geocode.slips import HOW_OFTEN, TYPICAL, Slip, ways

LARGEST_FAMILY = 5
"""Streets spelled alike; more count as so many."""


@dataclass(frozen=True)
class Odds:
    """How often something is seen: where the street is the one meant, and where the one meant is not in the file."""

    listed: float
    unlisted: float

    def __mul__(self, other: Odds) -> Odds:
        return Odds(self.listed * other.listed, self.unlisted * other.unlisted)


@dataclass(frozen=True)
class Habits:
    """How often people write a part of a street's name in each way.

    `same`, `missing`, `wrong` and `moved` are of names that have the part, `none` and `added` of those that have not.
    """

    same: float
    missing: float
    wrong: float
    none: float
    added: float
    moved: float = 0.0

    def of(self, agreement: Agreement) -> float:
        """Return how often one way is seen."""
        habit: float = getattr(self, agreement.value)
        return habit


@dataclass(frozen=True, eq=False)
class Unlisted:
    """How streets that are not in the file look, measured on those that are.

    Parameters
    ----------
    by_edits : (LONGEST_CLASS + 1, MOST_EDITS + 1) share by length of the name and edits to the nearest name in
        the file.
    by_slip : (the only one, slip) -> share of these edits that are, by chance, what that slip would be.
    by_family : streets in the file that are spelled alike -> how many more there are for each street so spelled.
    by_agreement : (spelled alike, type, direction) -> share of those whose nearest name is spelled alike, or not.
    """

    by_edits: NDArray[np.float64]
    by_slip: Mapping[tuple[bool, Slip], float]
    by_family: NDArray[np.float64]
    by_agreement: Mapping[tuple[bool, Agreement, Agreement], float]

    def seen(self, difference: Difference) -> float:
        """Return how often such a street differs so from the nearest one in the file."""
        slips = difference.slips
        agreement = self.by_agreement[not slips, difference.kind, difference.direction]
        if not slips:
            return agreement * float(self.by_family[min(difference.family, LARGEST_FAMILY)])
        nearest = float(self.by_edits[min(difference.length, LONGEST_CLASS), len(slips)])
        return agreement * nearest * prod(self.by_slip[len(slips) == 1, slip] for slip in slips)


@dataclass(frozen=True)
class Evidence:
    """The weights: probabilities in [0, 1], and how many texts share one.

    Parameters
    ----------
    accept : an address is placed where its best place has at least this probability.
    unlisted : share of addresses whose street is not in the file.
    edits : how often a name of ordinary length is written with 0, 1, 2, 3 slips; each letter of a shorter one less
        is a chance less for each of them.
    read_otherwise : how often words mean what they do not say as they stand: a type as part of the name, a name
        glued to its type, a misspelt type.
    kind, direction : how often they are written as they are, left out, added or mistaken.
    kinds, directions : how many types and directions are mistaken for each other: the more, the less one of them
        explains.
    in_range, other_side, out_of_range : where a house number lies on the street meant.
    no_crossing : how often two streets are named together that do not meet.
    other_area : how often the postal code is not that of the place.
    """

    accept: float = 0.86
    unlisted: float = 0.03
    edits: tuple[float, ...] = (0.80, 0.14, 0.05, 0.003)
    read_otherwise: float = 0.1
    kind: Habits = Habits(same=0.87, missing=0.08, wrong=0.05, none=0.96, added=0.04)
    direction: Habits = Habits(same=0.76, missing=0.20, wrong=0.01, moved=0.03, none=0.99, added=0.01)
    kinds: float = 8.0
    directions: float = 4.0
    in_range: float = 0.96
    other_side: float = 0.03
    out_of_range: float = 0.01
    no_crossing: float = 0.005
    other_area: float = 0.03

    @property
    def unlisted_odds(self) -> float:
        """Return the odds that the street of an address is not in the file."""
        return self.unlisted / (1 - self.unlisted)

    def of_street(self, difference: Difference, *, unlisted: Unlisted) -> Odds:
        """Return how often a name is seen to differ in this way."""
        slips, length = difference.slips, difference.length
        possible = prod(ways(slip, length) for slip in slips)
        possible *= self.kinds if difference.kind in _CHOSEN else 1.0
        possible *= self.directions if difference.direction in _CHOSEN else 1.0
        listed = self.edits[len(slips)] * min(1.0, length / TYPICAL) ** len(slips)
        listed *= 1.0 if difference.plain else self.read_otherwise
        listed *= prod(HOW_OFTEN[slip] for slip in slips)
        listed *= self.kind.of(difference.kind) * self.direction.of(difference.direction)
        return Odds(listed / possible, unlisted.seen(difference) / possible)


_CHOSEN = frozenset({Agreement.ADDED, Agreement.WRONG})
"""Differences for which the writer put one of several words."""

EVIDENCE = Evidence()
"""The weights of the house."""
