"""A capability that forecasts worse than plain counts, from its own scores in a real house, halts by itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from peelian.app.sunset import review
from peelian.domain.errors import Refused
from peelian.domain.place import Grid
from peelian.forecast import service as forecasting
from peelian.governance.charter import example_text
from peelian.governance.circumstances.sunset import PERIODS
from peelian.governance.stopping.suspension import listed
from tests.houses import PURPOSE, START, TestHouse, charter, found

GRID = Grid(epsg=32616, size_m=250.0)
ZONE = "America/Chicago"
OLD, NEW = (-87.6500, 41.8500), (-87.6400, 41.8500)
CORNERS = ((-87.6520, 41.8480), (-87.6380, 41.8520))


def row(key: str, day: date, place: tuple[float, float]) -> str:
    lon, lat = place
    return f"{key}|{day} 12:00:00|{day + timedelta(days=1)} 08:00:00|{lon:.4f}|{lat:.4f}|burglary"


def misled() -> list[str]:
    """Return a history that misleads whoever trusts the latest weeks: most happened at OLD, of late all at NEW."""
    today = START.date()
    past = [row(f"O{n}", today - timedelta(days=220 + n % 60), OLD) for n in range(300)]
    late = [row(f"N{n}", today - timedelta(days=3 + n % 30), NEW) for n in range(260)]
    wide = [row(f"C{n}", today - timedelta(days=40 + n), place) for n, place in enumerate(CORNERS)]
    return [*past, *late, *wide]


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    made = found(tmp_path)
    first = START.date()
    lines = example_text(valid_from=first, expires=first + timedelta(days=365)).split("\n")
    models = [
        'models = ["recency", "plain-counts"]' if line.startswith("models =") else line for line in lines
    ]
    charter(made, text="\n".join(models))
    made.load(misled())
    return made


def a_week(house: TestHouse) -> datetime:
    """Commit a forecast, let its week pass with everything at OLD again, score it; return the week's end."""
    with house.desk() as desk:
        kept = forecasting.commit(desk, purpose=PURPOSE, grid=GRID, zone=ZONE)
    days = (kept.period.end - kept.period.start).days
    happened = [
        row(f"W{kept.period.start}-{n}", kept.period.start + timedelta(days=n), OLD) for n in range(days)
    ]
    house.clock.set(kept.period.end_utc + timedelta(days=1))
    house.load(happened)
    with house.desk() as desk:
        forecasting.score(desk, purpose=PURPOSE, forecast_id=kept.forecast_id)
    return kept.period.end_utc


@pytest.mark.requirement("E04")
def test_eight_weeks_below_plain_counts_end_it(house: TestHouse) -> None:
    for _ in range(PERIODS):
        with house.open() as opened:
            assert review(opened, actor=opened.signer("Ann"), purpose=PURPOSE) == ()
        a_week(house)
    with house.open() as opened:
        (entry,) = review(opened, actor=opened.signer("Ann"), purpose=PURPOSE)
        assert (entry.facts["capability"], entry.facts["grounds"]) == ("forecast.place", ["under-performs"])
        (told,) = [each for each in listed(opened.kit) if each.capability == "forecast.place"]
        assert "below plain counts" in told.why
    with pytest.raises(Refused, match="suspended-capability"):
        a_week(house)
