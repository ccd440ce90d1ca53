"""Every place an address fits, for `benchmarks.geocoder`: the ceiling of what anybody could place without a guess.

A damage is a function of an address and of random choices. Making all choices in turn gives everything it can do to
an address; so the names it could have turned into the words written are known, and not estimated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract, extractOne

from benchmarks.geocoder_addresses import Block, City, metres, middle, plain
from benchmarks.geocoder_damage import DAMAGES, Rng, Written
from peelian.city.geocode.segments import names_of
from peelian.city.geocode.street_name import StreetName

WRONG_M = 200.0
FAR_SLIPS = 3

MOST_EDITS = {
    "transposed letters": 1,
    "dropped letter": 1,
    "doubled letter": 1,
    "neighbouring key": 1,
    "spelled by ear": 3,
    "two slips": 2,
}
"""The damages to letters, and how many edits each can make."""


def could_be(written: str, names: Sequence[str], *, damage: str) -> list[str]:
    """Return the names that this damage may have turned into the street as it is written."""
    if damage not in MOST_EDITS:
        return []
    near = extract(written, names, scorer=OSA.distance, score_cutoff=MOST_EDITS[damage], limit=None)
    return [name for name, _, _ in near if written in outcomes(damage, name)]


def outcomes(damage: str, name: str) -> Iterator[str]:
    """Return everything that a damage can make of the name of a street, some of it more than once."""
    choices: _Choices | None = _Choices([])
    while choices is not None:
        damaged = DAMAGES[damage](Written("1", (name,)), choices)
        if isinstance(damaged, Written):
            yield damaged.streets[0]
        choices = choices.next()


class _Choices(Rng):
    """Stands for randomness: makes the choices it is told to make, then the first of each, and remembers them."""

    def __init__(self, told: Sequence[int]) -> None:
        self.told = told
        self.made: list[tuple[int, int]] = []

    def integers(self, count: int) -> int:  # type: ignore[override]
        chosen = self.told[len(self.made)] if len(self.made) < len(self.told) else 0
        self.made.append((chosen, count))
        return chosen

    def next(self) -> _Choices | None:
        """Return the choices to make next time; None when all have been made."""
        made = self.made
        while made and made[-1][0] + 1 == made[-1][1]:
            made = made[:-1]
        return _Choices([*(chosen for chosen, _ in made[:-1]), made[-1][0] + 1]) if made else None


@dataclass(frozen=True)
class Fit:
    """A place that an address fits, and the postal codes it lies in."""

    point: tuple[float, float]
    areas: frozenset[str]


class Fits:
    """Every place that an address fits as it is written, by the published names alone: what a reader could know."""

    def __init__(self, city: City, *, withheld: frozenset[str]) -> None:
        self.city = city
        self.at_node: dict[int, set[str]] = defaultdict(set)
        self.by_key: dict[str, list[tuple[StreetName, str]]] = defaultdict(list)
        self.nodes: dict[str, set[int]] = defaultdict(set)
        self.bearing: dict[str, list[Block]] = defaultdict(list)
        self.areas_at: dict[int, set[str]] = defaultdict(set)
        s = city.segments
        self.withheld = withheld
        for block in (block for blocks in city.blocks.values() for block in blocks):
            if not self.has(block):
                continue
            for name in names_of(s.names[block.row]):
                self.bearing[name].append(block)
                for node in (int(s.tail[block.row]), int(s.head[block.row])):
                    self.at_node[node].add(name)
                    self.nodes[name].add(node)
                    self.areas_at[node].add(city.area(block))
        for name in self.bearing:
            self.by_key[plain(name).key].append((plain(name), name))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Return every name in the file, without type and direction."""
        return tuple(self.by_key)

    @cached_property
    def published(self) -> tuple[str, ...]:
        """Return every name in the file as it is published."""
        return tuple(self.bearing)

    def has(self, block: Block) -> bool:
        """Tell whether the segment is in the file: those that bear a withheld name were taken out."""
        return self._kept[block.row]

    @cached_property
    def _kept(self) -> list[bool]:
        return [not self.withheld & set(names_of(names)) for names in self.city.segments.names]

    def slips(self, base: str) -> int:
        """Return the edits from a name to the nearest one in the file, at most FAR_SLIPS."""
        nearest = extractOne(base.lower(), self.keys, scorer=OSA.distance, score_cutoff=FAR_SLIPS)
        return FAR_SLIPS if nearest is None else int(nearest[1])

    def _named(self, asked: StreetName) -> Iterator[str]:
        for name, published in self.by_key.get(asked.key, ()):
            parts = ((asked.kind, name.kind), (asked.before, name.before), (asked.after, name.after))
            if all(part in {"", has} for part, has in parts):
                yield published

    def houses(self, asked: StreetName, number: int) -> list[Fit]:
        """Return every block that has the number on a street so named."""
        return [
            Fit(middle(self.city, block), frozenset({self.city.area(block)}))
            for name in self._named(asked)
            for block in self.bearing[name]
            if block.hundred <= number < block.hundred + 100
        ]

    def crossings(self, one: StreetName, other: StreetName) -> list[Fit]:
        """Return every node at which two streets so named meet."""
        return [
            Fit(self.city.point(node), frozenset(self.areas_at[node]))
            for first in self._named(one)
            for second in self._named(other)
            if first != second
            for node in sorted(self.nodes[first] & self.nodes[second])
        ]

    def highest(self, asked: StreetName) -> int:
        """Return the highest number on any street so named."""
        return max(block.hundred + 99 for name in self._named(asked) for block in self.bearing[name])


def one_place(fits: Sequence[Fit], truth: tuple[float, float], *, area: str = "") -> bool:
    """Tell whether every place that fits, in this postal code if one is given, is the true one."""
    inside = [fit for fit in fits if not area or area in fit.areas]
    return all(metres(fit.point, truth) <= WRONG_M for fit in inside)
