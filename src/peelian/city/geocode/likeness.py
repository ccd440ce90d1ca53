"""How alike names are: edits between spellings, also by ear.

Edits are optimal string alignment (a neighbouring transposition is one edit; Damerau 1964), counted by rapidfuzz.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from peelian.city.geocode.index import KeyEntry
from peelian.city.geocode.wording import Wording

MOST_EDITS = 3
AT_ONCE = 256
"""Names compared with all keys at a time: a few megabytes."""
LONGEST_CLASS = 12
"""Letters of a name; longer ones count as this long."""

Edits = NDArray[np.uint8]

_DIGITS = re.compile(r"\d+")
_DOUBLED = re.compile(r"([a-z])\1")


@dataclass(frozen=True)
class Near:
    """A key that is like what was asked, and by how many edits it differs."""

    key: str
    edits: int


def edits_allowed(length: int) -> int:
    """Return how many edits a name of this length may have before another name is the likelier reading."""
    return 1 if length < 4 else 2 if length < 8 else MOST_EDITS


def by_ear(key: str, *, tables: Wording) -> str:
    """Return the key with letter groups that sound alike folded together and doubled letters made one."""
    for said, heard in tables.sounds:
        key = key.replace(said, heard)
    return _DOUBLED.sub(r"\1", key)


@dataclass(frozen=True, eq=False)
class Likeness:
    """The keys of an index, ready to be compared with."""

    entries: Mapping[str, tuple[KeyEntry, ...]]
    tables: Wording

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Return the keys, in a fixed order."""
        return tuple(sorted(self.entries))

    @cached_property
    def _heard(self) -> list[str]:
        return [by_ear(key, tables=self.tables) for key in self.keys]

    def near(self, asked: Sequence[str], *, beyond: int = MOST_EDITS) -> dict[str, tuple[Near, ...]]:
        """Return, for each of the names asked, the keys within the edits its length allows.

        Keys with more than `beyond` edits more than the nearest are left out.
        A name that only sounds like a key counts one edit more than the difference in sound. Digits are never
        taken for a slip: "5th" and "6th" are two streets.
        """
        found: dict[str, tuple[Near, ...]] = {}
        for start in range(0, len(asked), AT_ONCE):
            chunk = asked[start : start + AT_ONCE]
            for key, row in zip(chunk, self._edits(chunk), strict=True):
                most = min(edits_allowed(len(key)), int(row.min(initial=MOST_EDITS)) + beyond)
                close = np.flatnonzero(row <= most)
                near = (Near(self.keys[column], int(row[column])) for column in close)
                found[key] = tuple(one for one in near if _DIGITS.findall(one.key) == _DIGITS.findall(key))
        return found

    def _edits(self, asked: Sequence[str]) -> Edits:
        """Return the (asked, keys) edits; MOST_EDITS + 1 stands for any more."""
        if not self.keys:
            return np.zeros((len(asked), 0), dtype=np.uint8)
        written = _distances(asked, self.keys)
        heard = _distances([by_ear(key, tables=self.tables) for key in asked], self._heard)
        return np.minimum(written, heard + 1)


def _distances(asked: Sequence[str], keys: Sequence[str]) -> Edits:
    edits: Edits = cdist(asked, keys, scorer=OSA.distance, score_cutoff=MOST_EDITS, dtype=np.uint8, workers=1)
    return edits
