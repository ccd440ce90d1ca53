"""What a forecast says of a place to whoever asks: in words, and with small numbers withheld."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from peelian.domain.errors import BadInput
from peelian.domain.place import cell_holding, project
from peelian.domain.statement import yearly
from peelian.forecast.history import History
from peelian.forecast.kept import KeptForecast
from peelian.forecast.models.counts import PlainCounts
from peelian.forecast.models.recency import Recency
from peelian.forecast.statement import statements
from tests.forecast.towns import GRID, history, square, week_after

CELLS = square(10)


def forecast(past: History) -> KeptForecast:
    period = week_after(past)
    surfaces = tuple(model.fit(past).predict(period) for model in (Recency(), PlainCounts()))
    made = past.end_day
    at = datetime(made.year, made.month, made.day, tzinfo=UTC)
    return KeptForecast("f1", period, surfaces, "Ann", at, 7, None)


def told(counts: np.ndarray, row: int):
    x, y = GRID.centres(CELLS[[row]])[0]
    lon, lat = project([x], [y], source=f"EPSG:{GRID.epsg}", target="EPSG:4326")
    assert cell_holding(GRID, lon_deg=lon[0], lat_deg=lat[0]) == tuple(CELLS[row])
    past = history(counts, CELLS)
    (said,) = statements(forecast(past), lon_deg=float(lon[0]), lat_deg=float(lat[0]), k=10, by="p")
    return said


def town(often: int) -> np.ndarray:
    """A year in which row 0 has `often` incidents, spread evenly, and all others have one each."""
    counts = np.zeros((365, len(CELLS)), np.int32)
    counts[180, :] = 1
    counts[:, 0] = 0
    counts[np.linspace(0, 364, often).astype(int), 0] += 1
    return counts


@pytest.mark.requirement("T07")
def test_a_place_with_many_is_told_how_many_its_rank_and_its_parts() -> None:
    said = told(town(200), 0)
    assert "Plain counts of the last 365 days said about 200 in a year" in said.says
    assert "among the highest 1% of the area" in said.says
    assert "Made by recency v1 from what was occurred before" in said.grounds
    assert "Its largest parts:" in said.grounds
    assert said.involved == ("p",)


def test_of_a_place_with_few_neither_number_nor_parts_are_told() -> None:
    said = told(town(9), 0)
    assert "expected fewer than 10 in a year" in said.says
    assert "said fewer than 10 in a year" in said.says
    assert "parts" not in said.grounds
    assert said.expected is not None  # for those who oversee


def test_two_places_that_differ_by_one_incident_below_k_are_told_the_same() -> None:
    assert told(town(3), 0).says == told(town(4), 0).says


def test_of_a_place_outside_nothing_is_said() -> None:
    past = history(town(9), CELLS)
    (said,) = statements(forecast(past), lon_deg=-87.0, lat_deg=41.85, k=10, by="p")
    assert said.says == "Of theft it says nothing about this place."
    assert said.expected is None


def test_a_point_on_the_other_side_of_the_earth_has_no_cell() -> None:
    with pytest.raises(BadInput, match="far outside of this city"):
        cell_holding(GRID, lon_deg=0.0, lat_deg=0.0)


@pytest.mark.parametrize(
    ("expected", "days", "says"),
    [
        (0.0, 7, "fewer than 10"),
        (9.99 * 7 / 365, 7, "fewer than 10"),
        (10.0, 365, "about 10"),
        (3.0, 7, "about 156"),
    ],
)
def test_a_number_is_told_from_k_on(expected: float, days: int, says: str) -> None:
    assert yearly(expected, days=days, k=10) == f"{says} in a year"
