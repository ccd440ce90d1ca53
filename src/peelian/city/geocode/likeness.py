"""How alike names are: edits between spellings, also by ear.

Edits are optimal string alignment (a neighbouring transposition is one edit; Damerau 1964), counted by rapidfuzz.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from peelian.city.geocode.index import KeyEntry
from peelian.city.geocode.slips import Slip, rarity, slips
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
    """A key that is like what was asked, and the slips that would make the one into the other."""

    key: str
    slips: tuple[Slip, ...]


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
        if not self.keys:
            return dict.fromkeys(asked, ())
        for start in range(0, len(asked), AT_ONCE):
            chunk = asked[start : start + AT_ONCE]
            heard = [by_ear(key, tables=self.tables) for key in chunk]
            edits = zip(_distances(chunk, self.keys), _distances(heard, self._heard), strict=True)
            for key, sound, (written, spoken) in zip(chunk, heard, edits, strict=True):
                found[key] = tuple(self._near(_Asked(key, sound, written, spoken), beyond))
        return found

    def _near(self, asked: _Asked, beyond: int) -> Iterator[Near]:
        edits = np.minimum(asked.written, asked.spoken + 1)
        most = min(edits_allowed(len(asked.key)), int(edits.min()) + beyond)
        digits = _DIGITS.findall(asked.key)
        for column in np.flatnonzero(edits <= most).tolist():
            if _DIGITS.findall(self.keys[column]) == digits:
                yield Near(self.keys[column], self._slips(asked, column))

    def _slips(self, asked: _Asked, column: int) -> tuple[Slip, ...]:
        """Return the slips between what was asked and one key: of the pen, or one of the ear and those left then."""
        written, spoken = int(asked.written[column]), int(asked.spoken[column]) + 1
        ways = []
        if written <= spoken:
            ways.append(slips(asked.key, self.keys[column], edits=written))
        if spoken <= written:
            heard = slips(asked.sound, self._heard[column], edits=spoken - 1)
            ways.append((Slip.SOUND, *heard))
        return ways[0] if len(ways) == 1 else min(ways, key=rarity)


@dataclass(frozen=True, eq=False)
class _Asked:
    """One name asked for, as written and as heard, with its edits to every key either way."""

    key: str
    sound: str
    written: Edits
    spoken: Edits


def _distances(asked: Sequence[str], keys: Sequence[str]) -> Edits:
    """Return the (asked, keys) edits; MOST_EDITS + 1 stands for any more."""
    edits: Edits = cdist(
        asked, keys, scorer=OSA.distance, score_cutoff=MOST_EDITS, dtype=np.uint8, workers=-1
    )
    return edits
