"""Streets from OpenStreetMap's own files (`.osm.pbf`): ways with a street's tag, cut where they meet.

Tags as the OpenStreetMap wiki defines them: Key:highway, Key:oneway, Tag:junction=roundabout, Key:maxspeed,
Key:access, Key:addr:interpolation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from peelian.city.findings import Count
from peelian.city.geofile import GEO
from peelian.city.streets.numbers import Interpolation, numbers_along
from peelian.city.streets.published import PublishedStreets
from peelian.city.streets.words import DEFAULT_KPH
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats
from peelian.domain.streets import Texts

WALKED = {"pedestrian", "footway", "path", "steps", "cycleway", "bridleway", "track", "road", "busway"}
STREETS = frozenset(DEFAULT_KPH) | WALKED
CLOSED = frozenset({"no", "private"})
ROUNDABOUTS = frozenset({"roundabout", "circular"})
IMPLIED_ONEWAY = frozenset({"motorway"})

NUMBER, INTERPOLATION = "addr:housenumber", "addr:interpolation"


@dataclass
class _Ways:
    """Everything taken out of a file in one pass: pieces of ways, with their nodes end to end."""

    ref: list[int] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    tags: list[tuple[str, str, str, str]] = field(default_factory=list)
    numbers: dict[int, str] = field(default_factory=dict)
    interpolations: list[Interpolation] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class OsmStreets:
    """One `.osm.pbf` (or `.osm`) file, of a city or cut out of a larger one."""

    file: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the file."""
        return (self.file,)

    def read(self) -> PublishedStreets:
        """Return the streets of the file, every one from crossing to crossing, none of them private."""
        ways = _collected(self.file)
        if not ways.end:
            raise BadInput(
                f"{self.file.name} holds no street; give an extract with its ways and their nodes."
            )
        ref = np.array(ways.ref, np.int64)
        points = np.stack([np.array(ways.lon), np.array(ways.lat)], axis=1)
        start, stop, way = _cut(ref, np.array(ways.end))
        lines = _lines(points, start, stop)
        node, first = np.unique(ref[np.concatenate([start, stop])], return_index=True)
        at = np.concatenate([start, stop])[first]
        tags = np.array(ways.tags, dtype=object)[way]
        return PublishedStreets(
            node_id=node.astype(str).astype(object),
            lon=points[at, 0],
            lat=points[at, 1],
            tail_id=ref[start].astype(str).astype(object),
            head_id=ref[stop].astype(str).astype(object),
            length_m=np.full(len(way), np.nan),
            speed=tags[:, 0],
            speed_assumed=np.zeros(len(way), dtype=np.bool_),
            oneway=tags[:, 1],
            road_class=tags[:, 2],
            name=tags[:, 3],
            house_numbers=numbers_along(lines, name=tags[:, 3], found=ways.interpolations),
            geometry=lines,
            left_out=tuple(Count(what, rows) for what, rows in sorted(ways.left_out.items())),
        )


def _collected(path: Path) -> _Ways:
    try:
        import osmium  # noqa: PLC0415  # an extra
    except ImportError:
        raise BadInput(
            f"Reading OpenStreetMap files needs osmium, which is not installed; run {GEO}."
        ) from None
    if not path.is_file():
        raise BadInput(f"{path} cannot be read: there is no such file.")
    ways = _Ways()
    wanted = osmium.filter.KeyFilter("highway", INTERPOLATION, NUMBER)
    try:
        objects: Iterable[Any] = osmium.FileProcessor(str(path)).with_locations().with_filter(wanted)
        for found in objects:
            if found.is_node():
                if number := found.tags.get(NUMBER):
                    ways.numbers[found.id] = number
            elif found.is_way():
                _take(found, ways)
    except RuntimeError as error:
        raise BadInput(f"{path.name} is no OpenStreetMap file that can be read ({error}).") from None
    return ways


def _take(way: Any, ways: _Ways) -> None:
    """Take one way for what it is: a street, a row of house numbers, or nothing of concern here."""
    tags = way.tags
    kind = tags.get("highway", "")
    if INTERPOLATION in tags:
        _take_interpolation(way, ways)
    if kind not in STREETS or tags.get("area") == "yes":
        ways.left_out["not-a-street"] += kind != ""
    elif tags.get("access") in CLOSED:
        ways.left_out["private"] += 1
    else:
        _take_street(way, (tags.get("maxspeed", ""), _oneway(tags), kind, tags.get("name", "")), ways)


def _oneway(tags: Any) -> str:
    """Return the word for the way's direction; roundabouts and motorways need not say that they are one-way."""
    implied = tags.get("junction") in ROUNDABOUTS or tags.get("highway") in IMPLIED_ONEWAY
    return str(tags.get("oneway", "yes" if implied else ""))


def _take_street(way: Any, tags: tuple[str, str, str, str], ways: _Ways) -> None:
    """Take the nodes of a street; where an extract lacks some, what remains on either side is a piece."""
    piece: list[Any] = []
    for node in [*way.nodes, None]:
        if node is not None and node.location.valid():
            piece.append(node)
            continue
        ways.left_out["node-not-in-file"] += node is not None
        if len(piece) > 1:
            ways.ref += [each.ref for each in piece]
            ways.lon += [each.location.lon for each in piece]
            ways.lat += [each.location.lat for each in piece]
            ways.end.append(len(ways.ref))
            ways.tags.append(tags)
        piece = []


def _take_interpolation(way: Any, ways: _Ways) -> None:
    ends = [node for node in (way.nodes[0], way.nodes[-1]) if node.location.valid()]
    numbers = [_leading(ways.numbers.get(node.ref, "")) for node in ends]
    if len(ends) < 2 or None in numbers:
        ways.left_out["house-numbers-without-ends"] += 1
        return
    points = [(node.location.lon, node.location.lat) for node in ends]
    street = way.tags.get("addr:street", "")
    ways.interpolations.append(Interpolation(street, points[0], points[1], *(n or 0 for n in numbers)))


def _leading(number: str) -> int | None:
    digits = number[: len(number) - len(number.lstrip("0123456789"))]
    return int(digits) if digits else None


def _cut(ref: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Return, for each edge, where it starts and stops among the nodes, and the piece it is cut from.

    A piece is cut at every node that stands in the file's pieces more than once.
    """
    _, inverse, times = np.unique(ref, return_inverse=True, return_counts=True)
    cut = times[inverse] > 1
    cut[end - 1] = True
    cut[np.append(0, end[:-1])] = True
    places = np.flatnonzero(cut)
    piece = np.searchsorted(end, places, side="right")
    within = piece[1:] == piece[:-1]
    return places[:-1][within], places[1:][within], piece[1:][within]


def _lines(points: Floats, start: NDArray[np.int64], stop: NDArray[np.int64]) -> Texts:
    sizes = stop - start + 1
    edge = np.repeat(np.arange(len(start)), sizes)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    lines: Texts = shapely.linestrings(points[np.repeat(start, sizes) + within], indices=edge)
    return lines
