"""Places of one to nine dwellings: nobody forecasts them, plans for them, is judged by them or reports on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from peelian.app import compose, journey
from peelian.domain.dwellings import Cell, Dwellings, LeftOut, fewest
from peelian.domain.errors import BadInput, Refused
from peelian.domain.place import Grid, cell_holding
from peelian.domain.plan import Limits
from peelian.forecast import service as forecasting
from peelian.forecast.area import cells_besides
from peelian.forecast.models.base import held_to_area
from peelian.forecast.models.recency import Recency
from peelian.forecast.service import KeptForecast
from peelian.governance.charter import example_text
from peelian.governance.prohibition.households import LEAST_DWELLINGS, RULE, too_few_dwellings
from peelian.patrol.schedule import propose
from tests.city.dwellings_layer import load_dwellings
from tests.forecast.towns import GRID, history, square, week_after
from tests.houses import PURPOSE, START, TestHouse, charter, found, week_of_incidents

ZONE = "America/Chicago"
OFTEN = (-87.65, 41.85)  # where most of the incidents of these tests were recorded
BUSY = (-87.646, 41.853)
SHIFT = datetime(2026, 3, 3, 16)  # noqa: DTZ001  # civil time; the house knows its zone


@pytest.fixture
def house(tmp_path: Path) -> TestHouse:
    founded = found(tmp_path)
    charter(founded, text=text())
    founded.load(week_of_incidents(first=date(2026, 1, 26), days=34))
    return founded


def text(*, version: int = 1, layers: bool = True) -> str:
    """Return the demonstration's charter with two models, which is enough here; without layers if so wished."""
    written = example_text(valid_from=START.date(), expires=START.date() + timedelta(days=365))
    models = '["recency", "historical-mean", "kernel-density", "boosted-trees", "plain-counts"]'
    assert models in written
    written = written.replace(models, '["recency", "plain-counts"]')
    written = written.replace("version = 1", f"version = {version}")
    lines = written.replace('"layer", ', "" if not layers else '"layer", ').split("\n")
    return "\n".join(line for line in lines if layers or not line.startswith("layer = "))


def commit(house: TestHouse) -> KeptForecast:
    with house.open() as opened:
        desk, grid = opened.desk(opened.signer("Ann")), opened.settings.grid
        return forecasting.commit(desk, purpose=PURPOSE, grid=grid, zone=ZONE)


def plan(house: TestHouse, forecast: KeptForecast, *, places: int = 2):
    with house.open() as opened:
        return journey.propose(
            opened,
            actor=opened.signer("Ann"),
            purpose=PURPOSE,
            forecast_id=forecast.forecast_id,
            offence="burglary",
            shift_start=SHIFT,
            places=places,
            seed=7,
        )


def cell(point: tuple[float, float]) -> Cell:
    return cell_holding(Grid(32616, 250.0), lon_deg=point[0], lat_deg=point[1])


def cells(forecast: KeptForecast) -> list[set[Cell]]:
    return [{(ix, iy) for ix, iy in surface.cells.tolist()} for surface in forecast.surfaces]


# -- the law, whatever the layer ------------------------------------------------------------------------

SIDE = 6
COUNTS = st.lists(st.integers(0, 30), min_size=SIDE * SIDE, max_size=SIDE * SIDE)


@settings(deadline=None, max_examples=60)
@given(incidents=COUNTS, homes=COUNTS, places=st.integers(1, 4))
def test_no_place_of_a_few_homes_is_ever_chosen(incidents: list[int], homes: list[int], places: int) -> None:
    town = square(SIDE)
    layer = Dwellings("s", date(2026, 3, 1), *GRID.centres(town).T, np.array(homes, np.int32))
    counted = layer.by_cell(GRID)
    counts = np.zeros((60, len(town)), np.int32)
    counts[30] = incidents
    assume(not all(0 < n < LEAST_DWELLINGS for n in homes))
    area = cells_besides(town, too_few_dwellings(counted))
    kept = [row for row, place in enumerate(town.tolist()) if place in area.tolist()]
    past = history(counts[:, kept], area)
    surface = Recency().fit(past).predict(week_after(past))
    assume(np.count_nonzero(surface.mean) >= places)
    shift_start = surface.period.start_utc + timedelta(hours=16)
    proposed = propose(surface, limits=Limits(places), shift_start=shift_start, seed=1, plan_id="p")
    chosen = {stop.cell for stop in proposed.stops}
    assert len(chosen) == places
    for ix, iy in chosen:
        assert not 0 < homes[town.tolist().index([ix, iy])] < LEAST_DWELLINGS


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(0, 50)), max_size=30))
def test_the_dwellings_of_a_cell_are_those_of_its_points_added_up(points: list[tuple[int, int, int]]) -> None:
    x, y, number = np.array(points, np.int32).reshape(-1, 3).T
    layer = Dwellings("s", date(2026, 3, 1), *(GRID.centres(np.stack([x, y], axis=-1)).T), number)
    expected: dict[Cell, int] = {}
    for ix, iy, n in points:
        expected[ix, iy] = expected.get((ix, iy), 0) + n
    assert layer.by_cell(GRID) == expected


def test_the_fewest_is_that_of_a_place_with_any() -> None:
    counted = {(0, 0): 12, (0, 1): 3, (1, 0): 0}
    assert fewest(counted, [(0, 0), (0, 1), (1, 0), (9, 9)]) == 3
    assert fewest(counted, [(1, 0), (9, 9)]) is None


def test_an_area_of_nothing_but_homes_is_no_area() -> None:
    with pytest.raises(BadInput, match="take larger cells"):
        cells_besides(square(1), [(ix, iy) for ix, iy in square(1).tolist()])


def test_no_model_brings_a_place_back_or_keeps_silent_about_what_is_left_out() -> None:
    whole = history(np.ones((60, 4), np.int32), square(2))
    homes = LeftOut(RULE, "s", date(2026, 1, 1), LEAST_DWELLINGS, places=1)
    less = replace(history(np.ones((60, 3), np.int32), square(2)[1:]), left_out=homes)
    said = Recency().fit(less).predict(week_after(less))
    assert held_to_area(replace(said, left_out=None), less).left_out == homes
    with pytest.raises(BadInput, match="other cells than the 3 of its history"):
        held_to_area(Recency().fit(whole).predict(week_after(whole)), less)


# -- the law, in a house --------------------------------------------------------------------------------


def test_of_homes_a_forecast_says_nothing_and_that_is_kept(house: TestHouse) -> None:
    without = commit(house)
    taken = load_dwellings(house, (*OFTEN, "3"), (*BUSY, "40"))
    kept = commit(house)
    for before, after in zip(cells(without), cells(kept), strict=True):
        assert before - after == {cell(OFTEN)}
    assert without.surfaces[0].left_out is None
    told = LeftOut(RULE, taken.delivery.set_id, date(2026, 3, 1), LEAST_DWELLINGS, places=1)
    assert {surface.left_out for surface in kept.surfaces} == {told}
    with house.desk() as desk:
        again = forecasting.read(desk, purpose=PURPOSE, forecast_id=kept.forecast_id)
    assert [each.digest() for each in again.surfaces] == [each.digest() for each in kept.surfaces]
    assert again.surfaces[0].left_out == told
    with house.open() as opened:
        read = [e.facts for e in opened.kit.ledger.entries() if e.kind == "extract.read"]
    assert [facts["rows"] for facts in read if facts["kind"] == "layer"] == [2]


@pytest.mark.parametrize(
    ("homes", "left_out"),
    [([""] * 9, 1), (["9", ""], 0), (["0"], 0)],
)  # fmt: skip
def test_each_point_is_one_dwelling_or_as_many_as_it_says(
    house: TestHouse, homes: list[str], left_out: int
) -> None:
    load_dwellings(house, *((*OFTEN, number) for number in homes))
    kept = commit(house)
    assert kept.surfaces[0].left_out is not None
    assert kept.surfaces[0].left_out.places == left_out
    assert all((cell(OFTEN) in each) == (not left_out) for each in cells(kept))


@pytest.mark.parametrize(("as_of", "entered"), [("2026-03-02", ""), ("2026-03-01", "2026-03-02T00:00:01")])
def test_what_was_told_after_the_cutoff_is_not_known_to_a_forecast(
    house: TestHouse, as_of: str, entered: str
) -> None:
    load_dwellings(house, (*OFTEN, "3"), as_of=date.fromisoformat(as_of), entered=entered)
    kept = commit(house)
    assert all(cell(OFTEN) in each for each in cells(kept))


def test_a_charter_that_names_no_layers_does_not_switch_the_rule_off(house: TestHouse) -> None:
    load_dwellings(house, (*OFTEN, "3"))
    charter(house, text=text(version=2, layers=False))
    with pytest.raises(Refused) as refusal:
        commit(house)
    assert refusal.value.rule == "data-kind-outside-charter"


def test_what_happened_at_homes_is_outside_for_model_and_plain_counts_alike(house: TestHouse) -> None:
    load_dwellings(house, (*OFTEN, "3"))
    kept = commit(house)
    house.clock.set(kept.period.end_utc + timedelta(days=1))
    rows = [row.replace("K", "N") for row in week_of_incidents(first=kept.period.start, days=7)]
    after = kept.period.end
    house.load([*rows, f"AFTER|{after} 01:00:00|{after} 02:00:00|-87.6500|41.8500|burglary"])
    with house.desk() as desk:
        score = forecasting.score(desk, purpose=PURPOSE, forecast_id=kept.forecast_id)
    burglary = [row for row in score.rows if row.offence == "burglary" and row.metric == "hit_rate"]
    assert {row.events for row in burglary} == {10}
    assert all(row.value is not None and row.value <= 0.3 for row in burglary)  # 7 of the 10 are at the home
    assert all(row.baseline is not None and row.baseline <= 0.3 for row in burglary)


def test_past_weeks_are_judged_without_homes_and_say_how_many(house: TestHouse) -> None:
    def judged() -> tuple[forecasting.EvaluationRow, ...]:
        with house.open() as opened:
            return forecasting.evaluate_stored(
                opened.desk(opened.signer("Ann")),
                purpose=PURPOSE,
                grid=opened.settings.grid,
                zone=ZONE,
                origins=1,
                rng=np.random.default_rng(1),
            )

    assert {row.left_out for row in judged()} == {None}
    load_dwellings(house, (*OFTEN, "3"), as_of=date(2026, 2, 1))
    assert {row.left_out for row in judged()} == {1}


def test_whoever_asks_about_a_place_hears_the_rule_whether_or_not_it_was_a_home(house: TestHouse) -> None:
    load_dwellings(house, (*OFTEN, "3"))
    commit(house)
    for lon, lat in (OFTEN, (-87.9, 41.9)):
        with house.desk() as desk:
            said = forecasting.about_place(desk, purpose=PURPOSE, lon_deg=lon, lat_deg=lat)
        assert {each.says.partition("it says")[2] for each in said} == {
            " nothing about this place; of places with 1 to 9 dwellings it never speaks (rule no-household-place)."
        }


# -- a place that was named before its dwellings were counted -------------------------------------------


def approve(house: TestHouse, plan_id: str) -> None:
    with house.open() as opened:
        journey.approve(opened, actor=opened.signer("Abe"), purpose=PURPOSE, plan_id=plan_id)


def export(house: TestHouse, plan_id: str) -> None:
    with house.open() as opened:
        journey.export(
            opened,
            actor=opened.signer("Col"),
            purpose=PURPOSE,
            plan_id=plan_id,
            path=house.home.parent / "plan.geojson",
            recipient="Patrol units of the demonstration agency",
        )


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refusal:
        act()
    assert refusal.value.rule == RULE
    assert "about one household" in str(refusal.value)
    assert "Article 3(1)" in refusal.value.citation
    assert "make it anew" in refusal.value.remedy


def test_nobody_is_sent_to_homes_by_a_forecast_from_before_they_were_counted(house: TestHouse) -> None:
    forecast = commit(house)
    proposed, other = plan(house, forecast).plan.plan_id, plan(house, forecast).plan.plan_id
    approve(house, proposed)
    load_dwellings(house, (*OFTEN, "3"))
    refused(lambda: plan(house, forecast))
    refused(lambda: approve(house, other))
    refused(lambda: export(house, proposed))
    assert not (house.home.parent / "plan.geojson").exists()
    assert house.entries().count("request.refused") == 3
    anew = plan(house, commit(house))
    assert cell(OFTEN) not in {stop.cell for stop in anew.plan.stops}


def test_no_report_shows_homes_and_each_says_what_is_left_out(house: TestHouse) -> None:
    def publish(forecast: KeptForecast) -> str:
        with house.open() as opened:
            path = compose.publish(
                opened,
                actor=opened.signer("Ann"),
                purpose=PURPOSE,
                forecast_id=forecast.forecast_id,
                offence="burglary",
            )
        return path.read_text(encoding="utf-8")

    before = commit(house)
    assert "How many dwellings its places have was not known at the cutoff" in publish(before)
    load_dwellings(house, (*OFTEN, "3"))
    refused(lambda: publish(before))
    page = publish(commit(house))
    assert "of 1 place with 1 to 9 dwellings, as counted on 1 Mar 2026 (rule no-household-place)" in page
