"""Features: pure `Table -> Table` expressions, the same on DuckDB and on Spark. Nothing here is executed.

Counts of places and days are all a forecast ever sees: no point, no hour, no person leaves this file.
The formulation was chosen by measuring: the ring of neighbours is spread from the days and cells that have
incidents, which are few, before the panel is made dense (joining the panel with itself took half as much
again); windows then run over the dense panel, where a row is a day and so "7 preceding" is seven days.
`benchmarks/pipeline.py` sets it beside the same in hand-written SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from peelian.domain.errors import BadInput
from peelian.domain.place import Grid, Ints

WINDOWS_DAYS = (7, 28, 91, 364)
"""A week, a month, a quarter, a year: multiples of seven, so that every weekday weighs the same."""


def cell_day_counts(incidents: ir.Table, *, grid: Grid) -> ir.Table:
    """Return (day, ix, iy, n): how many incidents fall in each cell on each local day that has any.

    `incidents` has `local_date` and, in metres of the grid's projection, `x_m` and `y_m`.
    """
    return (
        incidents.select(
            day=incidents.local_date,
            ix=((incidents.x_m - grid.origin_x_m) / grid.size_m).floor().cast("int32"),
            iy=((incidents.y_m - grid.origin_y_m) / grid.size_m).floor().cast("int32"),
        )
        .group_by(["day", "ix", "iy"])
        .agg(n=lambda group: group.count().cast("int32"))
    )


def every_day(first_day: date, end_day: date) -> list[date]:
    """Return the days of a daily panel, `first_day <= day < end_day`."""
    return [first_day + timedelta(days=k) for k in range((end_day - first_day).days)]


def every_week(first_day: date, end_day: date) -> list[date]:
    """Return the first days of all whole weeks that end by `end_day`, and `end_day` itself, oldest first."""
    weeks = (end_day - first_day).days // 7
    return [end_day - timedelta(days=7 * back) for back in range(weeks, -1, -1)]


def week_counts(counts: ir.Table, *, first_day: date, end_day: date) -> ir.Table:
    """Return (day, ix, iy, n) per week instead of per day: `day` is the first day of the week counted.

    Weeks are those of `every_week`, the last one ending the day before `end_day`.
    """
    *weeks, _ = every_week(first_day, end_day)
    calendar = [(week + timedelta(days=k), week) for week in weeks for k in range(7)]
    days, starts = zip(*calendar, strict=True) if calendar else ((), ())
    columns = {"day": pa.array(days, pa.date32()), "week": pa.array(starts, pa.date32())}
    return (
        counts.join(ibis.memtable(pa.table(columns)), "day")
        .group_by(day="week", ix="ix", iy="iy")
        .agg(n=lambda group: group.n.sum().cast("int32"))
    )


def dense_panel(counts: ir.Table, *, days: Sequence[date], cells: Ints | None = None) -> ir.Table:
    """Return (day, ix, iy, n, ring): one row for every cell and every one of `days`.

    `n` counts the cell's own incidents, `ring` those in the eight cells around it that are in the area.
    `cells` is the (n, 2) area; without it, every cell that has a count.
    """
    key = ["day", "ix", "iy"]
    calendar = ibis.memtable(pa.table({"day": pa.array(days, pa.date32())}))
    area = counts.select("ix", "iy").distinct() if cells is None else _cells(cells)
    within = counts if cells is None else counts.semi_join(area, ["ix", "iy"])
    return (
        calendar.cross_join(area)
        .left_join(within, key)
        .select(*key, n=lambda row: row.n.fill_null(0))
        .left_join(_ring(within), key)
        .select(*key, "n", ring=lambda row: row.ring.fill_null(0))
    )


def lags_and_ring(
    panel: ir.Table,
    *,
    step_days: int = 1,
    lags_days: Sequence[int] = (),
    windows_days: Sequence[int] = WINDOWS_DAYS,
    ring_windows_days: Sequence[int] = WINDOWS_DAYS,
) -> ir.Table:
    """Return (day, ix, iy) and, for each row, only what the days *before* its day can tell.

    `lag_k` is the cell's count in the step that began k days before; `own_w` and `ring_w` are sums over the
    w days that end the day before. Steps before the panel count as none. That a row sees nothing of its own
    day or later is in the frames themselves: they end at "1 preceding", and no lag is shorter than a step.

    Parameters
    ----------
    panel : what `dense_panel` returns, one row per cell and step, no step missing.
    step_days : 1 for a daily panel, 7 for a weekly one.
    lags_days, windows_days, ring_windows_days : in days, each a multiple of the step.
    """
    per_cell = {"group_by": [panel.ix, panel.iy], "order_by": panel.day}

    def steps(days: int) -> int:
        if days < step_days or days % step_days:
            raise BadInput(
                f"A lag or window of {days} days does not fit a panel in steps of {step_days}; "
                "take a multiple of at least one step, or a forecast would see the days it forecasts."
            )
        return days // step_days

    def before(column: ir.IntegerColumn, days: int) -> ir.IntegerColumn:
        frame = ibis.window(**per_cell, preceding=(steps(days), 1))
        return column.sum().over(frame).fill_null(0).cast("int32")

    return panel.select(
        "day",
        "ix",
        "iy",
        **{f"lag_{k}": panel.n.lag(steps(k), 0).over(ibis.window(**per_cell)) for k in lags_days},
        **{f"own_{w}": before(panel.n, w) for w in windows_days},
        **{f"ring_{w}": before(panel.ring, w) for w in ring_windows_days},
    )


def weekly_features(counts: ir.Table, *, cells: Ints, first_day: date, end_day: date) -> ir.Table:
    """Return the default features of the area for every seventh day back from `end_day`, itself included.

    The row dated `end_day` is what a forecast made at that cutoff reads; the rows before it train.
    """
    weekly = week_counts(counts, first_day=first_day, end_day=end_day)
    panel = dense_panel(weekly, days=every_week(first_day, end_day), cells=cells)
    return lags_and_ring(panel, step_days=7)


def _ring(counts: ir.Table) -> ir.Table:
    """Return (day, ix, iy, ring): each count handed to the eight cells around its own."""
    around = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]
    spread = counts.cross_join(_offsets(around))
    return (
        spread.select(
            "day",
            "n",
            ix=(spread.ix + spread.dx).cast("int32"),
            iy=(spread.iy + spread.dy).cast("int32"),
        )
        .group_by(["day", "ix", "iy"])
        .agg(ring=lambda group: group.n.sum().cast("int32"))
    )


def _offsets(around: Sequence[tuple[int, int]]) -> ir.Table:
    columns = np.array(around, dtype=np.int32)
    return ibis.memtable(pa.table({"dx": columns[:, 0], "dy": columns[:, 1]}))


def _cells(cells: Ints) -> ir.Table:
    return ibis.memtable(pa.table({"ix": cells[:, 0], "iy": cells[:, 1]}))
