"""Arcs: the directed graph that a street network is to somebody who drives, cycles or walks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from peelian.domain.place import Floats, Ints

Flags = NDArray[np.bool_]


class Mode(StrEnum):
    """How somebody moves through the streets."""

    CAR = "car"  # at the speed of the edge, and never against a one-way street
    BICYCLE = "bicycle"  # at 15 km/h, and never against a one-way street
    FOOT = "foot"  # at 5 km/h, both ways everywhere


SPEED_KPH = {Mode.BICYCLE: 15.0, Mode.FOOT: 5.0}
"""Speeds in km/h of those whom no speed limit concerns: the defaults of OSRM's bicycle and foot profiles."""

MOTORWAYS = frozenset({"motorway", "motorway_link"})
CLOSED_TO = {
    Mode.CAR: frozenset(
        {"footway", "path", "pedestrian", "steps", "cycleway", "bridleway", "corridor", "platform"}
    ),
    Mode.BICYCLE: MOTORWAYS | {"steps", "corridor", "platform"},
    Mode.FOOT: MOTORWAYS,
}
"""Road classes, in OpenStreetMap's words, that a mode may not use; a class not named here is open to all."""


@dataclass(frozen=True, eq=False)
class Arcs:
    """k directed arcs between `nodes` nodes, sorted by tail, then head, then seconds, then edge.

    Parameters
    ----------
    nodes : number of nodes; arcs name them 0 to nodes - 1.
    tail, head : (k,) where the arc begins and ends.
    edge : (k,) row of the edge it runs along; a two-way edge has two arcs.
    forward : (k,) whether it runs along the edge as published, from its tail to its head.
    seconds : (k,) travel time, above 0.
    """

    nodes: int
    tail: Ints
    head: Ints
    edge: Ints
    forward: Flags
    seconds: Floats

    def __len__(self) -> int:
        return len(self.tail)

    @cached_property
    def first_out(self) -> NDArray[np.int64]:
        """Return the (nodes + 1,) CSR offsets: the arcs out of node v are first_out[v] to first_out[v + 1]."""
        offsets: NDArray[np.int64] = np.searchsorted(self.tail, np.arange(self.nodes + 1))
        return offsets

    def out(self, node: int) -> slice:
        """Return where the arcs out of `node` stand."""
        return slice(int(self.first_out[node]), int(self.first_out[node + 1]))

    @cached_property
    def lightest(self) -> Arcs:
        """Return the fastest of each set of parallel arcs; among equally fast ones that of the first edge.

        SciPy adds up entries of a sparse matrix that stand at one place, so a matrix of parallel arcs would
        make two ways to the same corner slower than one; this view takes the minimum instead.
        """
        first = np.ones(len(self), dtype=np.bool_)
        first[1:] = (self.tail[1:] != self.tail[:-1]) | (self.head[1:] != self.head[:-1])
        return self._chosen(np.flatnonzero(first))

    @cached_property
    def matrix(self) -> csr_array:
        """Return the (nodes, nodes) matrix of the lightest seconds; where nothing is stored there is no arc."""
        light = self.lightest
        shape = (self.nodes, self.nodes)
        return csr_array((light.seconds, light.head, light.first_out), shape=shape)

    @cached_property
    def components(self) -> Ints:
        """Return the (nodes,) number of each node's strongly connected component, 0 being the largest.

        Two nodes are in one component where each can be reached from the other. Components are numbered by
        size, then by their first node, so that the numbers do not hang on SciPy's order of discovery.
        """
        _, label = connected_components(self.matrix, directed=True, connection="strong")
        _, first, sizes = np.unique(label, return_index=True, return_counts=True)
        rank = np.empty(len(sizes), dtype=np.int32)
        rank[np.lexsort((first, -sizes))] = np.arange(len(sizes), dtype=np.int32)
        numbered: Ints = rank[label]
        return numbered

    def _chosen(self, rows: NDArray[np.int64]) -> Arcs:
        """Return these arcs in this order, closed to writing."""
        chosen = Arcs(
            self.nodes,
            self.tail[rows],
            self.head[rows],
            self.edge[rows],
            self.forward[rows],
            self.seconds[rows],
        )
        for column in (chosen.tail, chosen.head, chosen.edge, chosen.forward, chosen.seconds):
            column.flags.writeable = False
        return chosen

    @property
    def in_largest(self) -> Flags:
        """Return the (nodes,) flags of the largest strongly connected component."""
        flags: Flags = self.components == 0
        return flags


def arcs_of(
    *,
    nodes: int,
    tail: Ints,
    head: Ints,
    length_m: Floats,
    speed_kph: Floats,
    oneway: Flags,
    road_class: NDArray[np.object_],
    mode: Mode,
) -> Arcs:
    """Return the arcs that `mode` may use along m edges (all arrays (m,), as in `StreetEdges`)."""
    is_open = np.array([kind not in CLOSED_TO[mode] for kind in road_class], dtype=np.bool_)
    back = is_open if mode is Mode.FOOT else is_open & ~oneway
    there, return_ = np.flatnonzero(is_open), np.flatnonzero(back)
    edge = np.concatenate([there, return_]).astype(np.int32)
    arcs = Arcs(
        nodes,
        tail=np.concatenate([tail[there], head[return_]]),
        head=np.concatenate([head[there], tail[return_]]),
        edge=edge,
        forward=np.arange(len(edge)) < len(there),
        seconds=(length_m * 3.6 / SPEED_KPH.get(mode, speed_kph))[edge],
    )
    order = np.lexsort((~arcs.forward, arcs.edge, arcs.seconds, arcs.head, arcs.tail))
    return arcs._chosen(order)
