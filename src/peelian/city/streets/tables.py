"""Networks as the two tables that are stored, and back: the same value again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from peelian.domain.place import Ints
from peelian.domain.streets import NO_NUMBER, StreetEdges, StreetNetwork, StreetNodes, Texts

NODES = pa.schema(
    [
        ("set_id", pa.string()),
        ("node", pa.int32()),
        ("published_id", pa.string()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
    ]
)
NUMBERS = ("left_from", "left_to", "right_from", "right_to")
EDGES = pa.schema(
    [
        ("set_id", pa.string()),
        ("edge", pa.int32()),
        ("tail", pa.int32()),
        ("head", pa.int32()),
        ("length_m", pa.float64()),
        ("speed_kph", pa.float64()),
        ("speed_assumed", pa.bool_()),
        ("oneway", pa.bool_()),
        ("road_class", pa.string()),
        ("name", pa.string()),
        *((column, pa.int32()) for column in NUMBERS),
        ("geometry", pa.binary()),
    ]
)


@dataclass(frozen=True, eq=False)
class StreetTables:
    """The nodes (schema NODES) and edges (schema EDGES) of one set."""

    nodes: pa.Table
    edges: pa.Table


def tables_of(network: StreetNetwork, *, set_id: str) -> StreetTables:
    """Return the tables of a network; a house number nobody knows and a straight course are null in them."""
    nodes, edges = network.nodes, network.edges
    n, m = len(nodes), len(edges)
    node_columns = [
        pa.repeat(set_id, n),
        np.arange(n, dtype=np.int32),
        nodes.published_id,
        nodes.lon,
        nodes.lat,
    ]
    edge_columns = [pa.repeat(set_id, m), np.arange(m, dtype=np.int32), edges.tail, edges.head]
    edge_columns += [edges.length_m, edges.speed_kph, edges.speed_assumed, edges.oneway]
    edge_columns += [edges.road_class, edges.name]
    edge_columns += [pa.array(column, mask=column == NO_NUMBER) for column in edges.house_numbers.T]
    edge_columns += [shapely.to_wkb(edges.geometry)]
    return StreetTables(_table(node_columns, NODES), _table(edge_columns, EDGES))


def _table(columns: list[object], schema: pa.Schema) -> pa.Table:
    arrays = [pa.array(column, type=kind) for column, kind in zip(columns, schema.types, strict=True)]
    return pa.table(arrays, schema=schema)


def network_of(tables: StreetTables) -> StreetNetwork:
    """Return the network that the tables of one set hold, whatever the order of their rows."""
    nodes, edges = tables.nodes.sort_by("node"), tables.edges.sort_by("edge")
    return StreetNetwork(
        StreetNodes(_texts(nodes, "published_id"), nodes["lon"].to_numpy(), nodes["lat"].to_numpy()),
        StreetEdges(
            tail=edges["tail"].to_numpy(),
            head=edges["head"].to_numpy(),
            length_m=edges["length_m"].to_numpy(),
            speed_kph=edges["speed_kph"].to_numpy(),
            speed_assumed=edges["speed_assumed"].to_numpy(),
            oneway=edges["oneway"].to_numpy(),
            road_class=_texts(edges, "road_class"),
            name=_texts(edges, "name"),
            house_numbers=_house_numbers(edges),
            geometry=shapely.from_wkb(edges["geometry"].to_numpy()),
        ),
    )


def _texts(table: pa.Table, column: str) -> Texts:
    words: Texts = table[column].to_numpy().astype(object)
    return words


def _house_numbers(edges: pa.Table) -> Ints:
    return np.stack([pc.fill_null(edges[column], NO_NUMBER).to_numpy() for column in NUMBERS], axis=1)
