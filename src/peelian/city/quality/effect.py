"""What suspicious rows do to a forecast, by the plainest forecast there is: counts by cell, and the top 1 % of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from peelian.city.quality.finding import Effect, Finding, Suspicion
from peelian.city.quality.rows import Rows, numbered
from peelian.domain.place import Floats, Grid

TOP = 0.01


def cell_counts(x_m: Floats, y_m: Floats, *, grid: Grid, weights: tuple[Floats, ...]) -> tuple[Floats, ...]:
    """Return, for each of the `weights` of the n points, its sum in every cell that holds a point, cells in
    one order."""
    cells = grid.cells_of(x_m, y_m).astype(np.int64)
    which = numbered((cells[:, 0] << 32) + cells[:, 1])
    return tuple(np.bincount(which, weights=weight).astype(np.float64) for weight in weights)


def top_cells_moved(before: Floats, after: Floats, *, share: float = TOP) -> float:
    """Return the share of the top cells by `before` that are not among the top cells by `after`.

    Both count the same cells in the same order; the top is `share` of them, at least one; ties fall by that order, so
    that equal counts never move.
    """
    most = max(1, math.floor(share * len(before) + 1e-9))
    top = [set(np.argsort(-counts, kind="stable")[:most].tolist()) for counts in (before, after)]
    return len(top[0] - top[1]) / most


def with_effect(suspicion: Suspicion, *, rows: Rows, grid: Grid) -> Finding:
    """Return the finding with what its rows would do to a forecast."""
    moved = None
    if suspicion.weights is not None:
        before = np.ones(len(rows)) if suspicion.counted is None else suspicion.counted
        counts = cell_counts(rows.x_m, rows.y_m, grid=grid, weights=(before, suspicion.weights))
        moved = top_cells_moved(*counts)
    share = (suspicion.rows.sum() + suspicion.missing) / (len(rows) + suspicion.missing)
    return replace(suspicion.finding, effect=Effect(suspicion.consequence, float(share), moved))
