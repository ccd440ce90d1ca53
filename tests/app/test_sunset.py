"""Sunset on a house: a forecast that does worse than plain counts for eight weeks stops itself, and no other does."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from peelian.app.sunset import review, scored_periods
from peelian.city import service as city
from peelian.domain.errors import BadInput, Refused
from peelian.domain.time import Period, utc
from peelian.forecast import service as forecasting
from peelian.forecast.service import BASELINE, KeptScore, ScoreRow
from peelian.governance.charter import example_text
from peelian.governance.circumstances.sunset import PERIODS
from peelian.governance.circumstances.suspended import State
from peelian.governance.house import House
from peelian.governance.ledger.entry import Entry
from peelian.governance.service import hold_against_ledger
from peelian.governance.stopping.suspension import approve_change, listed, propose_change
from peelian.simulate.service import Simulation, simulate
from peelian.simulate.spec import GROUPS, CitySpec
from tests.houses import PURPOSE, START, TestHouse, charter, found

ZONE = ZoneInfo("America/Chicago")
MONDAY = date(2026, 3, 9)
"""The first day of the first week that is forecast."""
MOVED = date(2025, 1, 6)
"""From here on everything happens on the other side of the town: plain counts of a year forget it, a mean of all the
years does not."""
TOWN = CitySpec(
    name="Smallmere (synthetic)",
    width_m=4_000.0,
    height_m=4_000.0,
    days=(MONDAY + timedelta(weeks=PERIODS + 3) - date(2023, 1, 2)).days,
    groups=(replace(GROUPS[0], weekly_rate=30.0),),
)


class Town(TestHouse):
    """A house in a synthetic town, where every week is forecast by the mean of all years."""

    __test__ = False
    simulation: Simulation
    moved: date | None

    @contextmanager
    def on_the_eve_of(self, week: date) -> Iterator[House]:
        """Open the house on the evening before a week, with what was recorded of late, or at first ever, loaded."""
        since = TOWN.start if week == MONDAY else week - timedelta(days=21)
        self.clock.set(utc(datetime.combine(week - timedelta(days=1), time(18), ZONE)))
        with self.open() as opened:
            city.load(
                opened.desk(opened.signer("Ann")),
                file=self.delivered(since=since),
                mapping=city.mapping_named("synthetic"),
                purpose=PURPOSE,
                naming_key=opened.naming_key,
                epsg=opened.settings.epsg,
                progress=lambda done, total: None,
            )
            yield opened

    def delivered(self, *, since: date) -> Path:
        """Write what was recorded from a day on, with what happens since the move on the other side."""
        file = self.home.parent / "delivery.csv"
        self.simulation.deliver(file, recorded_before=self.clock.now())
        with file.open(encoding="utf-8") as written:
            rows = [row for row in csv.DictReader(written) if row["recorded"] >= since.isoformat()]
        west, _, east, _ = TOWN.bounds_deg
        for row in rows:
            if self.moved is not None and row["occurred_start"] >= self.moved.isoformat():
                row["lon"] = f"{west + east - float(row['lon']):.6f}"
        with file.open("w", encoding="utf-8", newline="") as rewritten:
            writer = csv.DictWriter(rewritten, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return file


def forecast(opened: House, week: date) -> str:
    """Commit the forecast of a week; return its id."""
    desk, settings = opened.desk(opened.signer("Ann")), opened.settings
    kept = forecasting.commit(desk, purpose=PURPOSE, grid=settings.grid, zone=settings.zone, start=week)
    return kept.forecast_id


def score(opened: House, forecast_id: str) -> tuple[Entry, ...]:
    """Score a week that is over, as the command does; return what suspended itself."""
    ann = opened.signer("Ann")
    forecasting.score(opened.desk(ann), purpose=PURPOSE, forecast_id=forecast_id)
    return review(opened, actor=ann, purpose=PURPOSE)


WEEKS = [MONDAY + timedelta(weeks=number) for number in range(PERIODS + 2)]


def town(folder: Path, *, moved: date | None) -> Town:
    """Found the house, with its charter and three years of the town."""
    founded = found(folder, start=START)
    house = Town(founded.home, founded.clock, founded.witness_home)
    house.simulation, house.moved = simulate(seed=7, spec=TOWN), moved
    first = house.clock.now().date()
    text = example_text(valid_from=first, expires=first + timedelta(days=365))
    lines = [
        'models = ["historical-mean"]'
        if line.startswith("models =")
        else 'offences = ["burglary"]'
        if line.startswith("offences =")
        else line
        for line in text.split("\n")
    ]
    charter(house, text="\n".join(lines))
    return house


def weeks(house: Town) -> Iterator[tuple[Entry, ...]]:
    """Live through eight weeks: on each eve the week before the last is scored; yield what suspended itself then."""
    committed: list[str] = []
    for number, week in enumerate(WEEKS):
        with house.on_the_eve_of(week) as opened:
            suspended = score(opened, committed[number - 2]) if number >= 2 else None
            if week != WEEKS[-1]:
                committed.append(forecast(opened, week))
        if suspended is not None:
            yield suspended


@pytest.mark.requirement("E04", "T09")
def test_a_forecast_that_eight_weeks_show_below_plain_counts_stops_itself(tmp_path: Path) -> None:
    house = town(tmp_path, moved=MOVED)
    *before, after = weeks(house)
    assert before == [()] * (PERIODS - 1)
    (entry,) = after
    assert (entry.kind, entry.facts["capability"]) == ("capability.suspended", "forecast.place")
    assert entry.facts["grounds"] == ["under-performs"]
    why = str(entry.facts["why"])
    print(why)
    assert why.startswith("Over 8 scored periods it lay below plain counts by ")
    assert "95 % interval" in why
    with house.open() as opened:
        (notice,) = [row for row in listed(opened.kit) if row.state is not State.IN_USE]
    assert (notice.capability, notice.state, notice.why) == ("forecast.place", State.SUSPENDED, why)
    with house.open() as opened:
        with pytest.raises(Refused, match=r"\[suspended-capability: .*peelian capability list"):
            forecast(opened, WEEKS[-1])
    with house.open() as opened:
        kit, ann, abe = opened.kit, opened.signer("Ann"), opened.signer("Abe")
        for nothing in ("", "ok", "because"):
            with pytest.raises(BadInput):
                propose_change(kit, actor=ann, capability="forecast.place", to=State.IN_USE, why=nothing)
        ground = "The mean is taken over one year now, as plain counts are; three past years were tried."
        propose_change(kit, actor=ann, capability="forecast.place", to=State.IN_USE, why=ground)
        with pytest.raises(Refused, match="two-persons"):
            approve_change(kit, actor=ann, capability="forecast.place")
        approve_change(kit, actor=abe, capability="forecast.place")
        assert review(opened, actor=ann, purpose=PURPOSE) == (), "the weeks before do not count again"
        hold_against_ledger(kit)
        forecast(opened, WEEKS[-1])


@pytest.mark.requirement("E04")
def test_in_an_ordinary_town_the_same_house_goes_on(tmp_path: Path) -> None:
    house = town(tmp_path, moved=None)
    assert list(weeks(house)) == [()] * PERIODS
    with house.open() as opened:
        forecast(opened, WEEKS[-1])
        assert {row.state for row in listed(opened.kit)} == {State.IN_USE}
        assert "capability.suspended" not in {entry.kind for entry in opened.kit.ledger.entries()}


def told(
    forecast_id: str, *diffs: float, period: date = MONDAY, day: int = 8, model: str = "recency"
) -> KeptScore:
    """Return the score of a forecast, with a row for each offence."""
    rows = [
        ScoreRow(f"offence {n}", model, "pai", 0.05, 9, None, None, None, None, diff, None, None)
        for n, diff in enumerate(diffs)
    ]
    noise = [
        replace(rows[0], metric="hit_rate", diff=99.0),
        replace(rows[0], coverage=0.01, diff=99.0),
        replace(rows[0], model=BASELINE, diff=0.0),
        replace(rows[0], diff=None),
    ]
    at = utc(datetime.combine(period + timedelta(days=day), time(9), ZONE))
    week = Period(period, period + timedelta(days=7), str(ZONE))
    return KeptScore(forecast_id, week, False, (*noise, *rows), "Ann", at, 1)


def test_a_week_counts_once_however_often_it_is_forecast_and_scored() -> None:
    later = MONDAY + timedelta(days=7)
    kept = [
        told("a", -1.0, -2.0, day=8),
        told("b", 3.0, day=9),
        told("a", 50.0, day=10),
        told("c", 0.5, period=later),
        told("d", -7.0, period=later + timedelta(days=7), model=BASELINE),
    ]
    assert [(each.capability, each.scored_at, each.difference) for each in scored_periods(kept)] == [
        ("forecast.place", kept[0].scored_at, 0.0),
        ("forecast.place", kept[3].scored_at, 0.5),
    ]
