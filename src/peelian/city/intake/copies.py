"""Rows of one file that have to do with each other: copies, and keys that come with several contents.

It looks at fingerprints alone, so that it can look at all rows of a file at once. Nearly all fingerprints occur once;
the few that do not are found by sorting on half of each, and only those are compared whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peelian.city.intake.identity import Hashes
from peelian.city.intake.text import Flags

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Copies:
    """What n rows have to do with each other.

    Parameters
    ----------
    conflict : rows whose key comes with several contents in this file.
    ordinal : each row's place among the rows of its key, from 0, in the order of the file.
    """

    conflict: Flags
    ordinal: Numbers

    @property
    def repeated(self) -> Flags:
        """Return which rows repeat an earlier one without contradicting it."""
        return (self.ordinal > 0) & ~self.conflict


def find_copies(keys: Hashes, contents: Hashes | None = None) -> Copies:
    """Return what rows with these keys have to do with each other.

    Parameters
    ----------
    contents : what each row says; None where the key itself is all that a row says.
    """
    conflict, ordinal = np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=np.int64)
    rows = _candidates(keys)
    groups = _groups(keys[rows])
    ordinal[rows] = _ordinals(groups)
    if contents is not None:
        pairs = np.unique(np.stack([groups, _groups(contents[rows])]), axis=1)
        conflict[rows] = np.bincount(pairs[0], minlength=1)[groups] > 1
    return Copies(conflict, ordinal)


def _candidates(hashes: Hashes) -> Numbers:
    """Return, in the order of the file, the rows whose first eight bytes occur more than once."""
    heads = _halves(hashes)[:, 0]
    order = np.argsort(heads)
    same = np.diff(heads[order]) == 0
    return np.sort(order[np.append(same, False) | np.append(False, same)]) if len(order) else order


def _groups(hashes: Hashes) -> Numbers:
    """Return a number per row that is equal for equal fingerprints."""
    high, low = _halves(hashes).T
    order = np.lexsort((low, high))
    new = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
    groups = np.empty(len(order), dtype=np.int64)
    groups[order] = np.cumsum(np.append(False, new)[: len(order)])
    return groups


def _ordinals(groups: Numbers) -> Numbers:
    """Return each row's place among the rows of its group, from 0, in the order of the rows."""
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups)
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    places = np.empty(len(groups), dtype=np.int64)
    places[order] = np.arange(len(groups)) - first
    return places


def _halves(hashes: Hashes) -> NDArray[np.uint64]:
    return np.ascontiguousarray(hashes).view(np.uint64).reshape(len(hashes), 2)
