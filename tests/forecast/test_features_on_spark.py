"""The features of a forecast are the same on DuckDB and on Spark: a million incidents, value by value."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from peelian.domain.place import Grid
from peelian.forecast.features import cell_day_counts, dense_panel, every_day, lags_and_ring, weekly_features
from peelian.storage.embedded import EmbeddedEngine
from peelian.storage.engine import Expression
from tests.engines import leaves_sockets, needs_spark, spark

pytestmark = [needs_spark, leaves_sockets]

INCIDENTS = 1_000_000
SIDE_CELLS = 40
DAYS = 120
FIRST_DAY = date(2024, 1, 1)
END_DAY = FIRST_DAY + timedelta(days=DAYS)
GRID = Grid(epsg=32616, size_m=250.0)
CELLS = np.array([(ix, iy) for ix in range(SIDE_CELLS) for iy in range(SIDE_CELLS)], dtype=np.int32)


@pytest.fixture(scope="module")
def incidents() -> pa.Table:
    """A city whose few cells have most of the incidents, some of them on the very edge of a cell."""
    rng = np.random.default_rng(15)
    rate = rng.gamma(0.35, size=SIDE_CELLS**2)
    cell = rng.choice(SIDE_CELLS**2, size=INCIDENTS, p=rate / rate.sum())
    within = np.where(rng.random((2, INCIDENTS)) < 0.01, 0.0, rng.random((2, INCIDENTS)))
    return pa.table(
        {
            "local_date": np.datetime64(FIRST_DAY) + rng.integers(0, DAYS, size=INCIDENTS),
            "x_m": (cell % SIDE_CELLS + within[0]) * GRID.size_m,
            "y_m": (cell // SIDE_CELLS + within[1]) * GRID.size_m,
        }
    )


def counts(table):
    return cell_day_counts(table, grid=GRID)


def daily(table):
    panel = dense_panel(counts(table), days=every_day(FIRST_DAY, END_DAY), cells=CELLS)
    return lags_and_ring(panel, lags_days=(1, 7, 28), windows_days=(7, 28), ring_windows_days=(7,))


def weekly(table):
    return weekly_features(counts(table), cells=CELLS, first_day=FIRST_DAY, end_day=END_DAY)


def shares(table):
    """Sums of floating numbers: each cell's share of its day, added up over the days."""
    told = counts(table)
    of_the_day = told.group_by("day").agg(all=told.n.sum())
    joined = told.join(of_the_day, "day")
    return joined.group_by("ix", "iy").agg(share=(joined.n / joined["all"]).sum())


@pytest.mark.parametrize("expression", [counts, daily, weekly, shares])
def test_both_engines_return_the_same_table(incidents: pa.Table, expression: Expression) -> None:
    embedded = EmbeddedEngine(memory_limit="2GB").run(incidents, expression)
    on_spark = spark().run(incidents, expression)
    assert on_spark.schema.equals(embedded.schema)
    key = [(name, "ascending") for name in ("day", "ix", "iy") if name in embedded.column_names]
    ours, theirs = embedded.sort_by(key), on_spark.sort_by(key)
    assert ours.num_rows == theirs.num_rows > 0
    for name in ours.column_names:
        one, other = (table[name].to_numpy() for table in (ours, theirs))
        if one.dtype.kind == "f":
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)
        else:
            np.testing.assert_array_equal(one, other)
