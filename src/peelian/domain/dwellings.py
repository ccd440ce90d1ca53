"""Dwellings: how many homes stand where, as far as was known, and what a surface leaves out because of them.

For: counting the dwellings of cells and other places, so that none of a few homes is named to anybody.
Not for: how many are too few; that is a rule of the house (governance decides).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np

from peelian.domain.canonical import Document
from peelian.domain.place import Floats, Grid, Ints

LAYER = "dwellings"
"""The name of the one layer that says where people live; a layer of any other name is only a layer."""

Cell: TypeAlias = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Dwellings:
    """All dwellings that were known of.

    Parameters
    ----------
    set_id, as_of : the place set they stand in, and the civil day of which it speaks.
    x_m, y_m : (n,) places in metres of the deployment's projected system.
    number : (n,) how many dwellings stand at each, 0 or more.
    """

    set_id: str
    as_of: date
    x_m: Floats
    y_m: Floats
    number: Ints

    def by_cell(self, grid: Grid) -> dict[Cell, int]:
        """Return how many dwellings lie in each cell of `grid` in which any point of the layer lies."""
        cells = grid.cells_of(self.x_m, self.y_m)
        wide = cells.astype(np.int64)
        keys = (wide[:, 0] << 32) + wide[:, 1]  # eight times as fast to sort as pairs
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        counted = np.bincount(which, weights=self.number, minlength=len(first)).astype(np.int64)
        return {(ix, iy): n for (ix, iy), n in zip(cells[first].tolist(), counted.tolist(), strict=True)}


def fewest(dwellings: Mapping[Cell, int], cells: Iterable[Cell]) -> int | None:
    """Return the fewest dwellings of any of the cells that has some; None where none of them has any."""
    return min((n for cell in cells if (n := dwellings.get(cell, 0))), default=None)


@dataclass(frozen=True)
class LeftOut:
    """Why, and by which knowledge, a surface says nothing about places that are the homes of a few.

    Parameters
    ----------
    rule : id of the rule.
    set_id, as_of : the place set of the layer of dwellings that told, and the civil day of which it speaks.
    least : dwellings from which on a place is spoken of.
    places : cells of the layer with dwellings, but fewer. They are counted whether or not anything happened there: how
        many of them would have been in the area tells of incidents at single homes.
    """

    rule: str
    set_id: str
    as_of: date
    least: int
    places: int

    def document(self) -> Document:
        """Return the same as a plain document."""
        return {**vars(self), "as_of": str(self.as_of)}


def left_out_from(document: Mapping[str, Any] | None) -> LeftOut | None:
    """Return what `document` was made from; None where dwellings were not known."""
    return (
        None if document is None else LeftOut(**{**document, "as_of": date.fromisoformat(document["as_of"])})
    )
