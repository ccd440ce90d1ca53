"""The price of a limit: forecast coverage beside one place more, one fewer, and plain counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput, Refused
from peelian.domain.plan import Limits
from peelian.domain.surface import Scale
from peelian.patrol.price import Price, price_of_limits
from tests.patrol.drawings import drawn_surface, surface_of

FORECAST = drawn_surface("4 3 2 1 6?")
COUNTS = drawn_surface("1 2 9 8 99")


def test_the_price_of_two_places() -> None:
    prices = price_of_limits(FORECAST, Limits(places=2), baseline=COUNTS)
    assert prices == (
        Price("this plan", 2, 5, pytest.approx(0.7), 0.0),
        Price("one place fewer", 1, 5, pytest.approx(0.4), pytest.approx(-0.3)),
        Price("one place more", 3, 5, pytest.approx(0.9), pytest.approx(0.2)),
        Price("the same number of places by plain counts", 2, 5, pytest.approx(0.3), pytest.approx(-0.4)),
    )
    assert prices[0].area_share == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("places", "choices"),
    [(1, {"this plan", "one place more"}), (4, {"this plan", "one place fewer"})],
)
def test_lines_that_do_not_exist_are_left_out(places: int, choices: set[str]) -> None:
    prices = price_of_limits(FORECAST, Limits(places=places), baseline=COUNTS)
    assert {price.choice for price in prices} - choices == {"the same number of places by plain counts"}


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), places=st.integers(1, 20))
def test_no_choice_of_as_many_places_covers_more_of_the_forecast(seed: int, places: int) -> None:
    rng = np.random.default_rng(seed)
    cells = np.stack(np.meshgrid(np.arange(5), np.arange(4)), axis=-1).reshape(-1, 2)
    forecast, counts = (surface_of(cells, rng.gamma(0.5, 1.0, 20) + 0.01) for _ in range(2))
    for price in price_of_limits(forecast, Limits(places=places), baseline=counts):
        assert 0 <= price.coverage <= 1 + 1e-9
        if price.places <= places:
            assert price.difference <= 1e-9


def test_a_baseline_of_another_week_or_area_is_refused() -> None:
    with pytest.raises(BadInput, match="differ in offence, period, grid or cells"):
        price_of_limits(FORECAST, Limits(places=1), baseline=drawn_surface("1 2 3"))


def test_a_forecast_that_cannot_explain_itself_has_no_price() -> None:
    with pytest.raises(Refused, match="explained-or-not-used"):
        price_of_limits(replace(FORECAST, scale=Scale.NONE), Limits(places=1), baseline=COUNTS)
