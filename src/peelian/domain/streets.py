"""Streets: a network of nodes and edges as it was published, with its topology ready for routing.

For: lengths, travel times, components, the nearest street to a point.
Not for: reading a publisher's format (city does), shortest paths (patrol does).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, DTypeLike, NDArray

from peelian.domain.arcs import Arcs, Flags, Mode, arcs_of
from peelian.domain.canonical import digest
from peelian.domain.errors import BadInput
from peelian.domain.place import Floats, Ints, project, utm_epsg

Texts = NDArray[np.object_]
"""Arrays of `str`, as objects: one long name does not make every row as wide as itself."""

NO_NUMBER = -1
"""Stands in `StreetEdges.house_numbers` where the publisher gives none (0 is a house number)."""

DEGREE_DIGITS = 7
METRE_DIGITS = 3
"""How finely two networks are told apart: 1e-7 degrees (a centimetre, OpenStreetMap's own step), 1 mm."""


def _fixed(values: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    """Return a copy of `values` that nobody can change any more."""
    fixed: NDArray[Any] = np.array(values, dtype=dtype)
    fixed.flags.writeable = False
    return fixed


def _fix(value: object, dtypes: dict[str, DTypeLike]) -> None:
    """Copy the arrays of a frozen value and close them to writing; all must have one length."""
    for name, dtype in dtypes.items():
        object.__setattr__(value, name, _fixed(getattr(value, name), dtype))
    lengths = {name: len(getattr(value, name)) for name in dtypes}
    if len(set(lengths.values())) > 1:
        raise BadInput(f"{type(value).__name__} came with columns of different lengths: {lengths}.")


@dataclass(frozen=True, eq=False)
class StreetNodes:
    """n crossings and ends: (n,) columns.

    Parameters
    ----------
    published_id : the publisher's own id, as text.
    lon, lat : degrees, WGS 84.
    """

    published_id: Texts
    lon: Floats
    lat: Floats

    def __post_init__(self) -> None:
        _fix(self, {"published_id": object, "lon": np.float64, "lat": np.float64})
        if not (np.abs(self.lon) <= 180).all() or not (np.abs(self.lat) <= 90).all():
            raise BadInput("A street node lies outside the globe; give lon and lat in degrees, WGS 84.")
        if len(set(self.published_id)) < len(self):
            raise BadInput("Two street nodes have one published id; edges could not tell which they end at.")

    def __len__(self) -> int:
        return len(self.lon)


@dataclass(frozen=True, eq=False)
class StreetEdges:
    """m streets between two nodes: (m,) columns, one row per street as published, two-way streets once.

    Parameters
    ----------
    tail, head : rows of the nodes between which the edge runs.
    length_m : above 0.
    speed_kph, speed_assumed : km/h, above 0, and whether it is a default by road class rather than signed.
    oneway : may be driven from tail to head only.
    road_class, name : in OpenStreetMap's words, and as published; "" where unknown.
    house_numbers : (m, 4) first and last on the left, first and last on the right, seen from tail to head;
        NO_NUMBER where unknown.
    geometry : (m,) shapely LineString from tail to head in degrees, or None for a straight line.
    """

    tail: Ints
    head: Ints
    length_m: Floats
    speed_kph: Floats
    speed_assumed: Flags
    oneway: Flags
    road_class: Texts
    name: Texts
    house_numbers: Ints
    geometry: Texts

    def __post_init__(self) -> None:
        kinds: list[DTypeLike] = [np.int32, np.int32, np.float64, np.float64, np.bool_, np.bool_]
        kinds += [object, object, np.int32, object]
        _fix(self, dict(zip((f.name for f in fields(self)), kinds, strict=True)))
        if self.house_numbers.shape != (len(self), 4):
            raise BadInput(
                f"House numbers come four to an edge, not in the shape {self.house_numbers.shape}."
            )
        for name, values in (("length", self.length_m), ("speed", self.speed_kph)):
            if not (np.isfinite(values) & (values > 0)).all():
                row = int(np.flatnonzero(~(np.isfinite(values) & (values > 0)))[0])
                raise BadInput(f"Edge {row} has the {name} {values[row]}; every {name} must be above 0.")

    def __len__(self) -> int:
        return len(self.tail)


@dataclass(frozen=True, eq=False)
class Snapped:
    """Where p points fall on the network: (p,) columns.

    Parameters
    ----------
    edge : row of the nearest edge, the first of several equally near ones; -1 where none is near enough.
    distance_m : how far away it is; NaN where none is near enough.
    fraction : how far along the edge from its tail, in [0, 1]; NaN where none is near enough.
    """

    edge: Ints
    distance_m: Floats
    fraction: Floats


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """The streets of a city as of one day; two networks are the same where their digests are."""

    nodes: StreetNodes
    edges: StreetEdges
    _arcs: dict[Mode, Arcs] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        ends = np.concatenate([self.edges.tail, self.edges.head])
        if len(ends) and not (ends.min() >= 0 and ends.max() < len(self.nodes)):
            raise BadInput(
                f"An edge ends at node {ends.max()} or {ends.min()}, but the nodes are 0 to {len(self.nodes) - 1}."
            )

    @property
    def length_km(self) -> float:
        """Return the length of all edges, each counted once."""
        return float(self.edges.length_m.sum()) / 1000

    def arcs(self, mode: Mode = Mode.CAR) -> Arcs:
        """Return the directed graph for `mode`, with travel times; made once."""
        if mode not in self._arcs:
            edges = self.edges
            self._arcs[mode] = arcs_of(
                nodes=len(self.nodes),
                tail=edges.tail,
                head=edges.head,
                length_m=edges.length_m,
                speed_kph=edges.speed_kph,
                oneway=edges.oneway,
                road_class=edges.road_class,
                mode=mode,
            )
        return self._arcs[mode]

    @cached_property
    def lines(self) -> Texts:
        """Return the (m,) courses of all edges as LineStrings in degrees, straight where none was published."""
        lines = np.array(self.edges.geometry)
        bare = np.flatnonzero(shapely.is_missing(lines))
        ends = np.stack([self.edges.tail[bare], self.edges.head[bare]], axis=1)
        lines[bare] = shapely.linestrings(np.stack([self.nodes.lon[ends], self.nodes.lat[ends]], axis=-1))
        lines.flags.writeable = False
        return lines

    @cached_property
    def epsg(self) -> int:
        """Return the UTM zone of the network's median node, in which nearness is measured."""
        if not len(self.nodes):
            raise BadInput("A network without nodes lies nowhere; load streets first.")
        return utm_epsg(float(np.median(self.nodes.lon)), float(np.median(self.nodes.lat)))

    def snap(self, lon: ArrayLike, lat: ArrayLike, *, within_m: float = np.inf) -> Snapped:
        """Return the nearest edge to each of p points in degrees, if it is not farther than `within_m`."""
        x_m, y_m = project(lon, lat, source="EPSG:4326", target=f"EPSG:{self.epsg}")
        points = np.full(len(x_m), None, dtype=object)
        known = np.isfinite(x_m) & np.isfinite(y_m)
        points[known] = shapely.points(x_m[known], y_m[known])
        limit = within_m if np.isfinite(within_m) else None
        (point, edge), distance = self._tree.query_nearest(
            points, max_distance=limit, return_distance=True, all_matches=True
        )
        order = np.lexsort((edge, point))
        first = order[np.append(True, np.diff(point[order]) > 0)[: len(order)]]
        return self._snapped(points, at=point[first], edge=edge[first], distance_m=distance[first])

    def _snapped(
        self, points: Texts, *, at: NDArray[np.int64], edge: NDArray[np.int64], distance_m: Floats
    ) -> Snapped:
        snapped = Snapped(
            np.full(len(points), -1, np.int32), np.full(len(points), np.nan), np.full(len(points), np.nan)
        )
        snapped.edge[at], snapped.distance_m[at] = edge, distance_m
        snapped.fraction[at] = shapely.line_locate_point(self._metric[edge], points[at], normalized=True)
        return snapped

    @cached_property
    def _metric(self) -> Texts:
        def to_metres(degrees: Floats) -> Floats:
            x_m, y_m = project(*degrees.T, source="EPSG:4326", target=f"EPSG:{self.epsg}")
            return np.stack([x_m, y_m], axis=1)

        metric: Texts = shapely.transform(self.lines, to_metres)
        return metric

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._metric)

    def digest(self) -> str:
        """Return a SHA-256 that is the same for the same network, in whatever order its rows came.

        Places count to 1e-7 degrees, lengths to the millimetre, speeds to a thousandth of a km/h.
        """
        ids, edges = self.nodes.published_id, self.edges
        nodes = _rows([ids, _spelt(self.nodes.lon, DEGREE_DIGITS), _spelt(self.nodes.lat, DEGREE_DIGITS)])
        courses = shapely.to_wkt(self.lines, rounding_precision=DEGREE_DIGITS)
        columns = [ids[edges.tail], ids[edges.head], edges.road_class, edges.name, courses]
        columns += [_spelt(edges.length_m, METRE_DIGITS), _spelt(edges.speed_kph, METRE_DIGITS)]
        columns += [edges.speed_assumed, edges.oneway, *edges.house_numbers.T]
        return digest("\n".join([*nodes, "", *_rows(columns)]).encode())


def _spelt(values: Floats, digits: int) -> list[str]:
    return [f"{value:.{digits}f}" for value in values.tolist()]


def _rows(columns: Sequence[Any]) -> list[str]:
    return sorted(map(repr, zip(*(np.asarray(column).tolist() for column in columns), strict=True)))
