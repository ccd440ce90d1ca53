"""The door of forecasting: committed before its period or late, unchanged or refused, scored beside plain counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.domain.surface import Scale
from peelian.domain.time import Period, SimulatedClock
from peelian.forecast import service as forecasting
from peelian.forecast.service import BASELINE, KeptForecast
from peelian.forecast.unscored import SCORED_WITHIN, UNSCORED, overdue
from peelian.governance.desk import Desk
from peelian.governance.house import open_house
from peelian.governance.ledger.witness import WitnessProcess
from peelian.governance.ledger.witnesses import Witnesses
from tests.houses import PURPOSE, TestHouse, charter, found, week_of_incidents

ZONE = "America/Chicago"


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    founded = found(tmp_path)
    charter(founded)
    founded.load(week_of_incidents(first=date(2026, 1, 26), days=34))
    return founded


@contextmanager
def unwitnessed(house: TestHouse) -> Iterator[Desk]:
    house.clock.advance(timedelta(minutes=1))
    with open_house(house.home, witness_home=None, clock=house.clock) as opened:
        yield opened.desk(opened.signer("Ann"))


def commit(desk: Desk, house: TestHouse, *, start: date | None = None) -> KeptForecast:
    with_grid = {"grid": _grid(), "zone": ZONE}
    return forecasting.commit(desk, purpose=PURPOSE, start=start, **with_grid)


def _grid():
    from peelian.domain.place import Grid

    return Grid(epsg=32616, size_m=250.0)


@pytest.mark.requirement("E01")
def test_a_forecast_is_committed_and_witnessed_before_its_period(house: TestHouse) -> None:
    with house.desk() as desk:
        kept = commit(desk, house)
    assert not kept.late
    assert kept.committed_at <= kept.period.start_utc
    assert kept.witnessed_at is not None
    assert kept.witnessed_at < kept.period.start_utc
    assert {surface.cutoff.basis for surface in kept.surfaces} == {"recorded"}
    assert BASELINE in {surface.model.name for surface in kept.surfaces}


def test_what_comes_back_is_what_was_committed_to_the_last_bit(house: TestHouse) -> None:
    with house.desk() as desk:
        kept = commit(desk, house)
    with house.desk() as desk:
        again = forecasting.read(desk, purpose=PURPOSE, forecast_id=kept.forecast_id)
    assert [s.digest() for s in again.surfaces] == [s.digest() for s in kept.surfaces]
    assert again.entry_index == kept.entry_index


@pytest.mark.requirement("E01")
def test_a_forecast_nobody_witnessed_is_late(house: TestHouse) -> None:
    with unwitnessed(house) as desk:
        kept = commit(desk, house)
    assert kept.late


@pytest.mark.requirement("E01")
def test_a_forecast_witnessed_after_its_period_began_is_late(house: TestHouse) -> None:
    with unwitnessed(house) as desk:
        kept = commit(desk, house)
    house.clock.set(kept.period.start_utc)
    with house.open() as opened:
        opened.cosign()
    with house.desk() as desk:
        assert forecasting.read(desk, purpose=PURPOSE, forecast_id=kept.forecast_id).late


def test_a_period_that_has_begun_cannot_be_forecast(house: TestHouse) -> None:
    today = house.clock.now().date()
    with house.desk() as desk, pytest.raises(Refused, match="forecast-before-its-period"):
        commit(desk, house, start=today)


def test_a_forecast_sees_nothing_recorded_after_its_cutoff(house: TestHouse) -> None:
    """The same forecast again, after a late report of an old day has come in: its cutoff keeps it out."""
    with house.desk() as desk:
        before = commit(desk, house)
    house.load([*week_of_incidents(first=date(2026, 1, 26), days=34), _late_report(before)])
    with house.desk() as desk:
        after = commit(desk, house)
    assert [s.data_hash for s in after.surfaces] == [s.data_hash for s in before.surfaces]


def _late_report(kept: KeptForecast) -> str:
    recorded = f"{kept.surfaces[0].cutoff.day} 00:30:00"
    return f"LATE|2026-02-10 12:00:00|{recorded}|-87.6500|41.8500|burglary"


@pytest.mark.requirement("E01")
def test_a_changed_surface_is_refused(house: TestHouse) -> None:
    with house.desk() as desk:
        kept = commit(desk, house)
    (path,) = (house.home / "warehouse" / "surface").rglob("*.parquet")
    table = pq.read_table(path)
    pq.write_table(table.set_column(5, "mean", pa.array([1.0] * table.num_rows)), path)
    with house.desk() as desk, pytest.raises(Tampered):
        forecasting.read(desk, purpose=PURPOSE, forecast_id=kept.forecast_id)
    with sqlite3.connect(house.home / "records" / "records.db") as database:
        database.execute("UPDATE records SET body = replace(body, '\"level\":0.9', '\"level\":0.8')")
    with house.desk() as desk, pytest.raises(Tampered):
        forecasting.read(desk, purpose=PURPOSE, forecast_id=kept.forecast_id)


def test_the_lead_is_a_model_that_explains_itself(house: TestHouse) -> None:
    with house.desk() as desk:
        kept = commit(desk, house)
    lead = kept.surface("burglary")
    assert lead.scale is not Scale.NONE
    assert lead.model.name != BASELINE
    with pytest.raises(BadInput, match="holds no surface of 'arson'"):
        kept.surface("arson")


@pytest.mark.requirement("E01")
def test_a_score_stands_beside_plain_counts_and_is_kept(house: TestHouse) -> None:
    with house.desk() as desk:
        kept = commit(desk, house)
    with house.desk() as desk, pytest.raises(BadInput, match="not over yet"):
        forecasting.score(desk, purpose=PURPOSE, forecast_id=kept.forecast_id)
    house.clock.set(kept.period.end_utc + timedelta(days=1))
    rows = week_of_incidents(first=kept.period.start, days=7)
    house.load([*(row.replace("K", "N") for row in rows), later(kept)])
    with house.desk() as desk:
        score = forecasting.score(desk, purpose=PURPOSE, forecast_id=kept.forecast_id)
        assert forecasting.read_scores(desk, purpose=PURPOSE, forecast_id=kept.forecast_id) == (score,)
    burglary = [row for row in score.rows if row.offence == "burglary"]
    assert {row.events for row in burglary} == {10}
    assert all(row.baseline is not None or row.metric == "pei" for row in burglary)
    (plain,) = [r for r in burglary if (r.model, r.metric, r.coverage) == (BASELINE, "hit_rate", 0.01)]
    assert plain.value == plain.baseline == pytest.approx(0.7)
    assert (plain.diff, plain.diff_lo, plain.diff_hi) == (0, 0, 0)


def test_silence_is_not_scored_as_zero(house: TestHouse) -> None:
    with house.desk() as desk:
        kept = commit(desk, house)
    house.clock.set(kept.period.end_utc + timedelta(days=1))
    before = house.entries().count("forecast.scored")
    with house.desk() as desk, pytest.raises(BadInput, match="load the newer delivery first"):
        forecasting.score(desk, purpose=PURPOSE, forecast_id=kept.forecast_id)
    assert house.entries().count("forecast.scored") == before


def test_silence_is_no_basis_for_a_forecast(house: TestHouse) -> None:
    house.clock.advance(timedelta(days=40))
    with house.desk() as desk, pytest.raises(BadInput, match="load the newer delivery first"):
        commit(desk, house)


def test_a_week_of_which_nothing_was_recorded_is_undefined_and_nothing_more(house: TestHouse) -> None:
    with house.desk() as desk:
        kept = commit(desk, house)
    house.clock.set(kept.period.end_utc + timedelta(days=1))
    house.load([later(kept)])
    with house.desk() as desk:
        score = forecasting.score(desk, purpose=PURPOSE, forecast_id=kept.forecast_id)
    hit_rates = [row for row in score.rows if row.metric == "hit_rate"]
    assert hit_rates
    assert all((row.value, row.lo, row.hi, row.events) == (None, None, None, 0) for row in hit_rates)


def later(kept: KeptForecast) -> str:
    """Return an incident of the day after the period: it shows that the delivery reaches so far."""
    day = kept.period.end
    return f"AFTER|{day} 01:00:00|{day} 02:00:00|-87.6500|41.8500|burglary"


def test_a_witness_that_is_not_the_house_s_own_makes_no_late_forecast_timely(house: TestHouse) -> None:
    with unwitnessed(house) as desk:
        kept = commit(desk, house)
    stranger = SimulatedClock(kept.period.start_utc - timedelta(minutes=5))
    house.clock.set(kept.period.start_utc)
    with house.open() as opened:
        other = WitnessProcess(house.home.parent / "other", name="evil.example/simulated", simulated=stranger)
        assert Witnesses((other,), 1).cosign(opened.kit.ledger).time < kept.period.start_utc
    with house.desk() as desk:
        assert forecasting.read(desk, purpose=PURPOSE, forecast_id=kept.forecast_id).late


@pytest.mark.requirement("E04")
def test_no_forecast_is_added_where_eight_are_left_unscored(house: TestHouse) -> None:
    """What is never scored never suspends itself; a capability is not kept in use by looking away."""
    kept = []
    for _ in range(UNSCORED):
        with house.desk() as desk:
            kept.append(commit(desk, house))
    house.clock.set(kept[-1].period.end_utc + SCORED_WITHIN - timedelta(minutes=2))
    day = house.clock.now().date()
    house.load([f"LATER|{day} 01:00:00|{day} 02:00:00|-87.6500|41.8500|burglary"])
    with house.desk() as desk, pytest.raises(Refused, match="8 forecasts ended 56 days ago") as refusal:
        commit(desk, house)
    assert (refusal.value.rule, kept[0].forecast_id in str(refusal.value)) == ("unscored-forecasts", True)
    assert house.entries()[-1] == "request.refused"
    with house.desk() as desk:
        forecasting.score(desk, purpose=PURPOSE, forecast_id=kept[0].forecast_id)
    with house.desk() as desk:
        commit(desk, house)


@pytest.mark.parametrize(("ago", "overdue_"), [(-1, []), (0, ["F"]), (1, ["F"])])
def test_a_forecast_is_overdue_from_the_end_of_its_term_until_it_is_scored(
    ago: int, overdue_: list[str]
) -> None:
    period = Period(date(2026, 3, 2), date(2026, 3, 9), ZONE)
    now = period.end_utc + SCORED_WITHIN + timedelta(seconds=ago)
    assert list(overdue({"F": period}, scored=(), now=now)) == overdue_
    assert overdue({"F": period}, scored={"F"}, now=now) == ()
