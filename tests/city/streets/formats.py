"""The same streets written to disk in each of the formats that publishers use, with those formats' own libraries."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import pyarrow as pa
import pyogrio
import shapely

from peelian.city.streets.csv_file import CsvStreets
from peelian.city.streets.geopackage import GeopackageStreets
from peelian.city.streets.graphml import GraphmlStreets
from peelian.city.streets.osm import OsmStreets
from peelian.city.streets.published import OSMNX, StreetColumns

Point = tuple[float, float]
PLAIN = StreetColumns(speed="speed", oneway="oneway", road_class="class", name="name", geometry="course")


@dataclass(frozen=True)
class Street:
    """A street between two nodes, with the points between them, in the words of its publisher."""

    tail: int
    head: int
    speed: str = ""
    oneway: str = "no"
    kind: str = "residential"
    name: str = ""
    between: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """Nodes by id and the streets between them."""

    nodes: dict[int, Point]
    streets: tuple[Street, ...]

    def course(self, street: Street) -> list[Point]:
        return [self.nodes[street.tail], *street.between, self.nodes[street.head]]

    def line(self, street: Street) -> shapely.LineString:
        return shapely.LineString(self.course(street))


def write_csv(drawing: Drawing, folder: Path) -> CsvStreets:
    nodes, edges = folder / "nodes.csv", folder / "edges.csv"
    with nodes.open("w", newline="") as file:
        csv.writer(file).writerows([("node", "lon", "lat"), *((n, *at) for n, at in drawing.nodes.items())])
    with edges.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("tail", "head", "speed", "oneway", "class", "name", "course"))
        for s in drawing.streets:
            course = drawing.line(s).wkt if s.between else ""
            rows.writerow((s.tail, s.head, s.speed, s.oneway, s.kind, s.name, course))
    return CsvStreets(nodes, edges, PLAIN)


def write_pbf(drawing: Drawing, folder: Path) -> OsmStreets:
    """Every street is a way of its own; the points between its nodes are nodes that no other way has."""
    path = folder / "streets.osm.pbf"
    path.unlink(missing_ok=True)
    nodes, ways = dict(drawing.nodes), []
    for number, street in enumerate(drawing.streets):
        inner = [10_000 + 100 * number + step for step in range(len(street.between))]
        nodes |= dict(zip(inner, street.between, strict=True))
        tags = {
            "highway": street.kind,
            "oneway": street.oneway,
            "maxspeed": street.speed,
            "name": street.name,
        }
        ways.append(([street.tail, *inner, street.head], {k: v for k, v in tags.items() if v}))
    write_osm(path, nodes=nodes, ways=ways)
    return OsmStreets(path)


def write_osm(
    path: Path,
    *,
    nodes: dict[int, Point],
    ways: list[tuple[list[int], dict[str, str]]],
    numbers: dict[int, str] | None = None,
) -> None:
    """Write nodes (with house numbers) and ways as OpenStreetMap does, sorted by kind and id."""
    with osmium.SimpleWriter(str(path)) as writer:
        for node, at in sorted(nodes.items()):
            tags = {"addr:housenumber": numbers[node]} if numbers and node in numbers else {}
            writer.add_node(osmium.osm.mutable.Node(id=node, location=at, tags=tags))
        for number, (refs, tags) in enumerate(ways, start=1):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags))


def write_graphml(drawing: Drawing, folder: Path, *, directed: bool = True) -> GraphmlStreets:
    """As OSMnx writes it: a directed graph has every two-way street twice, an undirected one says `from`, `to`."""
    graph = nx.MultiDiGraph() if directed else nx.MultiGraph()
    for node, (lon, lat) in drawing.nodes.items():
        graph.add_node(node, x=str(lon), y=str(lat))
    for street in drawing.streets:
        tags = {
            "highway": street.kind,
            "oneway": street.oneway,
            "maxspeed": street.speed,
            "name": street.name,
        }
        written = {key: value for key, value in tags.items() if value}
        if street.between:
            written["geometry"] = drawing.line(street).wkt
        ends = {} if directed else {"from": str(street.tail), "to": str(street.head)}
        graph.add_edge(street.tail, street.head, reversed="False", **written, **ends)
        if directed and street.oneway == "no":
            if street.between:
                written["geometry"] = shapely.reverse(drawing.line(street)).wkt
            graph.add_edge(street.head, street.tail, reversed="True", **written)
    path = folder / "streets.graphml"
    nx.write_graphml(graph, path)
    return GraphmlStreets(path)


def write_gpkg(drawing: Drawing, folder: Path, *, ids: bool = True) -> GeopackageStreets:
    path = folder / "streets.gpkg"
    path.unlink(missing_ok=True)
    columns = {
        "u": [str(s.tail) for s in drawing.streets],
        "v": [str(s.head) for s in drawing.streets],
        "maxspeed": [s.speed for s in drawing.streets],
        "oneway": [s.oneway for s in drawing.streets],
        "highway": [s.kind for s in drawing.streets],
        "name": [s.name for s in drawing.streets],
    }
    lines = np.array([drawing.line(s) for s in drawing.streets])
    write_layer(path, columns=columns, shapes=lines, kind="LineString")
    without_length = StreetColumns(**{**vars(OSMNX), "length_m": None})
    return GeopackageStreets(
        path, without_length if ids else StreetColumns(**{**vars(without_length), "tail": None, "head": None})
    )


def write_layer(path: Path, *, columns: dict[str, list[str]], shapes: np.ndarray, kind: str) -> None:
    """Write one layer called "layer" in WGS 84."""
    table = pa.table({**columns, "geom": shapely.to_wkb(shapes)})
    pyogrio.write_arrow(
        table, path, layer="layer", driver="GPKG", geometry_name="geom", geometry_type=kind, crs="EPSG:4326"
    )
