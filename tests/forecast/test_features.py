"""Features: what a day's row may know is what happened before that day, in the cell and around it."""

from datetime import date, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput
from peelian.domain.place import Grid
from peelian.forecast.features import (
    cell_day_counts,
    dense_panel,
    every_day,
    every_week,
    lags_and_ring,
    week_counts,
    weekly_features,
)
from tests.forecast.towns import ENGINE, FIRST_DAY, sparse, square, town_counts

DAYS = 21
SIDE = 4
CELLS = square(SIDE)
END_DAY = FIRST_DAY + timedelta(days=DAYS)


def rows(table: pa.Table, *columns: str) -> list[tuple]:
    return sorted(zip(*(table[name].to_pylist() for name in columns), strict=True))


def daily_features(counts, *, lags_days=(1, 3), windows_days=(1, 7), ring_windows_days=(1, 7)):
    days = every_day(FIRST_DAY, END_DAY)
    return ENGINE.run(
        sparse(counts, CELLS),
        lambda t: lags_and_ring(
            dense_panel(t, days=days, cells=CELLS),
            lags_days=lags_days,
            windows_days=windows_days,
            ring_windows_days=ring_windows_days,
        ),
    ).sort_by([("day", "ascending"), ("ix", "ascending"), ("iy", "ascending")])


def test_incidents_become_counts_per_cell_and_local_day():
    incidents = pa.table(
        {
            "local_date": [date(2024, 3, 9), date(2024, 3, 9), date(2024, 3, 9), date(2024, 3, 10)],
            "x_m": [10.0, 99.9, 100.0, 10.0],
            "y_m": [-0.1, -99.0, 50.0, -0.1],
        }
    )
    counts = ENGINE.run(incidents, lambda t: cell_day_counts(t, grid=Grid(epsg=32616, size_m=100.0)))
    assert rows(counts, "day", "ix", "iy", "n") == [
        (date(2024, 3, 9), 0, -1, 2),
        (date(2024, 3, 9), 1, 0, 1),
        (date(2024, 3, 10), 0, -1, 1),
    ]


@settings(max_examples=12)
@given(
    st.lists(st.tuples(*[st.floats(-1e7, 1e7)] * 2), min_size=1, max_size=20),
    st.sampled_from([100.0, 250.0, 76.2]),
)
def test_the_engine_names_the_same_cells_as_the_grid(points, size_m):
    grid = Grid(epsg=32616, size_m=size_m, origin_x_m=13.0, origin_y_m=-7.5)
    x, y = np.array(points).T
    table = pa.table({"local_date": [FIRST_DAY] * len(x), "x_m": x, "y_m": y})
    found = ENGINE.run(table, lambda t: cell_day_counts(t, grid=grid))
    named = {(ix, iy) for ix, iy, _ in rows(found, "ix", "iy", "n")}
    assert named == set(map(tuple, grid.cells_of(x, y).tolist()))


def test_the_ring_is_the_eight_cells_around_that_are_in_the_area():
    #   day 0        ring
    #   . . . 2      . . 2 .     iy 1003      (ix 1000 to 1003; north on top)
    #   . . . .      1 1 3 2
    #   . 1 . .      1 . 1 .
    #   . . . .      1 1 1 .     iy 1000
    counts = np.zeros((DAYS, SIDE * SIDE), dtype=np.int32)
    counts[0, [1 * SIDE + 1, 3 * SIDE + 3]] = (1, 2)
    panel = ENGINE.run(sparse(counts, CELLS), lambda t: dense_panel(t, days=[FIRST_DAY], cells=CELLS))
    ring = np.zeros((SIDE, SIDE), dtype=int)
    for ix, iy, n in rows(panel, "ix", "iy", "ring"):
        ring[1003 - iy, ix - 1000] = n
    assert ring.tolist() == [[0, 0, 2, 0], [1, 1, 3, 2], [1, 0, 1, 0], [1, 1, 1, 0]]


def test_cells_outside_the_area_are_not_in_the_panel_and_not_in_the_ring():
    counts = np.zeros((DAYS, SIDE * SIDE), dtype=np.int32)
    counts[0, 0] = 5
    panel = ENGINE.run(sparse(counts, CELLS), lambda t: dense_panel(t, days=[FIRST_DAY], cells=CELLS[1:]))
    assert panel.num_rows == SIDE * SIDE - 1
    assert (sum(panel["n"].to_pylist()), sum(panel["ring"].to_pylist())) == (0, 0)


def test_windows_and_lags_agree_with_an_independent_count():
    counts = town_counts(side=SIDE, days=DAYS, seed=3)
    square_counts = np.pad(counts.reshape(DAYS, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
    ring = sum(
        square_counts[:, 1 + dx : 1 + dx + SIDE, 1 + dy : 1 + dy + SIDE]
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
        if (dx, dy) != (0, 0)
    ).reshape(DAYS, -1)
    table = daily_features(counts)
    for day in range(DAYS):
        row = slice(day * SIDE * SIDE, (day + 1) * SIDE * SIDE)
        for name, source in (("own", counts), ("ring", ring)):
            for window in (1, 7):
                expected = source[max(0, day - window) : day].sum(axis=0)
                assert table[f"{name}_{window}"][row].to_pylist() == expected.tolist()
        for lag in (1, 3):
            expected = counts[day - lag] if day >= lag else np.zeros(SIDE * SIDE, dtype=int)
            assert table[f"lag_{lag}"][row].to_pylist() == expected.tolist()


@settings(max_examples=10)
@given(st.data())
def test_no_count_of_a_day_or_later_changes_a_feature_of_that_day(data):
    """The law of this file. The day is any day; what is planted from it on is anything."""
    counts = town_counts(side=SIDE, days=DAYS, seed=data.draw(st.integers(0, 99)))
    day = data.draw(st.integers(0, DAYS - 1))
    planted = counts.copy()
    planted[day:] = data.draw(st.integers(0, 50))
    before, after = daily_features(counts), daily_features(planted)
    until = (day + 1) * SIDE * SIDE  # the rows of all days up to and including `day`
    assert before.slice(0, until).equals(after.slice(0, until))


def test_a_window_that_would_reach_into_its_own_day_is_refused():
    panel = ibis.table({"day": "date", "ix": "int32", "iy": "int32", "n": "int32", "ring": "int32"})
    for wrong in ({"lags_days": (0,)}, {"windows_days": (-1,)}, {"step_days": 7, "windows_days": (10,)}):
        with pytest.raises(BadInput, match="would see the days it forecasts"):
            lags_and_ring(panel, **wrong)


def test_weeks_are_counted_back_from_the_end():
    #  16 days: 2 days left over, then two whole weeks, then the day a forecast is made on
    end = FIRST_DAY + timedelta(days=16)
    starts = [FIRST_DAY + timedelta(days=k) for k in (2, 9, 16)]
    assert every_week(FIRST_DAY, end) == starts
    counts = np.zeros((16, SIDE * SIDE), dtype=np.int32)
    counts[:, 0] = np.arange(1, 17)
    weekly = ENGINE.run(sparse(counts, CELLS), lambda t: week_counts(t, first_day=FIRST_DAY, end_day=end))
    assert rows(weekly, "day", "n") == [(starts[0], sum(range(3, 10))), (starts[1], sum(range(10, 17)))]


def test_weekly_features_are_the_daily_ones_of_every_seventh_day():
    counts = town_counts(side=SIDE, days=DAYS, seed=5)
    weekly = ENGINE.run(
        sparse(counts, CELLS),
        lambda t: weekly_features(t, cells=CELLS, first_day=FIRST_DAY, end_day=END_DAY),
    )
    daily = daily_features(counts, lags_days=(), windows_days=(7,), ring_windows_days=(7,))
    mondays = set(every_week(FIRST_DAY, END_DAY))
    assert weekly.num_rows == len(mondays) * SIDE * SIDE
    columns = ("day", "ix", "iy", "own_7", "ring_7")
    kept = [row for row in rows(daily, *columns) if row[0] in mondays]
    assert [row for row in rows(weekly, *columns) if row[0] < END_DAY] == kept


def test_the_expressions_are_those_of_spark_too():
    """They compile for Spark SQL; that they run there alike was measured in the research notes."""
    incidents = ibis.table({"local_date": "date", "x_m": "float64", "y_m": "float64"}, name="incidents")
    features = weekly_features(
        cell_day_counts(incidents, grid=Grid(epsg=32616, size_m=250.0)),
        cells=CELLS,
        first_day=FIRST_DAY,
        end_day=END_DAY,
    )
    text = str(ibis.to_sql(features, dialect="databricks"))
    assert text.count(" PRECEDING AND 1 PRECEDING") == 8
