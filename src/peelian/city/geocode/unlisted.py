"""How a street that is not in the file would look: each of a sample of names is left out of the file in turn."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np

from peelian.city.geocode.candidates import Agreement, Difference, candidates
from peelian.city.geocode.evidence import LARGEST_FAMILY, Unlisted
from peelian.city.geocode.index import StreetIndex
from peelian.city.geocode.likeness import LONGEST_CLASS, Likeness
from peelian.city.geocode.slips import TYPICAL, Slip, ways
from peelian.domain.place import Floats

SAMPLE = 800
EXPECTED_EDITS = (0.20, 0.10, 0.25, 0.25)
EXPECTED_KIND = {
    Agreement.SAME: 0.30,
    Agreement.NONE: 0.02,
    Agreement.MISSING: 0.04,
    Agreement.ADDED: 0.04,
    Agreement.WRONG: 0.60,
    Agreement.MOVED: 0.0,
}
EXPECTED_DIRECTION = {
    Agreement.SAME: 0.03,
    Agreement.NONE: 0.80,
    Agreement.MISSING: 0.06,
    Agreement.ADDED: 0.06,
    Agreement.WRONG: 0.04,
    Agreement.MOVED: 0.01,
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
    slips: Counter[tuple[bool, Slip]] = Counter()
    for name in sampled:
        others = candidates([index.names[name]], index=index, near=near)
        length = min(len(index.names[name].key), LONGEST_CLASS)
        totals[length] += 1
        differences = (other.difference for other in others if other.name != name)
        if nearest := min(differences, key=_unlikeness, default=None):
            edits[length, len(nearest.slips)] += 1
            counted[not nearest.slips, nearest.kind, nearest.direction] += 1
            slips.update((len(nearest.slips) == 1, slip) for slip in nearest.slips)
    return Unlisted(edits / totals[:, None], _slip_shares(slips), _families(index), _shares(counted))


def _unlikeness(difference: Difference) -> tuple[int, int, int]:
    order = list(Agreement)
    return len(difference.slips), order.index(difference.kind), order.index(difference.direction)


def _slip_shares(counted: Counter[tuple[bool, Slip]]) -> dict[tuple[bool, Slip], float]:
    """Return the shares, steadied by what they would be if every letter were as likely as any other."""
    of_all = sum(ways(slip, TYPICAL) for slip in Slip)
    shares = {}
    for only in (True, False):
        total = sum(counted[only, slip] for slip in Slip) + STEADYING
        for slip in Slip:
            expected = STEADYING * ways(slip, TYPICAL) / of_all
            shares[only, slip] = (counted[only, slip] + expected) / total
    return shares


def _families(index: StreetIndex) -> Floats:
    """Return, for 0, 1, 2, ... streets spelled alike, how many unlisted ones there are to each of the listed families.

    Where F(k) families have k streets, leaving one street out makes (k + 1) F(k + 1) of the larger ones look like
    families of k (Good 1953, Biometrika 40).
    """
    sizes = Counter(Counter(name.key for name in index.names).values())
    unlisted = [(size + 1) * sizes[size + 1] for size in range(LARGEST_FAMILY)]
    unlisted.append(sum(size * sizes[size] for size in sizes if size > LARGEST_FAMILY))
    listed = [sizes[size] for size in range(LARGEST_FAMILY)]
    listed.append(sum(sizes[size] for size in sizes if size >= LARGEST_FAMILY))
    return (np.array(unlisted) + STEADYING * EXPECTED_EDITS[0]) / (np.array(listed) + STEADYING)


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
