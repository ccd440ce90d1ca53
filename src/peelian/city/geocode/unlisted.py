"""How a street that is not in the file would look: each of a sample of names is left out of the file in turn."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np

from peelian.city.geocode.candidates import Agreement, Candidate, candidates
from peelian.city.geocode.evidence import Unlisted
from peelian.city.geocode.index import StreetIndex
from peelian.city.geocode.likeness import LONGEST_CLASS, Likeness

SAMPLE = 800
EXPECTED_EDITS = (0.20, 0.10, 0.25, 0.25)
EXPECTED_KIND = {
    Agreement.SAME: 0.30,
    Agreement.NONE: 0.02,
    Agreement.MISSING: 0.04,
    Agreement.ADDED: 0.04,
    Agreement.WRONG: 0.60,
}
EXPECTED_DIRECTION = {
    Agreement.SAME: 0.04,
    Agreement.NONE: 0.80,
    Agreement.MISSING: 0.06,
    Agreement.ADDED: 0.06,
    Agreement.WRONG: 0.04,
}
"""How types and directions of two streets that are alike compare, before anything is counted."""
STEADYING = 10.0
"""Pseudo-observations behind what is expected, which steady the shares where a city has few names."""


def measure_unlisted(index: StreetIndex, likeness: Likeness) -> Unlisted:
    """Return how the index's own names look beside the rest of them."""
    sampled = range(0, len(index.names), max(1, len(index.names) // SAMPLE))
    near = likeness.near(tuple(dict.fromkeys(index.names[name].key for name in sampled)))
    edits = np.tile(np.array(EXPECTED_EDITS) * STEADYING, (LONGEST_CLASS + 1, 1))
    totals = np.full(LONGEST_CLASS + 1, STEADYING)
    counted: Counter[tuple[bool, Agreement, Agreement]] = Counter()
    for name in sampled:
        others = candidates([index.names[name]], index=index, near=near)
        length = min(len(index.names[name].key), LONGEST_CLASS)
        totals[length] += 1
        if nearest := min((one for one in others if one.name != name), key=_unlikeness, default=None):
            edits[length, nearest.edits] += 1
            counted[nearest.edits == 0, nearest.kind, nearest.direction] += 1
    return Unlisted(edits / totals[:, None], _shares(counted))


def _unlikeness(candidate: Candidate) -> tuple[int, int, int]:
    order = list(Agreement)
    return candidate.edits, order.index(candidate.kind), order.index(candidate.direction)


def _shares(
    counted: Counter[tuple[bool, Agreement, Agreement]],
) -> dict[tuple[bool, Agreement, Agreement], float]:
    shares = {}
    for alike in (True, False):
        total = sum(count for (spelled, _, _), count in counted.items() if spelled == alike) + STEADYING
        for kind, direction in product(Agreement, Agreement):
            expected = EXPECTED_KIND[kind] * EXPECTED_DIRECTION[direction]
            shares[alike, kind, direction] = (counted[alike, kind, direction] + STEADYING * expected) / total
    return shares
