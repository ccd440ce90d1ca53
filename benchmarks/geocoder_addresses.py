"""The city of `benchmarks.geocoder`: a real street file with house numbers laid along it.

The file has no house numbers. They are laid by rule: the segments of one name that hang together (gaps up to
1 km) are one street; each gets a hundred block of its own, in order of their distance from the street's end,
even numbers on the left. Streets of one name farther apart each begin at 100, as they do in neighbouring towns.
Houses do not stand evenly: the true place is moved along the block by a normal error of 8 % of its length, and
stands 6 to 18 m off the middle of the street. Nor has it postal codes: squares of 3 km stand for them.

Inside one postal code no two segments that share a name get the same hundred: two houses with one and the same full
address cannot be delivered to, and no city has them. (An earlier laying had some two hundred, on segments that bear
two names: `read_city(..., distinct=False)` lays them so.)
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from peelian.city.geocode.segments import StreetSegments, names_of
from peelian.city.geocode.street_name import StreetName, street_name
from peelian.city.geocode.wording import wording
from peelian.city.geocode.words import words_of
from peelian.domain.place import Floats

GAP_M = 1_000.0
AREA_M = 3_000.0
LOT_ERROR = 0.08
OFFSET_M = (6.0, 18.0)
METRES = 111_195.0
WITHHELD = 0.04
"""Share of names taken out of the file, so that real streets can be asked for that it does not have."""


@dataclass(frozen=True)
class Block:
    """One segment with its hundred: numbers `hundred` to `hundred` + 99, rising from tail to head if `forward`."""

    row: int
    hundred: int
    forward: bool


@dataclass(frozen=True, eq=False)
class City:
    """The street file with its laid house numbers; `blocks` by published name."""

    segments: StreetSegments
    blocks: dict[str, tuple[Block, ...]]

    def area(self, block: Block) -> str:
        """Return the postal code of a block."""
        return self.segments.areas[block.row]

    def point(self, node: int) -> tuple[float, float]:
        """Return where a node lies."""
        return float(self.segments.node_lon[node]), float(self.segments.node_lat[node])


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = (other[0] - one[0]) * math.cos(math.radians(one[1]))
    return math.hypot(east, other[1] - one[1]) * METRES


def read_city(folder: Path, *, distinct: bool = True) -> City:
    """Read `<city>_nodes.csv` and `<city>_edges.csv` of the folder and lay house numbers."""
    with sorted(folder.glob("*_nodes.csv"))[0].open(encoding="utf-8", newline="") as file:
        nodes = list(csv.DictReader(file))
    with sorted(folder.glob("*_edges.csv"))[0].open(encoding="utf-8", newline="") as file:
        edges = list(csv.DictReader(file))
    rows = {node["osmid"]: row for row, node in enumerate(nodes)}
    lon, lat = (np.array([float(node[column]) for node in nodes]) for column in ("lon", "lat"))
    tail, head = (np.array([rows[edge[column]] for edge in edges]) for column in ("u", "v"))
    names = tuple(edge["name"] for edge in edges)
    areas = _areas((lon[tail] + lon[head]) / 2, (lat[tail] + lat[head]) / 2)
    blocks = _lay(_Laying(names, areas, distinct), tail, head, lon, lat)
    numbers = np.full((4, len(edges)), -1, dtype=np.int64)
    for block in (block for of_name in blocks.values() for block in of_name):
        numbers[:, block.row] = _numbers(block)
    length = np.array([float(edge["length_m"]) for edge in edges])
    left_from, left_to, right_from, right_to = numbers
    segments = StreetSegments(
        *(lon, lat, tail, head, names, length),
        left_from=left_from,
        left_to=left_to,
        right_from=right_from,
        right_to=right_to,
        areas=areas,
    )
    return City(segments, blocks)


def _areas(lon: Floats, lat: Floats) -> tuple[str, ...]:
    """Return a postal code for each place: 90000 and up, so that no real one of the city is among them."""
    east = (lon - lon.min()) * math.cos(math.radians(float(lat.mean()))) * METRES // AREA_M
    north = (lat - lat.min()) * METRES // AREA_M
    return tuple(f"{90_000 + int(x) + 100 * int(y)}" for x, y in zip(east, north, strict=True))


def _numbers(block: Block) -> tuple[int, int, int, int]:
    """Return left_from, left_to, right_from, right_to: even numbers on the left of the rising way."""
    first = block.hundred
    if block.forward:
        return first, first + 98, first + 1, first + 99
    return first + 99, first + 1, first + 98, first


@dataclass(frozen=True)
class _Laying:
    """The names and postal codes of the segments, and which hundreds each name already has in each code."""

    names: tuple[str, ...]
    areas: tuple[str, ...]
    distinct: bool
    taken: set[tuple[StreetName, str, int]] = field(default_factory=set)

    def next_hundred(self, row: int, after: int) -> int:
        """Return the first hundred behind `after` that no segment of the same name and postal code has, and take it."""
        names = [plain(name) for name in names_of(self.names[row])]
        hundred = after + 100
        while self.distinct and any((name, self.areas[row], hundred) in self.taken for name in names):
            hundred += 100
        self.taken.update((name, self.areas[row], hundred) for name in names)
        return hundred


@cache
def plain(name: str) -> StreetName:
    """Return a published name in its parts; spelling variants of one name are one name."""
    return street_name(words_of(name, tables=wording()), tables=wording())


def _lay(
    laying: _Laying, tail: np.ndarray, head: np.ndarray, lon: Floats, lat: Floats
) -> dict[str, tuple[Block, ...]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(laying.names):
        if listed := names_of(name):
            rows[listed[0]].append(row)
    scale = np.array([METRES * math.cos(math.radians(float(lat.mean()))), METRES])
    xy = np.column_stack([lon, lat]) * scale
    return {name: tuple(_of_street(of_name, laying, tail, head, xy)) for name, of_name in rows.items()}


def _of_street(
    rows: list[int], laying: _Laying, tail: np.ndarray, head: np.ndarray, xy: Floats
) -> list[Block]:
    blocks = []
    for group in _hanging_together(rows, tail, head, xy):
        ends = np.concatenate([xy[tail[group]], xy[head[group]]])
        start = ends[np.argmax(np.hypot(*(ends - ends.mean(axis=0)).T))]
        away_tail, away_head = (np.hypot(*(xy[node[group]] - start).T) for node in (tail, head))
        order = np.argsort(away_tail + away_head, kind="stable")
        hundred = 0
        for at in order:
            hundred = laying.next_hundred(group[at], hundred)
            blocks.append(Block(group[at], hundred, bool(away_tail[at] <= away_head[at])))
    return blocks


def _hanging_together(rows: list[int], tail: np.ndarray, head: np.ndarray, xy: Floats) -> list[list[int]]:
    groups: list[tuple[list[int], Floats]] = []
    for row in rows:
        ends = xy[[tail[row], head[row]]]
        near = [group for group in groups if _gap(group[1], ends) <= GAP_M]
        merged = ([row], ends)
        for group in near:
            merged = (merged[0] + group[0], np.concatenate([merged[1], group[1]]))
        groups = [group for group in groups if all(group is not other for other in near)] + [merged]
    return [group[0] for group in groups]


def _gap(one: Floats, other: Floats) -> float:
    return float(np.sqrt(((one[:, None, :] - other[None, :, :]) ** 2).sum(axis=2)).min())


def without(city: City, withheld: frozenset[str]) -> StreetSegments:
    """Return the file as the geocoder gets it: segments that bear a withheld name are not in it."""
    s = city.segments
    kept = np.array([not withheld & set(names_of(name)) for name in s.names])
    names, areas = (
        tuple(one for one, keep in zip(column, kept, strict=True) if keep) for column in (s.names, s.areas)
    )
    return StreetSegments(
        *(s.node_lon, s.node_lat, s.tail[kept], s.head[kept], names, s.length_m[kept]),
        left_from=s.left_from[kept],
        left_to=s.left_to[kept],
        right_from=s.right_from[kept],
        right_to=s.right_to[kept],
        areas=areas,
    )


def share_of(name: str, *, salt: str) -> float:
    """Return a number in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(f"{salt}/{name}".encode()).digest()[:6]) / 2**48


def house(city: City, block: Block, *, rng: np.random.Generator) -> tuple[int, tuple[float, float]]:
    """Return a house number of the block and where that house truly stands."""
    number = block.hundred + int(rng.integers(100))
    s = city.segments
    tail, head = city.point(int(s.tail[block.row])), city.point(int(s.head[block.row]))
    start, end = (tail, head) if block.forward else (head, tail)
    fraction = float(np.clip((number % 100 + 0.5) / 100 + rng.normal(0, LOT_ERROR), 0.0, 1.0))
    side = 1.0 if number % 2 == 0 else -1.0
    return number, _beside(start, end, fraction, side * float(rng.uniform(*OFFSET_M)))


def middle(city: City, block: Block) -> tuple[float, float]:
    """Return the true middle of the block."""
    s = city.segments
    return _beside(city.point(int(s.tail[block.row])), city.point(int(s.head[block.row])), 0.5, 0.0)


def _beside(
    start: tuple[float, float], end: tuple[float, float], fraction: float, left_m: float
) -> tuple[float, float]:
    cosine = math.cos(math.radians(start[1]))
    east, north = (end[0] - start[0]) * cosine * METRES, (end[1] - start[1]) * METRES
    length = math.hypot(east, north) or 1.0
    x = east * fraction - north / length * left_m
    y = north * fraction + east / length * left_m
    return start[0] + x / METRES / cosine, start[1] + y / METRES
