"""Which streets of the file an address may mean, and in what each of them differs from the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from peelian.city.geocode.index import KeyEntry, StreetIndex
from peelian.city.geocode.likeness import Near
from peelian.city.geocode.street_name import StreetName


class Agreement(StrEnum):
    """How a part of the words agrees with that part of a name."""

    SAME = "same"
    NONE = "none"  # neither has it
    MISSING = "missing"  # the name has it, the words do not
    ADDED = "added"  # the words have it, the name does not
    WRONG = "wrong"


AGREED = frozenset({Agreement.SAME, Agreement.NONE})


@dataclass(frozen=True)
class Candidate:
    """One street that may be meant: its number in the index, the length of the name asked, and the differences."""

    name: int
    length: int
    edits: int
    kind: Agreement
    direction: Agreement

    @property
    def exact(self) -> bool:
        """Tell whether nothing differs."""
        return self.edits == 0 and self.kind in AGREED and self.direction in AGREED


def candidates(
    readings: Iterable[StreetName], *, index: StreetIndex, near: Mapping[str, tuple[Near, ...]]
) -> tuple[Candidate, ...]:
    """Return the candidates for the readings of one street; without `near`, only names spelled alike."""
    found: list[Candidate] = []
    for reading in readings:
        for one in near.get(reading.key, (Near(reading.key, 0),)):
            for entry in index.entries.get(one.key, ()):
                found.append(_compared(reading, entry, index.names[entry.name], edits=one.edits))
    return tuple(dict.fromkeys(found))


def _compared(reading: StreetName, entry: KeyEntry, name: StreetName, *, edits: int) -> Candidate:
    has = _NO_DIRECTIONS if entry.holds_direction else name.directions
    return Candidate(
        name=entry.name,
        length=len(reading.key),
        edits=edits,
        kind=_agreement(reading.kinds, name.kinds),
        direction=_agreement(reading.directions, has),
    )


_NO_DIRECTIONS: frozenset[str] = frozenset()


def _agreement(asked: frozenset[str], has: frozenset[str]) -> Agreement:
    if asked == has:
        return Agreement.SAME if has else Agreement.NONE
    if asked < has:
        return Agreement.MISSING
    return Agreement.ADDED if has < asked else Agreement.WRONG
