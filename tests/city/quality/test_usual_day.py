"""What a day should have: the level around it times its weekday, moved by no outage and by no small numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.city.quality.usual_day import usual_by_day

WEEKDAY = np.arange(364) % 7


def test_a_weekend_is_expected_to_be_a_weekend() -> None:
    counts = np.where(WEEKDAY >= 5, 200.0, 100.0)
    assert usual_by_day(counts, weekday=WEEKDAY) == pytest.approx(counts)


def test_an_outage_of_a_month_does_not_lower_what_is_expected() -> None:
    counts = np.full(364, 100.0)
    counts[150:180] = 0
    expected = usual_by_day(counts, weekday=WEEKDAY)
    assert expected[150:180].min() > 85


@settings(deadline=None, max_examples=40)
@given(rate=st.floats(0.02, 40), days=st.integers(7, 500), seed=st.integers(0, 99))
def test_what_is_expected_adds_up_to_what_there_is(rate: float, days: int, seed: int) -> None:
    counts = np.random.default_rng(seed).poisson(rate, days).astype(float)
    expected = usual_by_day(counts, weekday=np.arange(days) % 7)
    assert expected.sum() == pytest.approx(counts.sum(), rel=0.02, abs=1e-6)
    assert (expected >= 0).all()
