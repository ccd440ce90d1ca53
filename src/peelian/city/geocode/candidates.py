"""Which streets of the file an address may mean, and in what each of them differs from the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from peelian.city.geocode.index import KeyEntry, StreetIndex
from peelian.city.geocode.likeness import Near
from peelian.city.geocode.slips import Slip
from peelian.city.geocode.street_name import StreetName


class Agreement(StrEnum):
    """How a part of the words agrees with that part of a name."""

    SAME = "same"
    NONE = "none"  # neither has it
    MISSING = "missing"  # the name has it, the words do not
    ADDED = "added"  # the words have it, the name does not
    WRONG = "wrong"
    MOVED = "moved"  # the same direction on the other side of the name


AGREED = frozenset({Agreement.SAME, Agreement.NONE})


class Difference(NamedTuple):
    """In what the words differ from a name; a tuple, for many are made and looked up while one address is placed.

    Parameters
    ----------
    length : letters of the name asked for.
    family : how many streets of the file are spelled as this one is, types and directions apart.
    plain : whether every word was taken as it stands: none mended, taken apart or left out.
    slips : of the pen or the ear.
    """

    length: int
    family: int
    plain: bool
    slips: tuple[Slip, ...]
    kind: Agreement
    direction: Agreement

    @property
    def none(self) -> bool:
        """Tell whether nothing differs."""
        return not self.slips and self.kind in AGREED and self.direction in AGREED


class Candidate(NamedTuple):
    """One street that may be meant: its number in the index, and in what it differs from the words."""

    name: int
    difference: Difference


def candidates(
    readings: Iterable[StreetName], *, index: StreetIndex, near: Mapping[str, tuple[Near, ...]]
) -> tuple[Candidate, ...]:
    """Return the candidates for the readings of one street; without `near`, only names spelled alike."""
    found: list[Candidate] = []
    for at, reading in enumerate(readings):
        plain = at == 0 or not reading.kind
        for one in near.get(reading.key, (Near(reading.key, ()),)):
            entries = index.entries.get(one.key, ())
            for entry in entries:
                kind, direction = _agreements(reading, entry, index.names[entry.name])
                difference = Difference(len(reading.key), len(entries), plain, one.slips, kind, direction)
                found.append(Candidate(entry.name, difference))
    return tuple(dict.fromkeys(found))


def _agreements(reading: StreetName, entry: KeyEntry, name: StreetName) -> tuple[Agreement, Agreement]:
    """Return how the type and the direction agree."""
    kind = _agreement_of_kinds(reading.kind, name.kind)
    if entry.holds_direction:
        return kind, _agreement(reading.directions, _NO_DIRECTIONS)
    if reading.before == name.before and reading.after == name.after:
        return kind, Agreement.SAME if name.before or name.after else Agreement.NONE
    direction = _agreement(reading.directions, name.directions)
    return kind, Agreement.MOVED if direction is Agreement.SAME else direction


_NO_DIRECTIONS: frozenset[str] = frozenset()


def _agreement(asked: frozenset[str], has: frozenset[str]) -> Agreement:
    if asked == has:
        return Agreement.SAME if has else Agreement.NONE
    if asked < has:
        return Agreement.MISSING
    return Agreement.ADDED if has < asked else Agreement.WRONG


def _agreement_of_kinds(asked: str, has: str) -> Agreement:
    if asked == has:
        return Agreement.SAME if has else Agreement.NONE
    if not asked:
        return Agreement.MISSING
    return Agreement.WRONG if has else Agreement.ADDED
