"""From outlines to a snapshot: the areas of one layer as of one day, repaired, and whole or refused."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from peelian.city.boundaries.outlines import Outlines
from peelian.domain.areas import Area
from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput

MOST_OVERLAP = 0.01
"""Two areas of a layer may share this much of the smaller one: carelessly drawn edges. More is a contradiction."""


@dataclass(frozen=True)
class AreaFindings:
    """The account of one delivery of areas.

    Parameters
    ----------
    read, areas : features of the file, and areas they make; a file may give one area in several features.
    repaired : areas whose outline crossed itself and was made valid.
    slivers : pairs of areas that overlap by less than MOST_OVERLAP of the smaller.
    """

    read: int
    areas: int
    repaired: int
    slivers: int

    def document(self) -> Document:
        """Return the account as a plain document."""
        return dict(vars(self))


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The areas of one layer, without dates, in order of id."""

    areas: tuple[Area, ...]
    findings: AreaFindings


def snapshot(outlines: Outlines, *, layer: str, name: str) -> Snapshot:
    """Return the areas that the features of one file make.

    Raises
    ------
    BadInput : no feature, one that encloses nothing, one id under two names, or areas that overlap.
    """
    if not outlines.area_id:
        raise BadInput(f"{name} holds no area; give the file that has the {layer} outlines.")
    repaired = int((~shapely.is_valid(outlines.geometry)).sum())
    shapes = _polygons(outlines, name=name)
    rows: dict[str, list[int]] = defaultdict(list)
    for row, area_id in enumerate(outlines.area_id):
        rows[area_id].append(row)
    areas = tuple(
        Area(layer, area_id, _name(area_id, which, outlines, where=name), None, None, _joined(shapes[which]))
        for area_id, which in sorted(rows.items())
    )
    slivers = _check_overlaps(areas, name=name)
    return Snapshot(areas, AreaFindings(len(shapes), len(areas), repaired, slivers))


def _polygons(outlines: Outlines, *, name: str) -> NDArray[np.object_]:
    """Return valid outlines; of what repair leaves behind, loose lines and points enclose nothing."""
    made: NDArray[np.object_] = shapely.make_valid(outlines.geometry)
    empty = ~(shapely.area(made) > 0)
    if empty.any():
        which = ", ".join(sorted({outlines.area_id[row] for row in np.flatnonzero(empty)})[:5])
        raise BadInput(
            f"{name} has {int(empty.sum())} outlines that enclose nothing (of {which}); whatever happened there "
            "would be counted nowhere, so correct them and load again."
        )
    return made


def _joined(features: NDArray[np.object_]) -> shapely.Geometry:
    """Return the one outline of an area: as published where it came whole, else all its pieces together."""
    if len(features) == 1 and features[0].geom_type in {"Polygon", "MultiPolygon"}:
        return features[0]
    pieces = shapely.get_parts(shapely.get_parts(features))
    return shapely.union_all(pieces[shapely.area(pieces) > 0])


def _name(area_id: str, rows: list[int], outlines: Outlines, *, where: str) -> str:
    names = sorted({outlines.name[row] for row in rows})
    if len(names) > 1:
        raise BadInput(
            f"{where} gives the area {area_id} the names {', '.join(names)}; one area has one name."
        )
    return names[0]


def _check_overlaps(areas: tuple[Area, ...], *, name: str) -> int:
    """Return how many pairs overlap by a sliver; refuse the file if one overlaps by more."""
    shapes = np.array([area.geometry for area in areas], dtype=object)
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[two]))
    share = shared / np.minimum(shapely.area(shapes[one]), shapely.area(shapes[two]))
    if len(share) and share.max() > MOST_OVERLAP:
        worst = int(share.argmax())
        raise BadInput(
            f"{name} has {areas[one[worst]].layer} {areas[one[worst]].area_id} and {areas[two[worst]].area_id} "
            f"overlap by {share[worst]:.0%} of the smaller one, so what happens there would have two places; "
            f"correct the outlines ({int((share > MOST_OVERLAP).sum())} pairs in all)."
        )
    return int((share > 0).sum())
