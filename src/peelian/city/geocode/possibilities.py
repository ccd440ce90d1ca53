"""Every place an address may mean, with its weight; and the weight of meaning a street that is not in the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import product

from peelian.city.geocode.address import Address, Form
from peelian.city.geocode.candidates import Candidate, Difference
from peelian.city.geocode.evidence import Evidence, Odds, Unlisted
from peelian.city.geocode.found import Queued
from peelian.city.geocode.index import StreetIndex
from peelian.city.geocode.spots import Spot, block_spots, crossing_spots, house_spots, street_spots

MOST_CANDIDATES = 12
"""Streets considered for one name: beyond the twelve likeliest, none ever weighs enough to matter."""
NEGLIGIBLE = 1e-4
"""A street this much less likely by its name stays so, wherever the house number lies."""
LEAST_REACH = 0.02
"""A number that no other street reaches is still no proof; so low may its chance on another street be taken."""


@dataclass(frozen=True)
class Possibility:
    """One place the address may mean.

    Parameters
    ----------
    where : the spot; or why there is none, though the streets are known.
    weight : how often the words are seen where this is meant.
    unlisted : how often they would look like this where a street is meant that is not in the file.
    streets : the names it rests on, by number.
    """

    where: Spot | Queued
    weight: float
    unlisted: float
    streets: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Scales:
    """What the possibilities of an address are weighed with."""

    index: StreetIndex
    evidence: Evidence
    unlisted: Unlisted

    def possibilities(
        self, address: Address, found: Sequence[tuple[Candidate, ...]]
    ) -> tuple[Possibility, ...]:
        """Return the possibilities, heaviest first; `found` are the candidates of each street it names."""
        readings = product(*(self._likeliest(candidates) for candidates in found))
        weighed = [one for reading in readings for one in self._of_reading(address, reading)]
        return tuple(sorted(weighed, key=lambda one: -one.weight))

    def _likeliest(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, Odds]]:
        """Return the candidates that can matter, each street once, likeliest first."""
        weighed = sorted(((one, self._odds(one)) for one in candidates), key=lambda pair: -pair[1].listed)
        least = weighed[0][1].listed * NEGLIGIBLE
        kept: dict[int, tuple[Candidate, Odds]] = {}
        for one, odds in weighed:
            if odds.listed >= least and len(kept) < MOST_CANDIDATES:
                kept.setdefault(one.name, (one, odds))
        return list(kept.values())

    def _odds(self, candidate: Candidate) -> Odds:
        return self._odds_of(candidate.difference)

    @cached_property
    def _odds_of(self) -> Callable[[Difference], Odds]:
        """Return the odds of a street by its differences; a few hundred combinations, each computed once."""
        return cache(partial(self.evidence.of_street, unlisted=self.unlisted))

    def _of_reading(
        self, address: Address, reading: tuple[tuple[Candidate, Odds], ...]
    ) -> tuple[Possibility, ...]:
        odds = reading[0][1] if len(reading) == 1 else reading[0][1] * reading[1][1]
        names = tuple(candidate.name for candidate, _ in reading)
        spots, why_none = self._spots(address, names)
        if not spots:
            weight = odds.listed * self._of_nowhere(address)
            return (Possibility(why_none, weight, odds.unlisted, names),)
        return tuple(self._of_spot(address, spot, odds, names) for spot in spots)

    def _of_nowhere(self, address: Address) -> float:
        crossing = address.form is Form.CROSSING
        return self.evidence.no_crossing if crossing else self.evidence.out_of_range

    def _of_spot(self, address: Address, spot: Spot, odds: Odds, names: tuple[int, ...]) -> Possibility:
        seen = odds * self._of_place(address, spot) * self._of_area(address, spot)
        return Possibility(spot, seen.listed, seen.unlisted, names)

    def _of_area(self, address: Address, spot: Spot) -> Odds:
        """Return how often an address bears this postal code: at this spot, and anywhere."""
        if address.area not in self.index.areas or not spot.areas:
            return Odds(1.0, 1.0)
        any_area, mistaken = 1 / len(self.index.areas), self.evidence.other_area
        return Odds(1 - mistaken if address.area in spot.areas else mistaken * any_area, any_area)

    def _of_place(self, address: Address, spot: Spot) -> Odds:
        """Return how often an address fits this well: on the street meant, and on some street by chance."""
        evidence = self.evidence
        if address.form is Form.CROSSING:
            return Odds(1 - evidence.no_crossing, self.index.crossing_share)
        if not spot.on_its_side:
            return Odds(evidence.other_side, 1.0)
        reach = self.index.share_reaching(address.number or 0)
        return Odds(evidence.in_range, max(reach, LEAST_REACH))

    def _spots(self, address: Address, names: tuple[int, ...]) -> tuple[tuple[Spot, ...], Queued]:
        """Return where the address lies on these streets, and why it does not if that is nowhere."""
        if address.form is Form.CROSSING:
            first, second = names
            return crossing_spots(self.index, first=first, second=second), Queued.NO_CROSSING
        (name,) = names
        numbered = bool(self.index.ranges_of[name]) or not self.index.segments_of[name]
        if address.number is None or not numbered:
            return street_spots(self.index, name=name), Queued.NUMBER_MISSING
        if address.form is Form.BLOCK:
            found = block_spots(self.index, name=name, hundred=address.number)
        else:
            found = house_spots(self.index, name=name, number=address.number)
        return found, Queued.NUMBER_OUT_OF_RANGE
