"""How probable it is that a street is the one meant.

Every difference is weighed twice: how often it happens when the street is meant, and how often a street that is
not in the file at all would look like this (Fellegi & Sunter 1969, JASA 64; Kernighan, Church & Gale 1990, COLING,
for the noisy channel). The second is measured on the file itself (`unlisted`); the first stands here, set on the
development half of `benchmarks.geocoder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.city.geocode.candidates import Agreement
from peelian.city.geocode.likeness import LONGEST_CLASS


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

    `same`, `missing` and `wrong` are of names that have the part, `none` and `added` of those that have not.
    """

    same: float
    missing: float
    wrong: float
    none: float
    added: float

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
    by_agreement : (spelled alike, type, direction) -> share of those whose nearest name is spelled alike, or not.
    """

    by_edits: NDArray[np.float64]
    by_agreement: Mapping[tuple[bool, Agreement, Agreement], float]

    def seen(self, length: int, edits: int, kind: Agreement, direction: Agreement) -> float:
        """Return how often such a street differs so from the nearest one in the file."""
        nearest = float(self.by_edits[min(length, LONGEST_CLASS), edits])
        return nearest * self.by_agreement[edits == 0, kind, direction]


@dataclass(frozen=True)
class Evidence:
    """The weights: probabilities in [0, 1], and how many texts share one.

    Parameters
    ----------
    accept : an address is placed where its best place has at least this probability.
    unlisted : share of addresses whose street is not in the file.
    edits : how often a name is written with 0, 1, 2, 3 edits.
    kind, direction : how often they are written as they are, left out, added or mistaken.
    slips_per_letter, kinds, directions : how many different slips a typist makes at one letter, and how many types
        and directions are mistaken for each other: the more, the less one of them explains.
    in_range, other_side, out_of_range : where a house number lies on the street meant.
    no_crossing : how often two streets are named together that do not meet.
    other_area : how often the postal code is not that of the place.
    """

    accept: float = 0.86
    unlisted: float = 0.03
    edits: tuple[float, ...] = (0.80, 0.14, 0.05, 0.01)
    kind: Habits = Habits(same=0.87, missing=0.08, wrong=0.05, none=0.96, added=0.04)
    direction: Habits = Habits(same=0.79, missing=0.20, wrong=0.01, none=0.99, added=0.01)
    slips_per_letter: float = 10.0
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

    def of_street(
        self, length: int, edits: int, kind: Agreement, direction: Agreement, *, unlisted: Unlisted
    ) -> Odds:
        """Return how often a name of so many letters is seen to differ in one certain way."""
        ways = (self.slips_per_letter * max(1, length)) ** edits
        ways *= self.kinds if kind in _CHOSEN else 1.0
        ways *= self.directions if direction in _CHOSEN else 1.0
        listed = self.edits[edits] * self.kind.of(kind) * self.direction.of(direction)
        return Odds(listed / ways, unlisted.seen(length, edits, kind, direction) / ways)


_CHOSEN = frozenset({Agreement.ADDED, Agreement.WRONG})
"""Differences for which the writer put one of several words."""

EVIDENCE = Evidence()
"""The weights of the house."""
