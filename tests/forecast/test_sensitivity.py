"""What a forecast would have been without marked days: they are unknown and not quiet, and the difference is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.quality.window import UnreliableWindow
from peelian.domain.areas import Area, Areas
from peelian.domain.errors import BadInput
from peelian.domain.place import Grid, project
from peelian.domain.time import Period
from peelian.forecast.history import History
from peelian.forecast.models import catalogue
from peelian.forecast.models.counts import PlainCounts
from peelian.forecast.sensitivity import WithoutMarked, marked, unobserving, without_marked

FIRST = date(2024, 1, 1)
GRID = Grid(32616, 250.0)
CELLS = np.array([[1000, 18000], [1001, 18000], [1002, 18000]], dtype=np.int32)
LONG = 40
"""Days of a history in which a model speaks although five of them are marked."""


def history(drawing: str) -> History:
    """Draw a history: a line is a day, a digit the count of a cell."""
    counts = np.array(
        [[int(digit) for digit in line.split()] for line in drawing.strip().splitlines()], dtype=np.int32
    )
    return History(
        grid=GRID,
        offence="theft",
        zone="UTC",
        basis="occurred",
        cells=CELLS,
        first_day=FIRST,
        counts=counts,
        outside=np.arange(len(counts), dtype=np.int32),
    )


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def window(start: int, end: int, *areas: str, offences: tuple[str, ...] = ()) -> UnreliableWindow:
    days = Period(day(start), day(end), "UTC")
    return UnreliableWindow("w1", days, "beat" if areas else "", areas, offences, "a new system came", "p1")


def beat(area_id: str, cells: slice, *, start: date | None = None, end: date | None = None) -> Area:
    """Return the area around some of the three cells."""
    rings = [
        shapely.Polygon(np.stack(project(*ring.T, source="EPSG:32616", target="EPSG:4326"), axis=1))
        for ring in GRID.corners(CELLS[cells])
    ]
    return Area("beat", area_id, area_id, start, end, shapely.MultiPolygon(rings))


LAYERS = {"beat": Areas((beat("A", slice(0, 1)), beat("B", slice(1, 3))))}

WEEK = """
1 0 0
1 0 0
0 9 0
0 9 0
1 0 0
"""

MARKED = """
marks            flags of five days, a cell each
2-4              ... ... xxx xxx ...
2-4:A            ... ... x.. x.. ...
1-3:B            ... .xx .xx ... ...
0-2:A 1-3:B      x.. xxx .xx ... ...
1-2:A,B          ... xxx ... ... ...
4-9              ... ... ... ... xxx
1-3:Z            ... ... ... ... ...
"""


def drawn(mark: str) -> UnreliableWindow:
    days, _, areas = mark.partition(":")
    start, end = (int(number) for number in days.split("-"))
    return window(start, end, *(areas.split(",") if areas else ()))


@pytest.mark.parametrize("line", MARKED.strip().splitlines()[1:])
def test_a_cell_is_marked_where_its_centre_lies(line: str) -> None:
    marks, flags = line[:17].split(), line[17:].split()
    found = marked(history(WEEK), [drawn(mark) for mark in marks], layers=LAYERS)
    assert ["".join("x" if flag else "." for flag in each) for each in found] == flags


def test_the_outline_is_that_of_the_day() -> None:
    """Beat A is the first cell until the third day, and the second from then on."""
    moved = Areas((beat("A", slice(0, 1), end=day(2)), beat("A", slice(1, 2), start=day(2))))
    found = marked(history(WEEK), [window(1, 4, "A")], layers={"beat": moved})
    assert ["".join("x" if flag else "." for flag in each) for each in found] == [
        "...",
        "x..",
        ".x.",
        ".x.",
        "...",
    ]


def test_a_mark_on_another_offence_marks_nothing() -> None:
    assert not marked(history(WEEK), [window(0, 5, offences=("arson",))], layers=LAYERS).any()


UNOBSERVED = """
marks      left                     observed
2-4        100 100 100              3 3 3
2-4:A      000 000 190 190 100      3 5 5
2-4:B      100 100 000 000 100      5 3 3
1-2 2-4:B  100 000 000 100          4 2 2
"""


@pytest.mark.parametrize("line", UNOBSERVED.strip().splitlines()[1:])
def test_the_days_before_move_up_and_the_end_stays(line: str) -> None:
    marks, left, observed = line[:11].split(), line[11:36].split(), line[36:].split()
    whole = history(WEEK)
    less = unobserving(whole, marked(whole, [drawn(mark) for mark in marks], layers=LAYERS))
    assert ["".join(map(str, counts)) for counts in less.counts.tolist()] == left
    assert less.observed_days.tolist() == [int(number) for number in observed]
    assert less.end_day == whole.end_day


def test_where_nothing_is_marked_the_history_is_the_same() -> None:
    whole = history(WEEK)
    same = unobserving(whole, marked(whole, [window(-3, 0), window(5, 9)], layers=LAYERS))
    assert same.data_hash == whole.data_hash


def test_a_history_that_is_marked_altogether_is_refused() -> None:
    with pytest.raises(BadInput, match="nothing is left of it"):
        unobserving(history(WEEK), np.ones((5, 3), dtype=bool))


def compared(past: History, *marks: UnreliableWindow) -> WithoutMarked:
    """Compare plain counts of as many days to come as the history has."""
    period = Period(past.end_day, past.end_day + timedelta(days=past.days), "UTC")
    (found,) = without_marked(past, models=[PlainCounts()], period=period, windows=marks, layers=LAYERS)
    return found


STEADY = "1 2 4\n" * LONG

DIFFERENCES = """
marks   days  whole      A        B         says
-       0     280 280    -        -         nothing is marked
0-4     4     280 280    -        -         a steady city forecasts itself, whatever is not observed
0-4:A   4     280 280    40 40    -         and so does each area
9-12*   3     259 280    -        -         three days that told nothing held the city down
9-12:B* 3     262 280    -        222 240   in one area, only that area
0-4:Z   0     280 280    -        -         an area that is not on the map changes nothing
"""


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("line", DIFFERENCES.strip().splitlines()[1:])
def test_the_difference_is_told_in_total_and_by_area(line: str) -> None:
    """In the lines with a star nothing was recorded on the marked days, where they are marked."""
    mark, days, whole, here, there = line[:8].strip(), line[8:14], line[14:25], line[25:34], line[34:44]
    windows = [] if mark == "-" else [drawn(mark.strip("*"))]
    past = history(STEADY)
    if mark.endswith("*"):
        flags = marked(past, windows, layers=LAYERS)
        past = replace(past, counts=np.where(flags, 0, past.counts))
    found = compared(past, *windows)
    assert found.days == int(days)
    assert [found.expected, found.expected_without] == pytest.approx([float(n) for n in whole.split()])
    told = {area.area_id: [area.expected, area.expected_without] for area in found.areas if area.cells}
    drawn_areas = {name: text.split() for name, text in (("A", here), ("B", there)) if "-" not in text}
    assert told == {name: pytest.approx([float(n) for n in text]) for name, text in drawn_areas.items()}


def test_an_area_without_cells_is_told_as_such() -> None:
    (area,) = compared(history(STEADY), window(0, 4, "Z")).areas
    assert (area.layer, area.area_id, area.days, area.cells) == ("beat", "Z", 0, 0)


def test_a_cell_of_which_too_little_is_left_is_silent_and_in_neither_sum() -> None:
    found = compared(history(STEADY), window(0, LONG - 27, "A"))
    assert (found.silent_cells, found.expected, found.expected_without) == (1, 240.0, 240.0)


def test_top_cells_that_led_because_of_the_marked_days_are_others() -> None:
    quiet, burst = "2 0 0\n", "0 9 0\n"
    found = compared(history(quiet * 30 + burst * 8 + quiet * 2), window(30, 38))
    assert found.top_cells_moved == 1.0


NAMES = sorted(name for name, model in catalogue().items() if not model().needs_features)


@pytest.mark.parametrize("name", NAMES)
def test_every_model_takes_an_unobserved_day_for_unknown_and_not_for_quiet(name: str) -> None:
    whole = replace(history("1 1 1\n" * 100), cells=np.array([[1, 1], [50, 50], [99, 99]], dtype=np.int32))
    flags = np.zeros((100, 3), dtype=bool)
    flags[20:60, 0] = flags[90:, 1] = True
    period = Period(whole.end_day, whole.end_day + timedelta(days=7), "UTC")
    surface = catalogue()[name]().fit(unobserving(whole, flags)).predict(period)
    assert surface.mean == pytest.approx([7, 7, 7])
    parts = np.sum([part.values for part in surface.contributions], axis=0)
    assert parts == pytest.approx(surface.mean, abs=1e-9)


@settings(deadline=None)
@given(
    start=st.integers(0, LONG - 1),
    length=st.integers(1, 12),
    seed=st.integers(0, 9),
    name=st.sampled_from(["historical-mean", "plain-counts", "recency"]),
)
def test_a_mark_on_one_area_moves_no_cell_of_another(start: int, length: int, seed: int, name: str) -> None:
    counts = np.random.default_rng(seed).poisson(1.0, (LONG, 3)).astype(np.int32)
    past = replace(history(STEADY), counts=counts)
    less = unobserving(past, marked(past, [window(start, min(start + length, LONG), "A")], layers=LAYERS))
    period = Period(past.end_day, past.end_day + timedelta(days=7), "UTC")
    before, after = (catalogue()[name]().fit(each).predict(period).mean for each in (past, less))
    assert before[1:].tolist() == after[1:].tolist()
