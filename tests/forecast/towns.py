"""A small invented town for the tests of this room: dense daily counts, and their features."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from peelian.domain.place import Grid, Ints
from peelian.domain.time import Period
from peelian.forecast.features import weekly_features
from peelian.forecast.history import History, history_from_counts
from peelian.storage.embedded import EmbeddedEngine

ZONE = "America/Chicago"
GRID = Grid(epsg=32616, size_m=250.0)
FIRST_DAY = date(2023, 1, 2)
ENGINE = EmbeddedEngine(memory_limit="500MB", threads=1)


def square(side: int) -> Ints:
    """Return the cells of a square town."""
    ix, iy = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    return np.stack([ix.ravel(), iy.ravel()], axis=-1).astype(np.int32) + np.int32(1000)


def town_counts(*, side: int, days: int, seed: int = 0) -> Ints:
    """Return (days, cells) Poisson counts with a fixed rate per cell, a few cells holding most of it."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.3, 0.15, size=side * side)
    return rng.poisson(rate, size=(days, side * side)).astype(np.int32)


def sparse(counts: Ints, cells: Ints) -> pa.Table:
    """Return the counts as `features.cell_day_counts` would: a row for each day and cell that has any."""
    day, cell = counts.nonzero()
    dates = np.datetime64(FIRST_DAY) + day.astype("timedelta64[D]")
    return pa.table(
        {
            "day": pa.array(dates, pa.date32()),
            "ix": cells[cell, 0],
            "iy": cells[cell, 1],
            "n": counts[day, cell],
        }
    )


def history(counts: Ints, cells: Ints, *, features: bool = False) -> History:
    """Return the history of exactly these cells and days."""
    table, end_day = sparse(counts, cells), FIRST_DAY + timedelta(days=len(counts))
    span = {"first_day": FIRST_DAY, "end_day": end_day}
    learnt = ENGINE.run(table, lambda t: weekly_features(t, cells=cells, **span)) if features else None
    return history_from_counts(
        table, grid=GRID, offence="theft", zone=ZONE, basis="occurred", cells=cells, features=learnt, **span
    )


def week_after(past: History, *, days: int = 7) -> Period:
    """Return the period that begins where the history ends."""
    return Period(past.end_day, past.end_day + timedelta(days=days), ZONE)
