"""Windows of unreliable days: what they take out, and what they leave."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.quality.window import UnreliableWindow, excluded_days, window_from_document, without
from peelian.domain.errors import BadInput
from peelian.domain.time import Period

ZONE = "America/Chicago"
FIRST = date(2024, 3, 1)


def window(
    start: int, end: int, *, areas: tuple[str, ...] = (), offences: tuple[str, ...] = ()
) -> UnreliableWindow:
    days = Period(FIRST + timedelta(days=start), FIRST + timedelta(days=end), ZONE)
    return UnreliableWindow("w1", days, areas, offences, "records system was changed", "p1")


TABLE = """
day  offence   area
0    burglary  A
1    burglary  A
1    robbery   B
2    robbery   A
3    burglary  B
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()[1:]]
INCIDENTS = pa.table(
    {
        "local_date": pa.array([FIRST + timedelta(days=int(day)) for day, _, _ in ROWS], pa.date32()),
        "offence": [offence for _, offence, _ in ROWS],
        "row": list(range(len(ROWS))),
    }
)
AREAS = np.array([area for _, _, area in ROWS])

LEFT = [
    ([window(1, 3)], [0, 4]),
    ([window(1, 3, offences=("robbery",))], [0, 1, 4]),
    ([window(1, 3, areas=("A",))], [0, 2, 4]),
    ([window(1, 2, areas=("B",), offences=("burglary",))], [0, 1, 2, 3, 4]),
    ([window(0, 1), window(3, 4)], [1, 2, 3]),
    ([], [0, 1, 2, 3, 4]),
]


@pytest.mark.parametrize(("windows", "left"), LEFT)
def test_without(windows: list[UnreliableWindow], left: list[int]) -> None:
    assert without(INCIDENTS, windows, area_of=AREAS)["row"].to_pylist() == left


def test_a_window_of_areas_asks_for_areas() -> None:
    with pytest.raises(BadInput, match="area_of"):
        without(INCIDENTS, [window(1, 3, areas=("A",))])


def test_days_are_excluded_for_the_whole_city_only() -> None:
    windows = [window(4, 6), window(0, 2, offences=("robbery",)), window(7, 9, areas=("A",)), window(5, 7)]
    burglary, robbery = (
        [(day - FIRST).days for day in excluded_days(windows, offence=offence)]
        for offence in ("burglary", "robbery")
    )
    assert (burglary, robbery) == ([4, 5, 6], [0, 1, 4, 5, 6])


@settings(deadline=None)
@given(start=st.integers(0, 3), length=st.integers(1, 4))
def test_what_is_left_and_what_is_excluded_make_the_whole(start: int, length: int) -> None:
    marked = window(start, start + length)
    left = set(without(INCIDENTS, [marked])["local_date"].to_pylist())
    gone = set(excluded_days([marked], offence="burglary"))
    assert not left & gone
    assert left | gone >= set(INCIDENTS["local_date"].to_pylist())


def test_a_window_survives_its_document() -> None:
    marked = window(1, 3, areas=("A",), offences=("robbery",))
    assert window_from_document(marked.document()) == marked


def test_a_reason_says_something() -> None:
    with pytest.raises(BadInput, match="too short"):
        UnreliableWindow("w1", window(1, 3).period, (), (), "bad", "p1")
