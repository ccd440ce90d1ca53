"""Slips of the pen: what a typist did to a name so that it came to be written as it is.

The classes and their order are those of the noisy channel (Kernighan, Church & Gale 1990, COLING; Kukich 1992, ACM
Computing Surveys 24(4)): letters swapped, left out, doubled, struck on a neighbouring key or written as they sound are
common; any other letter put in or for another is rare.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from operator import itemgetter

from rapidfuzz.distance import OSA


class Slip(StrEnum):
    """One slip, named by what became of the letters meant."""

    SWAPPED = "swapped"  # two neighbours in the wrong order
    DROPPED = "dropped"
    HALVED = "halved"  # one of two equal letters left out
    DOUBLED = "doubled"
    ADDED = "added"  # any other letter put in
    NEIGHBOUR = "neighbour"  # the key beside
    SOUND = "sound"  # written as it sounds: a vowel for a vowel, or letters that sound alike
    MISTAKEN = "mistaken"  # any other letter for a letter


HOW_OFTEN = {
    Slip.SWAPPED: 0.16,
    Slip.DROPPED: 0.20,
    Slip.HALVED: 0.08,
    Slip.DOUBLED: 0.14,
    Slip.ADDED: 0.06,
    Slip.NEIGHBOUR: 0.16,
    Slip.SOUND: 0.16,
    Slip.MISTAKEN: 0.04,
}
"""Share of all slips, rounded, set on the development half of `benchmarks.geocoder`."""

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
VOWELS = frozenset("aeiouy")


def ways(slip: Slip, length: int) -> float:
    """Return in how many ways a name of so many letters can suffer one slip."""
    n = max(2, length)
    return _WAYS[slip][0] * n + _WAYS[slip][1]


_WAYS = {
    Slip.SWAPPED: (1, -1),
    Slip.DROPPED: (1, 0),
    Slip.HALVED: (0, 1),
    Slip.DOUBLED: (1, 0),
    Slip.ADDED: (25, 25),
    Slip.NEIGHBOUR: (4, 0),
    Slip.SOUND: (2, 0),
    Slip.MISTAKEN: (19, 0),
}
"""By the letter, and besides: a letter has some four keys around it, and some two letters that sound like it."""


def rarity(suffered: Sequence[Slip]) -> float:
    """Return how rare these slips are together in a name of ordinary length: minus the logarithm of a probability."""
    return sum(_RARITY[slip] for slip in suffered)


def slips(said: str, meant: str, *, edits: int) -> tuple[Slip, ...]:
    """Return the slips that turn `meant` into `said`, the commonest of all ways to do it in so many edits.

    `edits` is the optimal string alignment distance of the two (a swap of neighbours is one edit; Damerau 1964).
    """
    return _path(said, meant, edits)[1]


_Path = tuple[float, tuple[Slip, ...]]
"""How rare the slips are together, and the slips."""


def _path(said: str, meant: str, edits: int) -> _Path:
    """Return the commonest way, looking from the first letter that differs."""
    if edits == 0:
        return 0.0, ()
    at, shorter = 0, min(len(said), len(meant))
    while at < shorter and said[at] == meant[at]:
        at += 1
    left = edits - 1
    ways = (
        (slip, _path(rest_said, rest_meant, left))
        for slip, rest_said, rest_meant in _steps(said, meant, at)
        if OSA.distance(rest_said, rest_meant, score_cutoff=left) <= left
    )
    every = ((rarer + _RARITY[slip], (slip, *others)) for slip, (rarer, others) in ways)
    return min(every, key=itemgetter(0))


def _steps(said: str, meant: str, at: int) -> list[tuple[Slip, str, str]]:
    """Return each slip that may have happened at the first difference, with what is left of the two behind it."""
    steps = []
    if at < len(meant):
        equal = meant[at] in {meant[at - 1 : at], meant[at + 1 : at + 2]}
        steps.append((Slip.HALVED if equal else Slip.DROPPED, said[at:], meant[at + 1 :]))
    if at < len(said):
        equal = said[at] in {meant[at - 1 : at], meant[at : at + 1]}
        steps.append((Slip.DOUBLED if equal else Slip.ADDED, said[at + 1 :], meant[at:]))
    if at < len(said) and at < len(meant):
        steps.append((_other_letter(meant[at], said[at]), said[at + 1 :], meant[at + 1 :]))
        if said[at : at + 2] == meant[at : at + 2][::-1]:
            steps.append((Slip.SWAPPED, said[at + 2 :], meant[at + 2 :]))
    return steps


def _other_letter(meant: str, said: str) -> Slip:
    if meant in VOWELS and said in VOWELS:
        return Slip.SOUND
    return Slip.NEIGHBOUR if said in NEIGHBOURS.get(meant, "") else Slip.MISTAKEN


def _neighbours() -> dict[str, str]:
    """Return the keys left and right of each, and those above and below it, on a keyboard whose rows are offset."""
    beside: dict[str, str] = {}
    for row, keys in enumerate(_ROWS):
        for at, key in enumerate(keys):
            close = keys[max(0, at - 1) : at] + keys[at + 1 : at + 2]
            above = _ROWS[row - 1][at : at + 2] if row else ""
            below = _ROWS[row + 1][max(0, at - 1) : at + 1] if row < len(_ROWS) - 1 else ""
            beside[key] = close + above + below
    return beside


NEIGHBOURS = _neighbours()
TYPICAL = 8
"""Letters of an ordinary name."""
_RARITY = {slip: math.log(ways(slip, TYPICAL) / HOW_OFTEN[slip]) for slip in Slip}
