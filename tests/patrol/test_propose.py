"""Every plan that is proposed keeps every limit, or a sentence says which limit it could not keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused
from peelian.domain.plan import Limits, Plan
from peelian.domain.surface import RiskSurface, Scale
from peelian.patrol.check import violations
from peelian.patrol.schedule import ACTIVITY, propose
from peelian.patrol.select import choose
from peelian.patrol.travel import travel_minutes
from tests.patrol.drawings import CORNER, SHIFT_START, WEEK, drawn_surface, surface_of

WIDE = drawn_surface("""
    9   .   1   .   .   .   8
    .   2   .   .   .   1   .
    .   .   7   3   6   .   .
    5   .   .   .   .   .   4
""")
FEW = Limits(places=4, visits_per_place=2, cars=2)


@st.composite
def surfaces(draw: st.DrawFn) -> RiskSurface:
    """Scattered cells, ties, zeros and abstentions, on either scale."""
    seen = np.random.default_rng(draw(st.integers(0, 2**32)))
    side = draw(st.integers(1, 12))
    number = draw(st.integers(1, min(30, side * side)))
    cells = np.stack(np.divmod(seen.permutation(side * side)[:number], side), axis=1) + CORNER
    scale = draw(st.sampled_from([Scale.SUM, Scale.FACTOR]))
    parts = seen.integers(0, 6, (draw(st.integers(1, 4)), len(cells))) / (4 if scale is Scale.SUM else 2)
    mean = parts.sum(axis=0) if scale is Scale.SUM else parts.prod(axis=0)
    return surface_of(cells, mean, parts=parts, scale=scale, abstained=seen.random(len(cells)) < 0.1)


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    """Limits that can often, but not always, be kept."""
    dwell = sorted(draw(st.tuples(st.integers(5, 20), st.integers(5, 20))))
    return Limits(
        places=draw(st.integers(1, 8)),
        visits_per_place=draw(st.integers(1, 3)),
        dwell_min_minutes=dwell[0],
        dwell_max_minutes=dwell[1],
        revisit_gap_minutes=draw(st.integers(0, 130)),
        shift_minutes=draw(st.integers(200, 600)),
        cars=draw(st.integers(1, 4)),
    )


def proposed(surface: RiskSurface, asked: Limits, *, seed: int = 1) -> Plan:
    return propose(surface, limits=asked, shift_start=SHIFT_START, seed=seed, plan_id="plan-1")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(surface=surfaces(), asked=limits(), seed=st.integers(0, 2**53 - 1))
def test_every_proposed_plan_passes_the_independent_checker(
    surface: RiskSurface, asked: Limits, seed: int
) -> None:
    try:
        plan = proposed(surface, asked, seed=seed)
    except BadInput as sentence:
        assert "cannot be met" in str(sentence)  # noqa: PT017  # both outcomes are lawful, silence is not
        event("a limit could not be met")
        return
    event("planned")
    assert violations(plan, surface=surface) == ()
    assert len(plan.stops) == asked.places * asked.visits_per_place


def test_the_default_limits_can_be_kept_in_a_city() -> None:
    rng = np.random.default_rng(3)
    cells = np.stack(np.meshgrid(np.arange(32), np.arange(24)), axis=-1).reshape(-1, 2) + CORNER
    surface = surface_of(cells, rng.gamma(0.5, 1.0, len(cells)))
    for seed in range(20):
        assert violations(proposed(surface, Limits(), seed=seed), surface=surface) == ()


def test_the_same_seed_gives_the_same_plan_and_another_seed_another_order() -> None:
    first, again, other = (proposed(WIDE, FEW, seed=seed) for seed in (1, 1, 2))
    assert first.digest() == again.digest()
    assert [stop.cell for stop in first.stops] != [stop.cell for stop in other.stops]
    assert {stop.cell for stop in first.stops} == {stop.cell for stop in other.stops}


def test_nobody_can_tell_beforehand_where_and_when_a_car_will_be() -> None:
    plans = [proposed(WIDE, FEW, seed=seed) for seed in range(40)]
    assert len({plan.stops[0].cell for plan in plans}) == 4
    assert len({stop.minutes for plan in plans for stop in plan.stops}) == 7
    late = [max(stop.arrive for stop in plan.stops) - SHIFT_START for plan in plans]
    assert max(late) > timedelta(hours=6)  # idle minutes lie between the visits, not all at the end
    assert len(set(late)) > 30


def test_the_highest_places_are_chosen_and_say_why() -> None:
    chosen = choose(WIDE, places=3)
    assert [place.cell for place in chosen] == [(1910, 19053), (1916, 19053), (1912, 19051)]
    assert [place.share for place in chosen] == pytest.approx([9 / 46, 8 / 46, 7 / 46])
    assert chosen[0].drivers == (("recent", 0.75), ("long ago", 0.25))


def test_abstained_cells_are_left_out_of_choice_and_shares() -> None:
    chosen = choose(drawn_surface("9? 3 1"), places=2)
    assert [place.cell[0] for place in chosen] == [1911, 1912]
    assert [place.share for place in chosen] == [0.75, 0.25]


def test_ties_fall_by_cell_name() -> None:
    chosen = choose(drawn_surface("2 2\n2 2"), places=3)
    assert [place.cell for place in chosen] == [(1910, 19050), (1910, 19051), (1911, 19050)]


def test_drivers_on_the_factor_scale_are_what_would_go_away_without_them() -> None:
    parts = np.array([[4.0], [0.5], [2.0], [1.0]])
    surface = surface_of(np.array([CORNER]), np.array([4.0]), parts=parts, scale=Scale.FACTOR)
    assert choose(surface, places=1)[0].drivers == (("recent", 0.75), ("season", 0.5))


def test_a_forecast_that_cannot_explain_itself_sends_nobody() -> None:
    silent = replace(WIDE, contributions=(), scale=Scale.NONE)
    with pytest.raises(Refused, match="explained-or-not-used") as refusal:
        proposed(silent, FEW)
    assert "Plan from a model that explains itself" in refusal.value.remedy


def test_a_shift_that_fits_to_the_minute_is_enough() -> None:
    asked = Limits(places=1, visits_per_place=2, dwell_max_minutes=10, shift_minutes=140, cars=3)
    assert [stop.arrive - SHIFT_START for stop in proposed(WIDE, asked).stops] == [
        timedelta(0),
        timedelta(minutes=130),
    ]


def test_every_stop_says_what_to_do() -> None:
    assert {stop.activity for stop in proposed(WIDE, FEW).stops} == {ACTIVITY}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"places": 12}, "limit of 12 places cannot be met.*only 10 cells, 2 fewer"),
        (
            {"visits_per_place": 5},
            "revisit_gap_minutes cannot be met.* need 530 minutes, 50 more than the shift",
        ),
        (
            {"shift_minutes": 139},
            "revisit_gap_minutes cannot be met.* need 140 minutes, 1 more than the shift",
        ),
        (
            {"places": 10, "cars": 1, "shift_minutes": 200},
            r"shift_minutes cannot be met.*took at least \d+ minutes",
        ),
        ({"dwell_min_minutes": 17}, r"dwell_min_minutes \(17\) is above dwell_max_minutes \(16\)"),
        ({"cars": 0}, "limit cars is 0; give a whole number of at least 1"),
        ({"revisit_gap_minutes": -1}, "limit revisit_gap_minutes is -1; give a whole number of at least 0"),
    ],
)
def test_a_limit_that_cannot_be_met_is_named_with_by_how_much(change: dict[str, int], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        proposed(WIDE, replace(FEW, **change))


@pytest.mark.parametrize(
    ("start", "fits"),
    [
        (WEEK.start_utc, True),
        (WEEK.start_utc - timedelta(minutes=1), False),
        (WEEK.end_utc - timedelta(hours=8), True),  # the week ends an hour early: the clocks go forward
        (WEEK.end_utc - timedelta(hours=8) + timedelta(minutes=1), False),
    ],
)
def test_the_shift_lies_within_the_week_that_was_forecast(start: datetime, fits: bool) -> None:
    if fits:
        plan = propose(WIDE, limits=FEW, shift_start=start, seed=1, plan_id="plan-1")
        assert violations(plan, surface=WIDE) == ()
    else:
        with pytest.raises(BadInput, match="leaves the forecast period"):
            propose(WIDE, limits=FEW, shift_start=start, seed=1, plan_id="plan-1")


def test_a_start_without_a_zone_and_a_seed_that_json_cannot_carry_are_refused() -> None:
    with pytest.raises(BadInput, match="has no zone"):
        propose(
            WIDE, limits=FEW, shift_start=datetime(2024, 3, 5), seed=1, plan_id="p"  # noqa: DTZ001
        )  # fmt: skip
    with pytest.raises(BadInput, match="cannot be written down exactly"):
        proposed(WIDE, FEW, seed=2**53)


def test_all_times_are_aware_utc() -> None:
    assert {stop.arrive.tzinfo for stop in proposed(WIDE, FEW).stops} == {UTC}


@pytest.mark.parametrize(("metres", "minutes"), [(0, 0), (1, 1), (250, 1), (251, 2), (3750, 15)])
def test_travel_is_fifteen_kilometres_an_hour_rounded_up(metres: float, minutes: int) -> None:
    assert travel_minutes(metres) == minutes
