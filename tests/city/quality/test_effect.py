"""What suspicious rows do to a forecast: the top cells by plain counts, before and after."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.quality.effect import cell_counts, top_cells_moved
from peelian.domain.place import Grid

MOVED = """
before     after      share  moved
5 3 1 1    5 3 1 1    0.5    0
5 3 1 1    1 3 5 1    0.5    0.5
5 3 1 1    1 1 5 3    0.5    1
5 5 5 5    5 5 5 5    0.25   0
5 5 5 5    5 6 5 5    0.25   1
9 1 1 1    8 1 1 1    0.01   0
"""


@pytest.mark.parametrize("line", MOVED.strip().splitlines()[1:])
def test_top_cells_moved(line: str) -> None:
    numbers = [float(word) for word in line.split()]
    before, after, (share, moved) = np.array(numbers[:4]), np.array(numbers[4:8]), numbers[8:]
    assert top_cells_moved(before, after, share=share) == moved


@settings(deadline=None)
@given(counts=st.lists(st.integers(0, 9), min_size=1, max_size=40), share=st.floats(0.01, 1))
def test_counts_that_stay_move_nothing(counts: list[int], share: float) -> None:
    values = np.array(counts, dtype=float)
    assert top_cells_moved(values, values * 3, share=share) == 0


def test_rows_left_out_leave_their_cell() -> None:
    x_m, y_m = np.array([10.0, 20.0, 300.0]), np.array([10.0, 20.0, 10.0])
    before, after = cell_counts(
        x_m, y_m, grid=Grid(32616, 250.0), weights=(np.ones(3), np.array([1.0, 0.0, 1.0]))
    )
    assert sorted(before.tolist()) == [1, 2]
    assert after.tolist() == [1, 1]
