"""What a model may learn from, and what it can never reach from there."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
import shapely

from peelian.domain.errors import BadInput
from peelian.domain.place import Grid
from peelian.domain.time import Cutoff, Period
from peelian.forecast.area import cells_with_incidents, cells_within
from peelian.forecast.history import history_from_counts
from tests.forecast.towns import FIRST_DAY, GRID, ZONE, history, square, town_counts

CELLS = np.array([[7, 3], [6, 3], [7, 4]], dtype=np.int32)  # in no particular order


def counts(*rows: tuple[int, int, int, int]) -> pa.Table:
    """Return (day number, ix, iy, n) as the engine returns them."""
    day, ix, iy, n = zip(*rows, strict=True)
    dates = [FIRST_DAY + timedelta(days=k) for k in day]
    columns = {"day": pa.array(dates, pa.date32())}
    return pa.table(
        columns | {"ix": pa.array(ix, "int32"), "iy": pa.array(iy, "int32"), "n": pa.array(n, "int32")}
    )


def drawn(table: pa.Table, *, days: int = 3, basis="occurred"):
    return history_from_counts(
        table,
        grid=GRID,
        offence="theft",
        zone=ZONE,
        basis=basis,
        cells=CELLS,
        first_day=FIRST_DAY,
        end_day=FIRST_DAY + timedelta(days=days),
    )


def test_counts_become_dense_rows_in_the_order_of_the_area():
    past = drawn(counts((0, 6, 3, 2), (2, 7, 4, 1), (2, 7, 3, 5), (1, 0, 0, 4), (9, 6, 3, 8), (-1, 6, 3, 8)))
    assert past.counts.tolist() == [[0, 2, 0], [0, 0, 0], [5, 0, 1]]
    assert past.outside.tolist() == [0, 4, 0]  # the cell (0, 0) is not in the area; other days are left out
    assert (past.days, past.end_day) == (3, FIRST_DAY + timedelta(days=3))
    assert past.cutoff == Cutoff(past.end_day, "occurred")


def test_a_cutoff_hides_its_own_day_and_all_after_it():
    past = drawn(counts((0, 6, 3, 2), (1, 7, 4, 1), (2, 7, 3, 5)))
    seen = past.until(FIRST_DAY + timedelta(days=2))
    assert seen.counts.tolist() == [[0, 2, 0], [0, 0, 1]]
    assert seen.end_day == seen.cutoff.day == FIRST_DAY + timedelta(days=2)
    with pytest.raises(BadInput, match="lies outside it"):
        seen.until(FIRST_DAY + timedelta(days=3))
    assert past.until(FIRST_DAY).days == 0


def test_features_are_cut_off_with_the_counts():
    cells = square(3)
    past = history(town_counts(side=3, days=60), cells, features=True)
    seen = past.until(past.end_day - timedelta(days=14))
    assert seen.features.days[-1] == seen.days == 46
    with pytest.raises(BadInput, match="every seventh day"):
        past.until(past.end_day - timedelta(days=3)).features.on(57)


def test_what_was_recorded_by_an_earlier_day_must_be_counted_anew():
    past = drawn(counts((0, 6, 3, 2)), basis="recorded")
    assert past.until(past.end_day).days == 3
    with pytest.raises(BadInput, match="counted anew"):
        past.until(FIRST_DAY + timedelta(days=1))


def test_nothing_in_a_history_can_be_written_to():
    past = history(town_counts(side=3, days=35), square(3), features=True)
    for array in (past.counts, past.outside, past.cells, past.features.values, past.until(FIRST_DAY).cells):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_the_hash_changes_with_anything_a_model_could_learn_from():
    base = drawn(counts((0, 6, 3, 2)))
    others = [
        drawn(counts((0, 6, 3, 3))),
        drawn(counts((0, 6, 3, 2), (0, 0, 0, 1))),
        drawn(counts((0, 6, 3, 2)), days=4),
        drawn(counts((0, 6, 3, 2)), basis="recorded"),
    ]
    hashes = [past.data_hash for past in (base, *others)]
    assert len(set(hashes)) == 5
    assert drawn(counts((0, 6, 3, 2))).data_hash == base.data_hash


def test_what_happened_in_a_period_is_read_only_where_it_is_known_whole():
    past = drawn(counts((1, 6, 3, 2), (2, 6, 3, 1), (2, 0, 0, 4)))
    observed, outside = past.observed(Period(FIRST_DAY + timedelta(days=1), past.end_day, ZONE))
    assert (observed.tolist(), outside) == ([0, 3, 0], 4)
    with pytest.raises(BadInput, match="does not hold the whole"):
        past.observed(Period(FIRST_DAY, past.end_day + timedelta(days=1), ZONE))


def test_an_area_that_names_a_cell_twice_is_refused():
    with pytest.raises(BadInput, match="names a cell twice"):
        history(np.zeros((3, 2), np.int32), np.array([[1, 1], [1, 1]], np.int32))


def test_the_area_without_a_boundary_is_where_anything_happened_in_the_two_years_before():
    before = date(2024, 1, 1)
    day = [date(2021, 12, 31), date(2022, 1, 1), date(2023, 12, 31), date(2023, 5, 5), date(2024, 1, 1)]
    table = pa.table({"day": day, "ix": [1, 2, 3, 2, 4], "iy": [0] * 5, "n": [1] * 5})
    assert cells_with_incidents(table, before=before).tolist() == [[2, 0], [3, 0]]
    with pytest.raises(BadInput, match="no area to forecast for"):
        cells_with_incidents(table, before=date(2019, 1, 1))


def test_the_area_inside_a_boundary_is_the_cells_whose_centre_is_inside():
    #   a triangle over a 4 x 4 grid of 100 m cells
    triangle = shapely.Polygon([(0, 0), (390, 0), (0, 390)])
    grid = Grid(epsg=32616, size_m=100.0)
    inside = cells_within(triangle, grid=grid)
    assert inside.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [2, 0]]
    with pytest.raises(BadInput, match="No 100 m cell"):
        cells_within(shapely.Point(5, 5).buffer(10), grid=grid)
