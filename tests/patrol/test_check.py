"""The independent checker finds every planted violation and leaves a sound plan alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from peelian.domain.errors import BadInput
from peelian.domain.plan import Limits, Plan, Stop, plan_from_document
from peelian.domain.surface import Scale
from peelian.patrol.check import check_plan, violations
from tests.patrol.drawings import CORNER, drawn_plan, drawn_surface, surface_of

SURFACE = drawn_surface("""
    .   1   2
    4   9   3
    8?  5   .
""")
LIMITS = Limits(places=3, visits_per_place=2, revisit_gap_minutes=120, shift_minutes=300, cars=2)
SOUND = """
    1   1,1     0   10
    2   1,0     5   12
    1   0,1    12   14
    2   1,0   140   16
    1   1,1   130   10
    1   0,1   160   16
"""
ONE = Limits(places=1, visits_per_place=1, cars=1)
DRIFT = 1e-6  # far above rounding, far below anything a person would notice


def planted(line: int, text: str) -> str:
    lines = SOUND.strip().splitlines()
    lines[line] = text
    return "\n".join(lines)


def of(drawing: str) -> Plan:
    return drawn_plan(drawing, SURFACE, LIMITS)


def with_stop(change: Callable[[Stop], Stop]) -> Plan:
    plan = of(SOUND)
    return replace(plan, stops=(change(plan.stops[0]), *plan.stops[1:]))


def test_a_sound_plan_has_no_violations() -> None:
    assert violations(of(SOUND), surface=SURFACE) == ()
    check_plan(of(SOUND), surface=SURFACE)


@pytest.mark.parametrize(
    ("line", "text", "sentence"),
    [
        (0, "1 1,1   0  9", "lasts 9 minutes, outside 10 to 16"),
        (5, "1 0,1 160 17", "lasts 17 minutes, outside 10 to 16"),
        (4, "1 1,1 100 10", "visited again after 90 minutes; the revisit gap is 120"),
        (4, "1 1,1 129 10", "visited again after 119 minutes; the revisit gap is 120"),
        (3, "1 1,0 140 16", "Car 1 cannot get from"),
        (3, "1 1,0 135 16", "at once"),
        (2, "1 0,1  10 14", "cannot get from (1911, 19051) to (1910, 19051) in 0 minutes"),
        (5, "1 0,1 285 16", "ends after the shift"),
        (0, "1 1,1  -1 10", "begins before the shift"),
        (1, "1 2,2  11 12", "cannot get from (1911, 19051) to (1912, 19052) in 1 minutes"),
        (1, "0 1,0   5 12", "Car 0 does not exist"),
        (1, "3 1,0   5 12", "Car 3 does not exist; the limits give 2"),
        (1, "2 2,0   5 12", "is not a cell of the forecast"),
        (1, "2 0,0   5 12", "is where the forecast abstains"),
        (1, "2 2,2   5 12", "The plan has 4 places where its limits say 3"),
        (1, "2 0,1 300 12", "Cell (1910, 19051) has 3 visits where the limits say 2"),
    ],
)
def test_a_planted_line_is_found(line: int, text: str, sentence: str) -> None:
    found = violations(of(planted(line, text)), surface=SURFACE)
    assert any(sentence in one for one in found), found


@pytest.mark.parametrize("line", range(6))
def test_a_missing_visit_is_found(line: int) -> None:
    plan = of(SOUND)
    fewer = replace(plan, stops=plan.stops[:line] + plan.stops[line + 1 :])
    assert any("has 1 visits where the limits say 2" in one for one in violations(fewer, surface=SURFACE))


def test_a_missing_place_is_found() -> None:
    plan = of(SOUND)
    fewer = replace(plan, stops=tuple(stop for stop in plan.stops if stop.car == 1))
    assert any("has 2 places where its limits say 3" in one for one in violations(fewer, surface=SURFACE))


def test_an_empty_plan_is_found() -> None:
    assert violations(replace(of(SOUND), stops=()), surface=SURFACE)


def test_a_lower_cell_in_place_of_a_higher_one_is_found() -> None:
    swapped = SOUND.replace("1,0", "2,1")
    assert violations(of(swapped), surface=SURFACE) == (
        "The plan passes over 1 cells that the forecast puts above one of its places.",
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda stop: replace(stop, share=stop.share + DRIFT), "which is not its share"),
        (lambda stop: replace(stop, share=float("nan")), "which is not its share"),
        (lambda stop: replace(stop, share=0.9), "add up to"),
        (lambda stop: replace(stop, expected=stop.expected - DRIFT), "another expectation or interval"),
        (lambda stop: replace(stop, lo=stop.lo + DRIFT), "another expectation or interval"),
        (lambda stop: replace(stop, hi=stop.hi - DRIFT), "another expectation or interval"),
        (lambda stop: replace(stop, drivers=()), "does not name the largest drivers"),
        (lambda stop: replace(stop, drivers=stop.drivers[1:]), "does not name the largest drivers"),
        (lambda stop: replace(stop, drivers=(("weather", 0.75),)), "does not name the largest drivers"),
        (
            lambda stop: replace(stop, drivers=(("recent", 0.70), ("long ago", 0.25))),
            "does not name the largest",
        ),
        (lambda stop: replace(stop, arrive=stop.arrive.replace(tzinfo=None)), "has no zone"),
    ],
)
def test_a_false_word_about_the_forecast_is_found(change: Callable[[Stop], Stop], sentence: str) -> None:
    found = violations(with_stop(change), surface=SURFACE)
    assert any(sentence in one for one in found), found


def test_a_plan_from_another_forecast_is_found() -> None:
    other = surface_of(SURFACE.cells, SURFACE.mean * (1 + 1e-12), abstained=SURFACE.abstained)
    assert any("the digests differ" in one for one in violations(of(SOUND), surface=other))


def test_a_plan_for_another_offence_is_found() -> None:
    plan = replace(of(SOUND), offence="theft")
    assert any("Offence, period or grid" in one for one in violations(plan, surface=SURFACE))


def test_a_shift_outside_the_week_is_found() -> None:
    plan = replace(of(SOUND), shift_start=of(SOUND).shift_start + timedelta(days=7))
    assert any("leaves the period" in one for one in violations(plan, surface=SURFACE))


def test_a_forecast_that_cannot_explain_itself_is_found() -> None:
    silent = replace(SURFACE, contributions=(), scale=Scale.NONE)
    plan = replace(of(SOUND), surface_digest=silent.digest())
    assert any("cannot explain itself" in one for one in violations(plan, surface=silent))


def test_all_violations_are_told_at_once() -> None:
    with pytest.raises(BadInput, match=r"(?s)lasts 9 minutes.*lasts 17 minutes"):
        check_plan(of(planted(0, "1 1,1 0 9").replace("160   16", "160 17")), surface=SURFACE)


def test_four_drivers_need_only_three_names() -> None:
    cells, mean = np.array([CORNER]), np.array([4.0])
    surface = surface_of(cells, mean, parts=np.array([[2.0], [1.0], [0.6], [0.4]]))
    plan = drawn_plan("1 0,0 0 10", surface, ONE)
    named = (("recent", 0.5), ("long ago", 0.25), ("season", 0.15))
    right = replace(plan, stops=(replace(plan.stops[0], drivers=named),))
    assert violations(right, surface=surface) == ()
    hidden = (*named[:2], ("street light", 0.1))
    for drivers in (hidden, named[:2], (*named, ("recent", 0.1))):
        wrong = replace(plan, stops=(replace(plan.stops[0], drivers=drivers),))
        assert violations(wrong, surface=surface) == (
            f"Stop 1 at cell {CORNER} does not name the largest drivers with their shares.",
        )


def test_a_place_where_nothing_is_expected_is_found() -> None:
    surface = drawn_surface("0 0?")
    plan = replace(drawn_plan("1 0,0 0 10", drawn_surface("1"), ONE), surface_digest=surface.digest())
    assert violations(plan, surface=surface) == (
        f"Stop 1 at cell {CORNER} is where the forecast expects nothing.",
    )


def test_a_plan_read_back_from_its_document_is_as_sound_as_before() -> None:
    assert violations(plan_from_document(of(SOUND).document()), surface=SURFACE) == ()
