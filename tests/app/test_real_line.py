"""The main line of work on a real city's file, as its analysts would have walked it in September 2017."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from peelian.app import journey
from peelian.city.mapping.file import mapping_named
from peelian.city.service import LoadReport, load
from peelian.forecast import service as forecasting
from peelian.governance.charter import example_text
from peelian.patrol.service import KeptPlan
from tests.data import DATA, data_folder
from tests.houses import TestHouse, charter, found

pytestmark = data_folder("forecast")

PURPOSE = "theft-prevention"
ROWS = 282_850
CUT = datetime(2017, 9, 24, 23, 0, tzinfo=UTC)  # Sunday evening in Chicago


def theft_charter() -> str:
    first = CUT.date()
    text = example_text(valid_from=first, expires=first + timedelta(days=365))
    for old, new in (
        ('purpose = "burglary-prevention"', f'purpose = "{PURPOSE}"'),
        ('offences = ["burglary", "vehicle theft"]', 'offences = ["theft"]'),
        ('models = ["recency", "historical-mean", "kernel-density", "boosted-trees", "plain-counts"]',
         'models = ["recency", "plain-counts"]'),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    return text


def deliver(house: TestHouse) -> LoadReport:
    with house.open() as opened:
        return load(
            opened.desk(opened.signer("Ann")),
            file=DATA / "forecast" / "chicago_2016_2017Q3.parquet",
            mapping=mapping_named("chicago-2016"),
            purpose=PURPOSE,
            naming_key=opened.naming_key,
            epsg=opened.settings.epsg,
            progress=lambda done, total: None,
        )


def planned(house: TestHouse, forecast_id: str) -> KeptPlan:
    with house.open() as opened:
        proposed = journey.propose(
            opened,
            actor=opened.signer("Ann"),
            purpose=PURPOSE,
            forecast_id=forecast_id,
            offence="theft",
            shift_start=datetime(2017, 9, 25, 16),  # noqa: DTZ001  # civil time; the house knows its zone
            places=8,
            seed=7,
        )
    with house.open() as opened:
        actor = opened.signer("Abe")
        return journey.approve(opened, actor=actor, purpose=PURPOSE, plan_id=proposed.plan.plan_id)


def test_from_chicago_s_file_to_a_score(tmp_path: Path) -> None:
    house = found(tmp_path, start=CUT)
    charter(house, text=theft_charter())
    loaded = deliver(house)
    assert (loaded.read, loaded.accepted + loaded.rejected) == (ROWS, ROWS)
    again = deliver(house)
    assert (again.new, again.corrected, again.unchanged) == (0, 0, loaded.new)

    with house.open() as opened:
        desk, grid = opened.desk(opened.signer("Ann")), opened.settings.grid
        forecast = forecasting.commit(desk, purpose=PURPOSE, grid=grid, zone="America/Chicago", days=6)
    assert str(forecast.period) == "2017-09-25 to 2017-09-30 (America/Chicago)"
    assert not forecast.late
    plan = planned(house, forecast.forecast_id)
    assert [approval.name for approval in plan.approvals] == ["Abe"]

    house.clock.advance(timedelta(days=9))
    with house.open() as opened:
        desk = opened.desk(opened.signer("Ann"))
        score = forecasting.score(desk, purpose=PURPOSE, forecast_id=forecast.forecast_id)
        opened.kit.ledger.verify_all()
    (hit_rate,) = [
        row
        for row in score.rows
        if (row.model, row.metric, row.coverage) == ("plain-counts", "hit_rate", 0.01)
    ]
    assert 0.14 < (hit_rate.value or 0) < 0.26
    assert not score.late
