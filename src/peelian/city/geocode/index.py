"""The city's streets, arranged for looking up names, house numbers, crossings and houses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from peelian.city.geocode.segments import NO_NUMBER, AddressPoints, Numbers, StreetSegments, names_of
from peelian.city.geocode.street_name import StreetName, street_name
from peelian.city.geocode.wording import Wording
from peelian.city.geocode.words import words_of

LEFT, RIGHT = 1, -1


@dataclass(frozen=True)
class HouseRange:
    """The house numbers on one side of one segment: `first` at its tail, `last` at its head, `low` to `high`."""

    segment: int
    side: int
    first: int
    last: int
    low: int = field(init=False)
    high: int = field(init=False)

    def __post_init__(self) -> None:
        # Kept, not computed when asked: every number looked up is held against every range of its street.
        object.__setattr__(self, "low", min(self.first, self.last))
        object.__setattr__(self, "high", max(self.first, self.last))

    def keeps_parity(self, number: int) -> bool:
        """Tell whether the number is odd or even as this side is; a side that mixes them takes both."""
        return (self.first - self.last) % 2 == 1 or (number - self.first) % 2 == 0

    def fraction(self, number: int) -> float:
        """Return how far from tail to head the number lies, in (0, 1): each number has an equal lot."""
        lots = abs(self.last - self.first) + 1
        return (abs(number - self.first) + 0.5) / lots


@dataclass(frozen=True)
class KeyEntry:
    """One name behind a key; `holds_direction` where the key spells the direction as part of the name."""

    name: int
    holds_direction: bool = False


@dataclass(frozen=True, eq=False)
class StreetIndex:
    """What is looked up while an address is placed; streets are numbered by `names`.

    Parameters
    ----------
    segments : as the source told them.
    names : every distinct name.
    segments_of, ranges_of, nodes_of : by name.
    entries : by key (a name's base without spaces, and other spellings of it): the names it may stand for.
    houses : (name, number) -> rows of `points`.
    """

    segments: StreetSegments
    points: AddressPoints | None
    names: tuple[StreetName, ...]
    segments_of: tuple[tuple[int, ...], ...]
    ranges_of: tuple[tuple[HouseRange, ...], ...]
    nodes_of: tuple[frozenset[int], ...]
    entries: Mapping[str, tuple[KeyEntry, ...]]
    houses: Mapping[tuple[int, int], tuple[int, ...]]

    @cached_property
    def named(self) -> Mapping[str, int]:
        """Return the number of each name by its text."""
        return {str(name): number for number, name in enumerate(self.names)}

    @cached_property
    def areas(self) -> frozenset[str]:
        """Return every postal code or municipality that a segment has."""
        return frozenset(self.segments.areas)

    @cached_property
    def highest_numbers(self) -> Numbers:
        """Return the sorted highest house number of each name that has any."""
        highest = [max(r.high for r in ranges) for ranges in self.ranges_of if ranges]
        return np.sort(np.array(highest, dtype=np.int64))

    @cached_property
    def crossing_share(self) -> float:
        """Return the share of all pairs of names that meet at a node."""
        at_node: dict[int, set[int]] = defaultdict(set)
        for name, nodes in enumerate(self.nodes_of):
            for node in nodes:
                at_node[node].add(name)
        pairs = {
            (one, other) for names in at_node.values() for one in names for other in names if one < other
        }
        possible = max(1, len(self.names) * (len(self.names) - 1) // 2)
        return len(pairs) / possible

    def share_reaching(self, number: int) -> float:
        """Return the share of numbered streets whose numbers go as high as `number`."""
        highest = self.highest_numbers
        return 1.0 - float(np.searchsorted(highest, number)) / len(highest) if len(highest) else 1.0


def build_index(
    segments: StreetSegments, *, tables: Wording, points: AddressPoints | None = None
) -> StreetIndex:
    """Arrange segments, and houses where an address file exists, for looking up."""
    numbered: dict[StreetName, int] = {}
    rows: dict[int, list[int]] = defaultdict(list)
    read: dict[str, tuple[int, ...]] = {}
    for row, published in enumerate(segments.names):
        if published not in read:
            read[published] = tuple(_number(name, numbered, tables) for name in names_of(published))
        for name in read[published]:
            rows[name].append(row)
    houses = _houses(points, numbered, tables) if points else {}
    names = tuple(numbered)
    ranges = _ranges(segments)
    return StreetIndex(
        segments=segments,
        points=points,
        names=names,
        segments_of=tuple(tuple(rows[name]) for name in range(len(names))),
        ranges_of=tuple(tuple(r for row in rows[name] for r in ranges[row]) for name in range(len(names))),
        nodes_of=tuple(_nodes(segments, rows[name]) for name in range(len(names))),
        entries=_entries(names, tables),
        houses=houses,
    )


def _number(published: str, numbered: dict[StreetName, int], tables: Wording) -> int:
    name = street_name([w for w in words_of(published, tables=tables) if w.isalnum()], tables=tables)
    return numbered.setdefault(name, len(numbered))


def _houses(
    points: AddressPoints, numbered: dict[StreetName, int], tables: Wording
) -> dict[tuple[int, int], tuple[int, ...]]:
    houses: dict[tuple[int, int], tuple[int, ...]] = {}
    streets = {street: _number(street, numbered, tables) for street in dict.fromkeys(points.street)}
    for row, (street, number) in enumerate(zip(points.street, points.number.tolist(), strict=True)):
        key = (streets[street], number)
        houses[key] = (*houses.get(key, ()), row)
    return houses


def _ranges(segments: StreetSegments) -> list[tuple[HouseRange, ...]]:
    sides = (
        (LEFT, segments.left_from.tolist(), segments.left_to.tolist()),
        (RIGHT, segments.right_from.tolist(), segments.right_to.tolist()),
    )
    return [
        tuple(
            HouseRange(row, side, first[row], last[row])
            for side, first, last in sides
            if first[row] != NO_NUMBER and last[row] != NO_NUMBER
        )
        for row in range(len(segments.names))
    ]


def _nodes(segments: StreetSegments, rows: Iterable[int]) -> frozenset[int]:
    chosen = list(rows)
    return frozenset(segments.tail[chosen].tolist()) | frozenset(segments.head[chosen].tolist())


def _entries(names: tuple[StreetName, ...], tables: Wording) -> dict[str, tuple[KeyEntry, ...]]:
    """Return the keys under which each name is found: itself, its ordinal spelled out, its direction spelled out."""
    entries: dict[str, list[KeyEntry]] = defaultdict(list)
    for number, name in enumerate(names):
        if not name.key:
            continue
        spelled = "".join(tables.spelled_ordinals.get(word, word) for word in name.base.split())
        entries[name.key].append(KeyEntry(number))
        if spelled != name.key:
            entries[spelled].append(KeyEntry(number))
        if name.before:
            entries[tables.spelled_directions[name.before] + name.key].append(KeyEntry(number, True))
    return {key: tuple(found) for key, found in entries.items()}
