"""Streets as GraphML in the manner of OSMnx, as a directed graph (two-way streets twice) or an undirected one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
import pyarrow as pa

from peelian.city.findings import Count
from peelian.city.geofile import GEO
from peelian.city.streets.published import (
    HOUSE_NUMBERS,
    OSMNX,
    PublishedStreets,
    StreetColumns,
    edge_columns,
    lines_of_wkt,
    numbers,
    texts,
)
from peelian.city.streets.words import direction
from peelian.domain.errors import BadInput
from peelian.domain.streets import Texts

MIRRORED = "two-way-given-twice"
Edge = dict[str, str]
Waiting = dict[tuple[str, ...], list[int]]


@dataclass(frozen=True)
class GraphmlStreets:
    """One GraphML file; `columns` says what its attributes are called."""

    file: Path
    columns: StreetColumns = OSMNX

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the file."""
        return (self.file,)

    def read(self) -> PublishedStreets:
        """Return what the graph says; a two-way street that it gives in both directions is one edge."""
        named, name = self.columns, self.file.name
        graph = _graph(self.file)
        directed = graph.is_directed()
        found = [_edge(*each, directed=directed) for each in graph.edges(data=True)]
        edges, mirrored = _once(found, named) if directed else (found, 0)
        table = _table(edges, wanted=named)
        attributes = [data for _, data in graph.nodes(data=True)]
        return PublishedStreets(
            node_id=np.array([str(node) for node in graph.nodes], dtype=object),
            lon=numbers(_column(attributes, (named.lon, "lon"))),
            lat=numbers(_column(attributes, (named.lat, "lat"))),
            tail_id=_column(edges, ("from",)),
            head_id=_column(edges, ("to",)),
            geometry=lines_of_wkt(texts(table, "geometry", columns=named, name=name), name=name),
            left_out=(Count(MIRRORED, mirrored),) if mirrored else (),
            **edge_columns(table, columns=named, name=name),  # type: ignore[arg-type]  # one for each name
        )


def _graph(path: Path) -> Any:
    try:
        import networkx as nx  # noqa: PLC0415  # an extra
    except ImportError:
        raise BadInput(f"Reading GraphML needs networkx, which is not installed; run {GEO}.") from None
    try:
        return nx.read_graphml(path, force_multigraph=True)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ParseError, nx.NetworkXException, ValueError, KeyError) as error:
        raise BadInput(f"{path.name} is no GraphML that can be read ({error}); export it again.") from None


def _edge(tail: object, head: object, data: dict[str, object], *, directed: bool) -> Edge:
    """Return one edge in words; an undirected file keeps the direction of drawing in `from` and `to`."""
    words = {key: str(value) for key, value in data.items()}
    ends = {"from": str(tail), "to": str(head)}
    return words | ends if directed else ends | words


def _column(rows: Iterable[dict[str, Any]], keys: tuple[str, ...]) -> Texts:
    """Return, for each row, the value of the first key it has, as text."""
    found = [next((str(row[key]) for key in keys if key in row), "") for row in rows]
    return np.array(found, dtype=object)


def _table(edges: list[Edge], *, wanted: StreetColumns) -> pa.Table:
    """Return the wanted attributes; one that no edge has is empty, because GraphML leaves empty ones out."""
    roles = ("length_m", "speed", "speed_assumed", "oneway", "name", "geometry", "road_class", *HOUSE_NUMBERS)
    names = {name for name in (getattr(wanted, role) for role in roles) if name}
    return pa.table({name: pa.array(_column(edges, (name,)), pa.string()) for name in sorted(names)})


def _once(edges: list[Edge], named: StreetColumns) -> tuple[list[Edge], int]:
    """Return each two-way street of a directed graph once, and how many second directions were left out.

    Where the graph says what is one-way, every other street is two-way. Where it does not, a street is two-way
    if its opposite is there too.
    """
    key = named.oneway or "oneway"
    says = any(key in edge for edge in edges)
    both = [row for row, edge in enumerate(edges) if not says or direction(edge.get(key, "")) == 0]
    second_of = _opposites(edges, both, named)
    seconds = set(second_of.values())
    kept = [(row, edge) for row, edge in enumerate(edges) if row not in seconds]
    if says:
        return [edge for _, edge in kept], len(seconds)
    return [edge | {key: "no" if row in second_of else "yes"} for row, edge in kept], len(seconds)


def _opposites(edges: list[Edge], rows: list[int], named: StreetColumns) -> dict[int, int]:
    """Return, for each street given in both directions, the row to keep and the row of its second direction.

    Two streets may join the same nodes and look alike, so a direction that calls itself `reversed` is first
    looked for among those that say they are not; only what is left is paired by its looks alone.
    """
    firsts = [row for row in rows if edges[row].get("reversed", "").lower() == "false"]
    waiting: Waiting = defaultdict(list)
    for row in firsts:
        waiting[_likeness(edges[row], named, turned=False)].append(row)
    second_of = _paired(edges, sorted(set(rows) - set(firsts)), named, waiting=waiting)
    alone = [row for row in firsts if row not in second_of]
    return second_of | _paired(edges, alone, named, waiting=defaultdict(list))


def _paired(edges: list[Edge], rows: list[int], named: StreetColumns, *, waiting: Waiting) -> dict[int, int]:
    """Return the pairs that `rows` make with those that wait and, where none does, with each other."""
    pairs: dict[int, int] = {}
    for row in rows:
        if opposite := waiting[_likeness(edges[row], named, turned=True)]:
            pairs[opposite.pop(0)] = row
        else:
            waiting[_likeness(edges[row], named, turned=False)].append(row)
    return pairs


def _likeness(edge: Edge, named: StreetColumns, *, turned: bool) -> tuple[str, ...]:
    """Return what an edge and its opposite have in common."""
    ends = (edge["to"], edge["from"]) if turned else (edge["from"], edge["to"])
    return (*ends, *(edge.get(key or "", "") for key in (named.length_m, named.name, named.road_class)))
