"""What suspicious rows do to a forecast, by the plainest forecast there is: counts by cell, and the top 1 % of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from peelian.city.quality.finding import Effect, Finding, MadeGood, Suspicion
from peelian.city.quality.rows import Indices, Rows, numbered
from peelian.domain.place import Floats, Grid

TOP = 0.01


def cell_numbers(rows: Rows, *, grid: Grid) -> Indices:
    """Return the (n,) number, from 0, of the cell in which each row lies: once for all findings of a source."""
    cells = grid.cells_of(rows.x_m, rows.y_m).astype(np.int64)
    return numbered((cells[:, 0] << 32) + cells[:, 1])


def counts_before_and_after(made_good: MadeGood, *, cells: Indices) -> tuple[Floats, Floats]:
    """Return the counts of every cell that holds a row, as things stand and once the trouble is made good."""
    standing = np.ones(len(cells)) if made_good.among is None else made_good.among.astype(np.float64)
    before: Floats = np.bincount(cells, weights=standing).astype(np.float64)
    standing[made_good.rows] = made_good.weight
    return before, np.bincount(cells, weights=standing).astype(np.float64)


def top_cells_moved(before: Floats, after: Floats, *, share: float = TOP) -> float:
    """Return the share of the top cells by `before` that are not among the top cells by `after`.

    Both count the same cells in the same order; the top is `share` of them, at least one; ties fall by that order, so
    that equal counts never move.
    """
    most = max(1, math.floor(share * len(before) + 1e-9))
    top = [set(np.argsort(-counts, kind="stable")[:most].tolist()) for counts in (before, after)]
    return len(top[0] - top[1]) / most


def with_effect(suspicion: Suspicion, *, cells: Indices) -> Finding:
    """Return the finding with what its rows would do to a forecast; `cells` is what `cell_numbers` returned."""
    moved = None
    if suspicion.made_good is not None:
        moved = top_cells_moved(*counts_before_and_after(suspicion.made_good, cells=cells))
    share = (suspicion.rows.sum() + suspicion.missing) / (len(cells) + suspicion.missing)
    return replace(suspicion.finding, effect=Effect(suspicion.consequence, float(share), moved))
