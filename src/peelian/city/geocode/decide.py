"""From possibilities to one answer: accept the place that outweighs all others together, or queue with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peelian.city.geocode.address import Address
from peelian.city.geocode.along import Point, centre, metres_between
from peelian.city.geocode.candidates import Candidate
from peelian.city.geocode.found import Found, Queued, queued
from peelian.city.geocode.possibilities import Possibility, Scales
from peelian.city.geocode.spots import Spot

SAME_PLACE_M = 200.0
"""Spots closer than this are one answer: two carriageways, two halves of one block, a staggered crossing.

It lies between them, and its radius takes both in: no claim can be finer than that.
"""
RIVAL = 0.2
"""A second place with at least this probability is a rival: the address fits several places."""


@dataclass(frozen=True)
class Place:
    """Possibilities close together, heaviest first; `weight` is their sum."""

    possibilities: tuple[Possibility, ...]
    weight: float


def decide(address: Address, found: Sequence[tuple[Candidate, ...]], *, scales: Scales) -> Found:
    """Return the answer for an address whose streets have these candidates.

    The score is the weight of the best place over that of all places and of a street that is not in the file.
    """
    if not all(found):
        return queued(Queued.STREET_UNKNOWN, by_library=address.by_library)
    places = _places(scales.possibilities(address, found))
    best = places[0].possibilities[0]
    street = " & ".join(str(scales.index.names[name]) for name in best.streets)
    total = sum(place.weight for place in places) + scales.evidence.unlisted_odds * best.unlisted
    score = places[0].weight / total
    if isinstance(best.where, Queued):
        return queued(best.where, score=score, street=street, by_library=address.by_library)
    if score < scales.evidence.accept:
        rival = len(places) > 1 and places[1].weight >= RIVAL * total
        reason = Queued.SEVERAL_PLACES if rival else Queued.UNSURE
        return queued(reason, score=score, street=street, by_library=address.by_library)
    point, precision = _middle(places[0])
    return Found(point, precision, score, best.where.rule, None, street, address.by_library)


def _places(possibilities: Sequence[Possibility]) -> list[Place]:
    """Return the possibilities as places, heaviest first; those that lead nowhere stay alone."""
    groups: list[list[Possibility]] = []
    for one in possibilities:
        group = next((group for group in groups if _close(group[0], one)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    places = [Place(tuple(group), sum(one.weight for one in group)) for group in groups]
    return sorted(places, key=lambda place: -place.weight)


def _close(one: Possibility, other: Possibility) -> bool:
    if isinstance(one.where, Queued) or isinstance(other.where, Queued):
        return False
    return metres_between(one.where.point, other.where.point) <= SAME_PLACE_M


def _middle(place: Place) -> tuple[Point, float]:
    """Return the middle of the likeliest spots of a place, and the radius that takes all of them in."""
    heaviest = place.possibilities[0].weight
    likeliest = (one.where for one in place.possibilities if 2 * one.weight >= heaviest)
    spots = [where for where in likeliest if isinstance(where, Spot)]
    point = centre([spot.point for spot in spots])
    return point, max(metres_between(point, spot.point) + spot.precision_m for spot in spots)
