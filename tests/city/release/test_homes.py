"""A release tells no number of the homes of a few, and lists no area of them by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely

from peelian.city.release.figures import Figure, Slice
from peelian.city.release.homes import fewest_told
from peelian.city.release.lattice import CoarseCells, NamedAreas
from peelian.city.release.service import publish_release
from peelian.domain.dwellings import Dwellings
from peelian.domain.errors import Refused
from peelian.domain.place import Grid
from tests.city.dwellings_layer import load_dwellings
from tests.city.release.test_service import SPEC, ZONE
from tests.houses import PURPOSE, TestHouse, charter, found, week_of_incidents

ROW = CoarseCells(Grid(32616, 500.0), 0, 0, 4, 1)
WEEK = Slice(date(2026, 2, 2), date(2026, 2, 9), "burglary", "victim-reported")
AREAS = NamedAreas(
    "beat", ("a", "b"), (shapely.box(0, 0, 500, 500), shapely.box(500, 0, 1000, 500)), epsg=32616
)


def homes(*numbers: int) -> Dwellings:
    """So many dwellings in each place of ROW: the first four are cells, a fifth is elsewhere."""
    order = [np.flatnonzero(ROW._cells[:, 0] == x)[0] for x in range(4)]
    at = {int(number): 250.0 + 500.0 * x for x, number in enumerate(order)} | {4: -9999.0}
    x_m = np.array([at[place] for place in range(len(numbers))])
    return Dwellings("s", date(2026, 1, 1), x_m, np.full(len(numbers), 250.0), np.array(numbers, np.int32))


def run(first: int, stop: int, count: int | None = 12) -> Figure:
    return Figure(WEEK, first, stop, count=count, k=10, edition=1)


@pytest.mark.parametrize(
    ("numbers", "figures", "fewest"),
    [
        ((3, 0, 40, 50, 60), [run(0, 1)], 3),
        ((3, 0, 40, 50, 60), [run(0, 2), run(2, 5)], 3),
        ((3, 0, 40, 50, 60), [run(0, 3), run(3, 5)], 43),
        ((0, 0, 40, 50, 60), [run(0, 2), run(2, 5)], 150),
        ((3, 0, 40, 50, 60), [run(0, 5, None)], None),
        ((0, 0, 0, 0, 0), [run(0, 5)], None),
        ((0, 0, 0, 0, 7), [run(0, 4), run(4, 5)], 7),
    ],
)
def test_a_run_with_a_number_stands_for_all_who_live_in_it(
    numbers: tuple[int, ...], figures: list[Figure], fewest: int | None
) -> None:
    assert fewest_told(ROW, figures, homes(*numbers)) == fewest


def test_an_area_listed_by_name_stands_for_those_who_live_in_it() -> None:
    layer = Dwellings(
        "s",
        date(2026, 1, 1),
        np.array([250.0, 750.0, 5000.0]),
        np.full(3, 250.0),
        np.array([4, 90, 1], np.int32),
    )
    assert fewest_told(AREAS, [run(0, 3)], layer) == 4
    assert fewest_told(AREAS, [run(0, 3)], replace(layer, number=np.array([0, 90, 1], np.int32))) == 90


def test_a_release_of_the_homes_of_a_few_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    house: TestHouse = found(tmp_path)
    charter(house)
    house.load(week_of_incidents())
    house.clock.advance(timedelta(days=70))
    load_dwellings(house, (-87.65, 41.85, "3"))
    with house.desk() as desk, pytest.raises(Refused) as refusal:
        publish_release(desk, purpose=PURPOSE, spec=SPEC, folder=tmp_path / "one", zone=ZONE)
    assert refusal.value.rule == "no-household-place"
    assert not (tmp_path / "one").exists()
    load_dwellings(house, (-87.65, 41.85, "30"))
    with house.desk() as desk:
        publish_release(desk, purpose=PURPOSE, spec=SPEC, folder=tmp_path / "one", zone=ZONE)
    assert (tmp_path / "one" / "counts.csv").exists()
