"""No claim finer than the data: coarse places carry no small cells, months carry no weeks, snap points no 250 m."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from peelian.city.mapping.file import parse_mapping
from peelian.city.service import load
from peelian.domain.errors import BadInput
from peelian.domain.place import Grid
from peelian.forecast.service import commit, evaluate_stored
from tests.houses import MAPPING, PURPOSE, TestHouse, charter, found, week_of_incidents

ROWS = week_of_incidents(first=date(2026, 2, 2), days=28)


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    charter(made)
    return made


def take_in(house: TestHouse, change: tuple[str, str], rows: list[str]) -> None:
    mapping = parse_mapping(MAPPING.replace(*change), name="test.yaml")
    path = house.home.parent / "delivery.csv"
    lines = ["id,when,recorded,lon,lat,offence", *(row.replace("|", ",") for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with house.open() as opened:
        load(
            opened.desk(opened.signer("Ann")),
            file=path,
            mapping=mapping,
            purpose=PURPOSE,
            naming_key=opened.naming_key,
            epsg=opened.settings.epsg,
            progress=lambda done, total: None,
        )


def forecast(house: TestHouse, *, cell_m: float = 250.0) -> None:
    with house.desk() as desk:
        commit(desk, purpose=PURPOSE, grid=Grid(32616, cell_m), zone="America/Chicago")


EXACT = ("precision_m: 1\n", "precision_m: 125\n")
COARSE = ("precision_m: 1\n", "precision_m: 126\n")
SNAPPED = ("precision_m: 1\n", "precision_m: 10\nsnapped: {addresses: 8, addresses_per_km2: 1900}\n")
BY_MONTH = ("precision_m: 1\n", "precision_m: 1\ntime_resolution: month\n")


@pytest.mark.parametrize(
    ("source", "cell_m", "stands"),
    [
        (EXACT, 250, True),
        (COARSE, 250, False),
        (COARSE, 252, True),
        (SNAPPED, 250, False),
        (SNAPPED, 460, True),
    ],
)
def test_a_cell_measures_twice_the_precision_and_holds_an_output_area_of_snap_points(
    house: TestHouse, source: tuple[str, str], cell_m: float, stands: bool
) -> None:
    take_in(house, source, ROWS)
    if stands:
        return forecast(house, cell_m=cell_m)
    with pytest.raises(
        BadInput, match=f"56 of 56 stored incidents have places too coarse for cells of {cell_m} m"
    ):
        forecast(house, cell_m=cell_m)
    assert "forecast.committed" not in house.entries()
    return None


def test_a_month_carries_no_forecast_of_days(house: TestHouse) -> None:
    take_in(house, BY_MONTH, ROWS)
    with pytest.raises(BadInput, match="the month alone is known"):
        forecast(house)
    with house.desk() as desk, pytest.raises(BadInput, match="the month alone is known"):
        evaluate_stored(
            desk,
            purpose=PURPOSE,
            grid=Grid(32616, 250.0),
            zone="America/Chicago",
            origins=2,
            rng=np.random.default_rng(1),
        )


def test_a_few_coarse_places_among_exact_ones_do_not_stop_a_forecast(house: TestHouse) -> None:
    take_in(house, EXACT, ROWS)
    take_in(house, (COARSE[0], f"{COARSE[1]}"), [ROWS[0].replace("K000-0", "coarse")])
    forecast(house)
