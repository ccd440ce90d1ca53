"""Places and periods are declared beforehand, by geography alone."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.release.lattice import (
    CoarseCells,
    NamedAreas,
    Step,
    cells_over,
    hilbert,
    lattice_digest,
)
from peelian.domain.errors import BadInput
from peelian.domain.place import Grid, project

KM = Grid(32616, 1000.0)
SQUARES = (shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000))
BEATS = NamedAreas("beat", ("0111", "0112"), SQUARES, epsg=32616)


@pytest.mark.parametrize(
    ("step", "first", "end", "periods"),
    [
        (Step.WEEK, date(2025, 12, 29), date(2026, 1, 12), 2),
        (Step.MONTH, date(2025, 11, 1), date(2026, 3, 1), 4),
        (Step.QUARTER, date(2025, 10, 1), date(2026, 4, 1), 2),
    ],
)
def test_periods_are_whole_and_follow_each_other(step: Step, first: date, end: date, periods: int) -> None:
    found = step.periods(first, end)
    assert len(found) == periods
    assert found[0][0] == first
    assert found[-1][1] == end


@pytest.mark.parametrize(
    ("step", "first", "end"),
    [
        (Step.WEEK, date(2026, 1, 1), date(2026, 1, 8)),
        (Step.MONTH, date(2026, 1, 2), date(2026, 2, 1)),
        (Step.MONTH, date(2026, 1, 1), date(2026, 2, 2)),
        (Step.QUARTER, date(2026, 2, 1), date(2026, 5, 1)),
        (Step.MONTH, date(2026, 2, 1), date(2026, 2, 1)),
    ],
)
def test_days_that_are_not_whole_periods_are_refused(step: Step, first: date, end: date) -> None:
    with pytest.raises(BadInput, match=f"not whole {step}s"):
        step.periods(first, end)


@pytest.mark.parametrize("side", [1, 2, 4, 8, 16])
def test_hilberts_curve_visits_every_cell_and_steps_to_a_neighbour(side: int) -> None:
    path = sorted((hilbert(x, y, side=side), x, y) for x in range(side) for y in range(side))
    assert [position for position, _, _ in path] == list(range(side * side))
    steps = [abs(a[1] - b[1]) + abs(a[2] - b[2]) for a, b in pairwise(path)]
    assert set(steps) <= {1}


@given(st.integers(1, 9), st.integers(1, 9), st.integers(-5, 5), st.integers(-5, 5))
@settings(deadline=None)
def test_a_cell_holds_its_own_centre_and_all_else_is_elsewhere(
    wide: int, high: int, ix: int, iy: int
) -> None:
    cells = CoarseCells(KM, ix, iy, wide, high)
    named = [name.split() for name in cells.names[:-1]]
    at = np.array([[int(x[1:]), int(y[1:])] for _, x, y in named], dtype=np.int32)
    assert len(set(cells.names)) == wide * high + 1
    x_m, y_m = KM.centres(at).T
    assert cells.numbers_of(x_m, y_m).tolist() == list(range(wide * high))
    outside = cells.numbers_of(np.array([ix * 1000.0 - 1, (ix + wide) * 1000.0]), np.array([iy * 1000.0] * 2))
    assert outside.tolist() == [wide * high] * 2


def test_cells_over_a_box_of_degrees_cover_it() -> None:
    cells = cells_over((-87.7, 41.8, -87.6, 41.9), epsg=32616, size_m=1000)
    lon, lat = np.random.default_rng(3).uniform((-87.7, 41.8), (-87.6, 41.9), (500, 2)).T
    numbers = cells.numbers_of(*project(lon, lat, source="EPSG:4326", target="EPSG:32616"))
    assert numbers.max() < len(cells.names) - 1
    outline = shapely.from_wkt(cells.outlines[int(numbers[0])])
    assert outline.buffer(1e-5).contains(shapely.Point(lon[0], lat[0]))
    assert cells.outlines[-1] == ""


def test_a_point_on_a_shared_edge_belongs_to_the_area_listed_first() -> None:
    numbers = BEATS.numbers_of(np.array([500.0, 1000.0, 1500.0, 9000.0]), np.full(4, 500.0))
    assert numbers.tolist() == [0, 0, 1, 2]
    assert BEATS.names == ("0111", "0112", "elsewhere")


def test_places_smaller_than_a_square_of_500_m_are_refused() -> None:
    with pytest.raises(BadInput, match="500 m or more"):
        CoarseCells(Grid(32616, 250.0), 0, 0, 2, 2)
    with pytest.raises(BadInput, match="'0113' has 10,000 m2"):
        NamedAreas("beat", ("0113",), (shapely.box(0, 0, 100, 100),), epsg=32616)


def test_an_area_redrawn_or_listed_otherwise_is_another_lattice() -> None:
    redrawn = NamedAreas("beat", ("0111", "0112"), (SQUARES[0], shapely.box(1000, 0, 2001, 1000)), epsg=32616)
    listed = NamedAreas("beat", ("0112", "0111"), SQUARES[::-1], epsg=32616)
    same = NamedAreas("beat", ("0111", "0112"), tuple(shapely.reverse(SQUARES)), epsg=32616)
    month = lattice_digest(BEATS, Step.MONTH)
    assert lattice_digest(same, Step.MONTH) == month
    others = {lattice_digest(redrawn, Step.MONTH), lattice_digest(listed, Step.MONTH)}
    assert len({month, lattice_digest(BEATS, Step.QUARTER), *others}) == 4
