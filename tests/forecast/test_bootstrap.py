"""Intervals: drawn week by week in blocks, the same weeks for a model and its baseline."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.forecast.bootstrap import block_length, difference, estimate, moving_blocks
from peelian.forecast.metrics import Ratio

WEEKS = 13


def ratio(numerator, denominator) -> Ratio:
    return Ratio("hit_rate", 0.01, np.asarray(numerator, float), np.asarray(denominator, float))


def draws(origins: int = WEEKS, seed: int = 1):
    return moving_blocks(origins, rng=np.random.default_rng(seed))


@pytest.mark.parametrize(("origins", "length"), [(1, 1), (4, 2), (13, 2), (27, 3), (52, 4)])
def test_blocks_are_as_long_as_the_cube_root_of_the_number_of_weeks(origins, length):
    assert block_length(origins) == length


@given(st.integers(1, 60), st.integers(0, 9))
def test_every_draw_is_of_consecutive_weeks_and_as_long_as_the_original(origins, seed):
    drawn = moving_blocks(origins, rng=np.random.default_rng(seed), resamples=20)
    assert drawn.shape == (20, origins)
    assert 0 <= drawn.min() <= drawn.max() < origins
    length = block_length(origins)
    for start in range(0, origins, length):
        block = drawn[:, start : start + length]
        assert (np.diff(block, axis=1) == 1).all()


def test_the_value_is_the_ratio_of_sums_and_lies_in_its_interval():
    hits, events = np.arange(1, 14), np.full(13, 100)
    found = estimate(ratio(hits, events), draws=draws())
    assert found.value == pytest.approx(91 / 1300)
    assert found.lo < found.value < found.hi


def test_a_model_that_is_the_baseline_differs_by_nothing_at_all():
    same = ratio(np.arange(13), np.full(13, 50))
    found = difference(same, baseline=same, draws=draws())
    assert (found.value, found.lo, found.hi) == (0.0, 0.0, 0.0)


def test_a_steady_lead_is_certain_however_much_the_weeks_vary():
    base = np.array([5, 50, 5, 60, 4, 70, 3, 55, 8, 90, 2, 40, 6], float)
    found = difference(ratio(base + 2, [100] * 13), baseline=ratio(base, [100] * 13), draws=draws())
    assert found.lo == pytest.approx(0.02)
    assert found.hi == pytest.approx(0.02)


def test_no_incidents_at_all_leave_the_figure_undefined():
    found = estimate(ratio([0] * 13, [0] * 13), draws=draws())
    assert (found.value, found.lo, found.hi) == (None, None, None)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """400 invented cities of 52 independent weeks with a true share of .2: 95 % intervals, a little short."""
    rng = np.random.default_rng(7)
    drawn = moving_blocks(52, rng=rng, resamples=400)
    held = 0
    for _ in range(400):
        events = rng.poisson(60, 52)
        found = estimate(ratio(rng.binomial(events, 0.2), events), draws=drawn)
        held += found.lo <= 0.2 <= found.hi
    assert 0.88 <= held / 400 <= 0.98
