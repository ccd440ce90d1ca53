"""The area: the cells that "1 % of the area" is one per cent of. It is fixed before the first forecast."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np
import pyarrow as pa
import shapely

from peelian.domain.dwellings import Cell
from peelian.domain.errors import BadInput
from peelian.domain.place import Grid, Ints

LOOK_BACK_DAYS = 730
"""How far before the first origin an incident still makes its cell part of the area."""


def cells_with_incidents(counts: pa.Table, *, before: date) -> Ints:
    """Return, sorted, the (n, 2) cells with any incident in the two years before the day `before`.

    `counts` must hold *every* offence (`features.cell_day_counts` of all incidents), or the area of a rare
    offence would shrink to where it has happened.
    """
    since = np.datetime64(before, "D") - LOOK_BACK_DAYS
    day = counts["day"].cast(pa.date32()).to_numpy().astype("datetime64[D]")
    recent = (day >= since) & (day < np.datetime64(before, "D"))
    names = np.stack([counts["ix"].to_numpy()[recent], counts["iy"].to_numpy()[recent]], axis=-1)
    if not len(names):
        raise BadInput(
            f"No incident happened between {since} and {before}, so there is no area to forecast for; "
            "give a boundary or an earlier first day."
        )
    cells: Ints = np.unique(names, axis=0).astype(np.int32)
    return cells


def cells_besides(cells: Ints, homes: Collection[Cell]) -> Ints:
    """Return the (n, 2) cells of an area that are not among `homes`, in their order.

    They leave the area before anything is computed: no model counts in them, ranks them or is judged by them, and what
    happens there is outside for every model alike.
    """
    known = frozenset(homes)
    kept: Ints = cells[[(ix, iy) not in known for ix, iy in cells.tolist()]]
    if not len(kept):
        raise BadInput(
            "Every place of the area is the home of a few, so nothing can be said of any; take larger cells."
        )
    return kept


def cells_within(boundary: shapely.Geometry, *, grid: Grid) -> Ints:
    """Return, sorted, the (n, 2) cells whose centre lies inside `boundary`, given in the grid's metres."""
    west, south, east, north = boundary.bounds
    (first, last) = grid.cells_of([west, east], [south, north])
    ix, iy = np.meshgrid(np.arange(first[0], last[0] + 1), np.arange(first[1], last[1] + 1), indexing="ij")
    cells = np.stack([ix.ravel(), iy.ravel()], axis=-1).astype(np.int32)
    centres = grid.centres(cells)
    shapely.prepare(boundary)
    inside: Ints = cells[shapely.contains_xy(boundary, centres[:, 0], centres[:, 1])]
    if not len(inside):
        raise BadInput(
            f"No {grid.size_m:g} m cell has its centre inside the boundary; check the boundary's "
            "coordinate system or choose smaller cells."
        )
    return inside
