"""What suspicious rows do to a forecast: the top cells by plain counts, before and after."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.quality.effect import counts_before_and_after, top_cells_moved
from peelian.city.quality.finding import MadeGood

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


MADE_GOOD = """
rows   weight  among  before  after
. . .  0       1 1 1  2 1     2 1
x . .  0       1 1 1  2 1     1 1
x x .  0       1 1 1  2 1     0 1
. . x  2.5     1 1 1  2 1     2 2.5
. x .  0.5     1 . 1  1 1     1.5 1
"""


@pytest.mark.parametrize("line", MADE_GOOD.strip().splitlines()[1:])
def test_counts_as_they_stand_and_once_the_trouble_is_made_good(line: str) -> None:
    """Of three rows, the first two lie in one cell."""
    rows, (weight,), among, before, after = ([*each.split()] for each in re.split(r"  +", line))
    made_good = MadeGood(
        np.array(rows) == "x", float(weight), among=None if "." not in among else np.array(among) == "1"
    )
    counts = counts_before_and_after(made_good, cells=np.array([0, 0, 1]))
    assert [each.tolist() for each in counts] == [[float(n) for n in each] for each in (before, after)]
