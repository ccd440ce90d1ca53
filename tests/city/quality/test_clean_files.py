"""A clean file raises no alarm: what the real files raise is in them, and the synthetic city raises nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from peelian.city.intake.clean import clean
from peelian.city.intake.read import read
from peelian.city.mapping.file import mapping_named
from peelian.city.quality.examine import examine
from peelian.city.quality.finding import Finding
from peelian.city.quality.rows import rows_of
from peelian.domain.place import Grid
from peelian.simulate.service import Simulation, simulate
from tests.city.quality.judging import located_in, untouched
from tests.city.quality.planting import BURGLARY, CHICAGO, NEW_YORK, THEFT_OF_AUTO, times
from tests.data import data_folder

REAL = """
file      severity  name            period     rows
chicago   alarm     place-piles     2017-08-01  217
new-york  alarm     noon            -          3161
new-york  alarm     equal-rows      -          2751
new-york  note      first-of-month  -          1164
"""
FILES = {"chicago": CHICAGO, "new-york": NEW_YORK, "theft": THEFT_OF_AUTO, "burglary": BURGLARY}
real_data = data_folder("forecast")


@real_data
@pytest.mark.parametrize("name", FILES)
def test_what_a_real_file_raises_is_known_and_explained(name: str) -> None:
    lines = [line.split()[1:] for line in REAL.strip().splitlines()[1:] if line.split()[0] == name]
    found = [
        [each.severity, each.name, str(each.period.start) if each.period else "-", f"{each.size.value:.0f}"]
        for each in untouched(FILES[name])
    ]
    assert sorted(found) == sorted(lines)


@real_data
def test_the_piles_of_chicago_are_four_days_of_a_festival() -> None:
    """Thefts of 3 to 6 August 2017 at two points of Millennium Park: true, and no defect of the file."""
    table = CHICAGO.table()
    days, lon, lat = times(table).astype("M8[D]"), table["lon"].to_numpy(), table["lat"].to_numpy()
    festival = (days >= np.datetime64("2017-08-03")) & (days <= np.datetime64("2017-08-06"))
    there = (np.abs(lon + 87.6192) < 0.0001) & (np.abs(lat - 41.8843) < 0.0001)
    assert int((festival & there).sum()) == 197
    assert int((there & ~festival).sum()) < 197


@real_data
def test_new_york_tells_twice_as_much_for_noon_as_for_the_hours_beside_it() -> None:
    moments = times(NEW_YORK.table())
    second = (moments - moments.astype("M8[D]")).astype(int)
    at = {hour: int((second == 3600 * hour).sum()) for hour in (11, 12, 13)}
    assert at == {11: 2861, 12: 6301, 13: 3439}


@real_data
def test_new_york_has_equal_rows_in_every_month_alike() -> None:
    (equal,) = [each for each in untouched(NEW_YORK) if each.name == "equal-rows"]
    assert equal.period is None


def delivered(simulation: Simulation, folder: Path, *, recorded_before: datetime) -> tuple[Finding, ...]:
    path = folder / "synthetic.csv"
    simulation.deliver(path, recorded_before=recorded_before)
    mapping = mapping_named("synthetic")
    rows = clean(
        read(path, mapping=mapping), mapping=mapping, key=b"key", epsg=32616, loaded_on=date(2026, 1, 1)
    ).accepted
    standing = rows.filter(pc.invert(rows["withdrawn"]))
    squares = [(standing[axis].to_numpy() // 2_000).astype(int).astype(str) for axis in ("x_m", "y_m")]
    area_of = np.char.add(np.char.add(squares[0], "-"), squares[1])
    examined = rows_of(standing, zone="America/Chicago", epsg=32616)
    return examine(examined, source="synthetic", grid=Grid(32616, 250.0), located=located_in(area_of))


@pytest.mark.parametrize(
    "recorded_before",
    [datetime(2026, 1, 1, tzinfo=UTC), datetime(2024, 5, 15, 7, tzinfo=UTC)],
    ids=["all of it", "as of a morning, the newest days still coming in"],
)
def test_the_synthetic_city_raises_nothing(tmp_path: Path, recorded_before: datetime) -> None:
    assert delivered(simulate(seed=31), tmp_path, recorded_before=recorded_before) == ()
