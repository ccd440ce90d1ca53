"""What became of an address: placed, by which rule and how exactly; or queued, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from peelian.city.geocode.along import Point


class Rule(StrEnum):
    """How an address was placed."""

    BY_HAND = "by-hand"  # a person answered for this address before
    NAMED_PLACE = "named-place"
    HOUSE = "house"  # the house stands in the address file
    INTERPOLATED = "interpolated"  # between the first and last number of its side of the block
    BLOCK = "block"  # middle of the hundred block
    CROSSING = "crossing"
    STREET = "street"  # middle of a street too short for its number to matter


class Queued(StrEnum):
    """Why an address waits for a person."""

    UNREADABLE = "unreadable"  # follows no form of an address
    STREET_UNKNOWN = "street-unknown"
    NUMBER_MISSING = "number-missing"
    NUMBER_OUT_OF_RANGE = "number-out-of-range"
    NO_CROSSING = "no-crossing"  # the two streets do not meet
    SEVERAL_PLACES = "several-places"  # it fits several places, and nothing in it decides
    UNSURE = "unsure"  # the only place it fits, it does not fit well enough


@dataclass(frozen=True)
class Found:
    """The answer for one address.

    Parameters
    ----------
    point : None where it is queued.
    precision_m : radius in metres within which the place lies; NaN where it is queued.
    score : probability in [0, 1] that the best place is the one meant.
    rule, queued : how it was placed, or why not; one of them is always None.
    street : the name matched, as the index writes it; empty where none was.
    by_library : whether the statistical parser had to read it.
    """

    point: Point | None
    precision_m: float
    score: float
    rule: Rule | None
    queued: Queued | None
    street: str = ""
    by_library: bool = False


def queued(reason: Queued, *, score: float = 0.0, street: str = "", by_library: bool = False) -> Found:
    """Return the answer for an address that waits for a person."""
    return Found(None, float("nan"), score, None, reason, street, by_library)
