"""What commands say of a plan: who measured its figures, how small its area is, and what nobody decided."""

from __future__ import annotations

from dataclasses import replace

from peelian.app.words import plan_lines, price_lines
from peelian.domain.plan import Limits
from peelian.patrol.service import KeptPlan, Price
from tests.app.views import BEFORE, a_plan, a_surface

THIN = "\u202f"


def test_the_price_of_a_plan_says_that_its_own_forecast_measured_it_and_how_small_the_area_is() -> None:
    by_counts = Price("the same number of places by plain counts", 8, 667, 0.108, -0.003)
    line, caveat = price_lines([by_counts])
    assert line.replace(THIN, " ").strip() == (
        "the same number of places by plain counts: 8 of 667 cells (1.2 % of the area), forecast coverage 10.8 % "
        "(-0.3 points)"
    )
    assert "flatters its own choice" in caveat


def test_a_plan_names_each_number_that_no_charter_set() -> None:
    limits = Limits(cars=1, shift_minutes=300, visits_per_place=4)
    kept = KeptPlan(replace(a_plan(a_surface()), limits=limits), "Ann", BEFORE, 7, ())
    (said,) = [line for line in plan_lines(kept) if "not in the charter" in line]
    for number in ("1 car,", "300 minutes", "4 visits to each", "15 km/h"):
        assert number in said
