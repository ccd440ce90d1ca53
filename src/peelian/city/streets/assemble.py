"""From published words to a network: what can be used is kept, what was changed or refused is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from peelian.city.area_of_use import check_area_of_use
from peelian.city.findings import Count
from peelian.city.streets.findings import UNTOLD, Note, Refusal, StreetFindings
from peelian.city.streets.measure import lengths_m
from peelian.city.streets.published import PublishedStreets
from peelian.city.streets.words import BELIEVABLE_KPH, DEFAULT_KPH, OTHER_KPH, direction, signed_kph
from peelian.domain.arcs import Flags
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Ints
from peelian.domain.streets import NO_NUMBER, StreetEdges, StreetNetwork, StreetNodes, Texts

MOST_DANGLING = 0.05
"""If a larger share of the edges ends at unknown nodes, the files do not belong together."""

SHORTEST = 0.95
"""A published length below this share of the straight way cannot be; spheres and ellipsoids differ by 0.6 %."""

Tally = dict[str, int]


@dataclass(frozen=True, eq=False)
class Assembled:
    """A network, and the account of how it came out of what was published."""

    network: StreetNetwork
    findings: StreetFindings


def assemble(published: PublishedStreets, *, epsg: int, name: str) -> Assembled:
    """Return the network of a deployment whose projected system is `epsg`; `name` is what sentences call it.

    Raises
    ------
    BadInput : nothing usable, longitude and latitude exchanged, a place far from the deployment, one id at two
        places, or more than MOST_DANGLING of the edges without their nodes.
    """
    refused: Tally = {}
    notes: Tally = {}
    nodes = _nodes(published, refused, epsg=epsg, name=name)
    usable = _usable(published, nodes, refused, notes, name=name)
    edges = _edges(published, usable, notes)
    network = StreetNetwork(nodes, edges)
    _note_topology(network, notes)
    findings = StreetFindings(
        nodes_read=len(published.node_id),
        edges_read=len(published.tail_id),
        nodes=len(nodes),
        edges=len(edges),
        refused=_counts(refused),
        notes=_counts(notes),
        left_out=published.left_out,
        untold=_untold(published),
    )
    return Assembled(network, findings)


def _counts(tally: Mapping[str, int]) -> tuple[Count, ...]:
    return tuple(Count(str(name), rows) for name, rows in sorted(tally.items()) if rows)


def _untold(published: PublishedStreets) -> tuple[str, ...]:
    """Return the roles of which no edge says anything, whether its column is missing, blank or unreadable."""
    told = {
        "name": published.name != "",
        "house_numbers": published.house_numbers != NO_NUMBER,
        "length_m": ~np.isnan(published.length_m),
        "oneway": published.oneway != "",
        "speed": published.speed != "",
        "road_class": published.road_class != "",
    }
    return tuple(role for role in UNTOLD if not told[role].any())


def _nodes(published: PublishedStreets, refused: Tally, *, epsg: int, name: str) -> StreetNodes:
    placed = (np.abs(published.lon) <= 180) & (np.abs(published.lat) <= 90)
    check_area_of_use(published.lon, published.lat, epsg=epsg, name=name)
    refused[Refusal.NODE_WITHOUT_PLACE] = int((~placed).sum())
    ids, lon, lat = published.node_id[placed], published.lon[placed], published.lat[placed]
    first: dict[str, int] = {}
    for row, node in enumerate(ids):
        first.setdefault(node, row)
    kept = np.fromiter(first.values(), np.int64, len(first))
    refused[Refusal.NODE_TWICE] = len(ids) - len(kept)
    if len(kept) < len(ids):
        stands_at = np.array([first[node] for node in ids])
        apart = (lon != lon[stands_at]) | (lat != lat[stands_at])
        if apart.any():
            raise BadInput(
                f"{name} has the node {ids[apart][0]} at two places, so nobody can say where its streets end; "
                f"correct it ({int(apart.sum())} rows in all)."
            )
    return StreetNodes(ids[kept], lon[kept], lat[kept])


@dataclass(frozen=True, eq=False)
class _Usable:
    """The rows of published edges that can be used, with their nodes, their courses and their lengths."""

    rows: NDArray[np.int64]
    tail: Ints
    head: Ints
    lines: Texts
    length_m: Floats


def _usable(
    published: PublishedStreets, nodes: StreetNodes, refused: Tally, notes: Tally, *, name: str
) -> _Usable:
    rows, tail, head = _joined(published, nodes, refused, name=name)
    lines, turned = _courses(published.geometry[rows], nodes, tail=tail, head=head)
    length_m, measured, replaced = _lengths(published.length_m[rows], lines)
    there = length_m > 0
    if not there.any():
        raise BadInput(f"{name} holds no street that can be used; name its columns, or give another file.")
    refused[Refusal.NO_LENGTH] = int((~there).sum())
    notes[Note.COURSE_TURNED] = int(turned[there].sum())
    notes[Note.LENGTH_MEASURED] = int(measured[there].sum())
    notes[Note.LENGTH_REPLACED] = int(replaced[there].sum())
    return _Usable(rows[there], tail[there], head[there], lines[there], length_m[there])


def _edges(published: PublishedStreets, usable: _Usable, notes: Tally) -> StreetEdges:
    rows, tail, head, lines = usable.rows, usable.tail, usable.head, usable.lines
    way = _directions(published.oneway[rows], notes)
    back = way < 0
    numbers = published.house_numbers[rows]
    speed_kph, assumed = _speeds(published, rows, notes)
    course = np.where(back, shapely.reverse(lines), lines)
    course[shapely.get_num_points(course) == 2] = None  # straight, as its ends say already
    return StreetEdges(
        tail=np.where(back, head, tail),
        head=np.where(back, tail, head),
        length_m=usable.length_m,
        speed_kph=speed_kph,
        speed_assumed=assumed,
        oneway=way != 0,
        road_class=published.road_class[rows],
        name=published.name[rows],
        # Seen from the other end, the right is the left and the last number comes first.
        house_numbers=np.where(back[:, None], numbers[:, ::-1], numbers),
        geometry=course,
    )


def _joined(
    published: PublishedStreets, nodes: StreetNodes, refused: Tally, *, name: str
) -> tuple[NDArray[np.int64], Ints, Ints]:
    """Return the rows of the edges whose nodes are there, with both nodes."""
    place = {node: row for row, node in enumerate(nodes.published_id)}
    m = len(published.tail_id)
    tail = np.fromiter((place.get(node, -1) for node in published.tail_id), np.int32, m)
    head = np.fromiter((place.get(node, -1) for node in published.head_id), np.int32, m)
    joined = (tail >= 0) & (head >= 0)
    refused[Refusal.DANGLING] = dangling = int((~joined).sum())
    if dangling > MOST_DANGLING * m:
        row = np.flatnonzero(~joined)[0]
        raise BadInput(
            f"{name} has {dangling:,} of {m:,} streets that end at a node which is not there (the first joins "
            f"{published.tail_id[row]} and {published.head_id[row]}); give nodes and edges of one delivery."
        )
    rows = np.flatnonzero(joined)
    return rows, tail[rows], head[rows]


def _courses(published: Texts, nodes: StreetNodes, *, tail: Ints, head: Ints) -> tuple[Texts, Flags]:
    """Return a line from tail to head for every edge, and which of them were drawn the other way."""
    ends = np.stack([tail, head], axis=1)
    lines: Texts = shapely.linestrings(np.stack([nodes.lon[ends], nodes.lat[ends]], axis=-1))
    drawn = np.flatnonzero(~(shapely.is_missing(published) | shapely.is_empty(published)))
    lines[drawn] = published[drawn]
    begin = shapely.get_coordinates(shapely.get_point(lines, 0))
    to_tail = np.hypot(begin[:, 0] - nodes.lon[tail], begin[:, 1] - nodes.lat[tail])
    to_head = np.hypot(begin[:, 0] - nodes.lon[head], begin[:, 1] - nodes.lat[head])
    turned: Flags = to_head < to_tail
    lines[turned] = shapely.reverse(lines[turned])
    return lines, turned


def _lengths(published: Floats, lines: Texts) -> tuple[Floats, Flags, Flags]:
    """Return usable lengths, which of them nobody had published, and which could not be as published.

    A loop back to its own node may be drawn as nothing: then the published length is all there is to go by.
    """
    along = lengths_m(lines)
    chord = shapely.linestrings(
        np.stack(
            [shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1)],
            axis=1,
        )
    )
    missing = np.isnan(published)
    wrong = ~missing & ~(
        (published > 0) & (published >= SHORTEST * lengths_m(chord)) & np.isfinite(published)
    )
    return np.where(missing | wrong, along, published), missing, wrong


def _directions(words: Texts, notes: Tally) -> NDArray[np.int64]:
    known = {word: direction(word) for word in set(words)}
    notes[Note.ONEWAY_UNKNOWN] = sum(known[word] is None for word in words)
    way = np.array([known[word] or 0 for word in words], dtype=np.int64)
    notes[Note.AGAINST_ITS_COURSE] = int((way < 0).sum())
    return way


def _speeds(published: PublishedStreets, rows: NDArray[np.int64], notes: Tally) -> tuple[Floats, Flags]:
    words = published.speed[rows]
    known = {word: signed_kph(word) or np.nan for word in set(words)}
    said = np.array([known[word] for word in words], dtype=np.float64)
    default = np.array([DEFAULT_KPH.get(kind, OTHER_KPH) for kind in published.road_class[rows]])
    slowest, fastest = BELIEVABLE_KPH
    believable = (slowest <= said) & (said <= fastest)
    assumed = ~believable | published.speed_assumed[rows]
    notes[Note.SPEED_UNBELIEVABLE] = int((~believable & np.isfinite(said)).sum())
    notes[Note.SPEED_ASSUMED] = int(assumed.sum())
    return np.where(believable, said, default), assumed


def _note_topology(network: StreetNetwork, notes: Tally) -> None:
    edges, n = network.edges, len(network.nodes)
    notes[Note.SELF_LOOP] = int((edges.tail == edges.head).sum())
    pairs = np.unique(np.sort(np.stack([edges.tail, edges.head], axis=1)), axis=0)
    notes[Note.PARALLEL] = len(edges) - len(pairs)
    notes[Note.NODE_WITHOUT_STREET] = n - len(np.unique(np.concatenate([edges.tail, edges.head])))
    joined = coo_array((np.ones(len(edges), np.int8), (edges.tail, edges.head)), shape=(n, n)).tocsr()
    _, part = connected_components(joined, directed=True, connection="weak")
    notes[Note.ON_AN_ISLAND] = n - int(np.bincount(part).max()) - notes[Note.NODE_WITHOUT_STREET]
