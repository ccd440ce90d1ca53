"""What a forecast would have been without marked days: days before them move up, and the difference is told."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from peelian.domain.errors import BadInput
from peelian.domain.place import Grid
from peelian.domain.time import Period
from peelian.forecast.history import History
from peelian.forecast.models.counts import PlainCounts
from peelian.forecast.sensitivity import without_days, without_marked

FIRST = date(2024, 1, 1)
CELLS = np.array([[0, 0], [1, 0], [2, 0]], dtype=np.int32)


def history(drawing: str) -> History:
    """Draw a history: a line is a day, a digit the count of a cell."""
    counts = np.array(
        [[int(digit) for digit in line.split()] for line in drawing.strip().splitlines()], dtype=np.int32
    )
    return History(
        grid=Grid(32616, 250.0),
        offence="theft",
        zone="UTC",
        basis="occurred",
        cells=CELLS,
        first_day=FIRST,
        counts=counts,
        outside=np.arange(len(counts), dtype=np.int32),
    )


WEEK = """
1 0 0
1 0 0
0 9 0
0 9 0
1 0 0
"""
MARKED = [FIRST + timedelta(days=2), FIRST + timedelta(days=3)]


def test_the_days_before_move_up_and_the_end_stays() -> None:
    whole, shorter = history(WEEK), without_days(history(WEEK), MARKED)
    assert shorter.counts.tolist() == [[1, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert shorter.outside.tolist() == [0, 1, 4]
    assert (shorter.first_day, shorter.end_day) == (FIRST + timedelta(days=2), whole.end_day)


def test_days_outside_the_history_change_nothing() -> None:
    around = [FIRST - timedelta(days=1), FIRST + timedelta(days=5)]
    assert without_days(history(WEEK), around).data_hash == history(WEEK).data_hash


def test_the_difference_is_told_for_the_whole_and_for_the_top_cells() -> None:
    end = history(WEEK).end_day
    found = without_marked(
        history(WEEK), model=PlainCounts(), period=Period(end, end + timedelta(days=5), "UTC"), marked=MARKED
    )
    assert (found.days, found.expected, found.expected_without) == (2, 21.0, 5.0)
    assert found.top_cells_moved == 1.0  # the second cell leads only because of the marked days


def test_a_history_that_is_marked_altogether_is_refused() -> None:
    with pytest.raises(BadInput, match="nothing is left of it"):
        without_days(history(WEEK), [FIRST + timedelta(days=day) for day in range(5)])
