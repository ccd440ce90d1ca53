"""Streets of the synthetic city: a perturbed grid with main roads, cut by river and park, in one piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from peelian.domain.place import Floats, Ints
from peelian.domain.surface import Flags
from peelian.simulate.landscape import Landscape
from peelian.simulate.spec import CitySpec

POINT_SPACING_M = 5.0
MAIN_ROAD_EVERY = 6
MISSING_SHARE = 0.08


@dataclass(frozen=True, eq=False)
class Streets:
    """Straight street segments, all connected.

    Parameters
    ----------
    segments_m : (m, 2, 2) end points in metres.
    main : (m,) True for main roads, the only ones with bridges.
    """

    segments_m: Floats
    main: Flags

    def __post_init__(self) -> None:
        self.segments_m.setflags(write=False)
        self.main.setflags(write=False)

    @property
    def lengths_m(self) -> Floats:
        """Return the (m,) lengths in metres."""
        lengths: Floats = np.linalg.norm(self.segments_m[:, 1] - self.segments_m[:, 0], axis=1)
        return lengths

    def points(self, spacing_m: float = POINT_SPACING_M) -> Floats:
        """Return (k, 2) points about `spacing_m` apart along all streets, the places an incident can be."""
        pieces = np.maximum(1, np.round(self.lengths_m / spacing_m)).astype(np.int64)
        segment = np.repeat(np.arange(len(pieces)), pieces)
        step = np.arange(len(segment)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        along = ((step + 0.5) / pieces[segment])[:, None]
        points: Floats = (1 - along) * self.segments_m[segment, 0] + along * self.segments_m[segment, 1]
        return points


def build_streets(spec: CitySpec, landscape: Landscape, rng: np.random.Generator) -> Streets:
    """Draw the streets of a city; what river, park and chance cut off from the largest part is left out."""
    columns, rows = int(spec.width_m // spec.block_m), int(spec.height_m // spec.block_m)
    nodes = _nodes(spec, columns, rows, rng)
    ends, main = _lattice(columns, rows)
    middles = nodes[ends].mean(axis=1)
    blocked = landscape.in_water(middles) | landscape.in_park(middles)
    missing = rng.random(len(ends)) < MISSING_SHARE
    kept = main | ~(blocked | missing)
    ends, main = ends[kept], main[kept]
    connected = _largest_part(ends, len(nodes))
    return Streets(segments_m=nodes[ends[connected]], main=main[connected])


def _nodes(spec: CitySpec, columns: int, rows: int, rng: np.random.Generator) -> Floats:
    """Crossings of a regular grid, each moved by up to 18 % of a block; row by row from the south-west."""
    i, j = np.meshgrid(np.arange(columns), np.arange(rows))
    lattice = np.stack([i.ravel(), j.ravel()], axis=1) + 0.5
    cells = np.array([columns, rows])
    moved = (lattice + rng.uniform(-0.18, 0.18, lattice.shape)) / cells
    nodes: Floats = np.array([spec.west_m, spec.south_m]) + moved * np.array([spec.width_m, spec.height_m])
    return nodes


def _lattice(columns: int, rows: int) -> tuple[Ints, Flags]:
    """Edges between neighbouring crossings, and which belong to a main road."""
    names = np.arange(columns * rows, dtype=np.int32).reshape(rows, columns)
    east = np.stack([names[:, :-1].ravel(), names[:, 1:].ravel()], axis=1)
    north = np.stack([names[:-1, :].ravel(), names[1:, :].ravel()], axis=1)
    middle = MAIN_ROAD_EVERY // 2
    main_east = (east[:, 0] // columns) % MAIN_ROAD_EVERY == middle
    main_north = (north[:, 0] % columns) % MAIN_ROAD_EVERY == middle
    return np.concatenate([east, north]), np.concatenate([main_east, main_north])


def _largest_part(ends: Ints, nodes: int) -> Flags:
    """Which edges belong to the largest connected part."""
    links = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    _, part = connected_components(links, directed=False)
    of_edge = part[ends[:, 0]]
    largest: Flags = of_edge == np.bincount(of_edge).argmax()
    return largest
