"""How strange a count is: tails, corrections for many tests, and the scan for too few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from peelian.city.quality.chance import (
    ALPHA,
    bursts,
    dispersion_of,
    gaps,
    holm,
    lower_tail,
    upper_tail,
    usual_share,
)


@settings(deadline=None)
@given(count=st.integers(0, 500), mean=st.floats(0.01, 400))
def test_without_dispersion_the_tails_are_poissons(count: int, mean: float) -> None:
    assert float(upper_tail(count, mean)) == pytest.approx(poisson.sf(count - 1, mean), rel=1e-6, abs=1e-300)
    assert float(lower_tail(count, mean)) == pytest.approx(poisson.cdf(count, mean), rel=1e-6, abs=1e-300)


@settings(deadline=None)
@given(count=st.integers(20, 500), mean=st.floats(1, 15), dispersion=st.floats(1.1, 10))
def test_more_scatter_makes_a_high_count_less_strange(count: int, mean: float, dispersion: float) -> None:
    assert upper_tail(count, mean, dispersion=dispersion) >= upper_tail(count, mean)


def test_the_dispersion_is_not_moved_by_a_minority() -> None:
    rng = np.random.default_rng(1)
    expected = np.full(400, 100.0)
    counts = rng.poisson(expected).astype(float)
    assert dispersion_of(counts, expected) < 1.6
    counts[:100] = 0
    assert dispersion_of(counts, expected) < 3


HOLM = """
p                          alpha  flagged
0.0001 0.04 0.5            0.05   1 0 0
0.01   0.02 0.5            0.05   1 1 0
0.03   0.03 0.03           0.05   0 0 0
0.016  0.024 0.049         0.05   1 1 1
"""


@pytest.mark.parametrize("line", HOLM.strip().splitlines()[1:])
def test_holm(line: str) -> None:
    words = line.split()
    n = (len(words) - 1) // 2
    p, alpha, flagged = words[:n], words[n], words[n + 1 :]
    assert holm(np.array(p, dtype=float), alpha=float(alpha)).tolist() == [word == "1" for word in flagged]


@settings(deadline=None)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30), alpha=st.floats(0.0001, 0.5))
def test_holm_flags_no_less_than_bonferroni_and_no_more_than_nothing_corrected(
    p: list[float], alpha: float
) -> None:
    values, flags = np.array(p), holm(np.array(p), alpha=alpha)
    assert not (flags & (values > alpha)).any()
    assert flags[values <= alpha / len(p)].all()


def test_usual_is_what_most_rows_do() -> None:
    counts, totals = np.array([10.0, 10.0, 90.0, 10.0]), np.full(4, 100.0)
    assert usual_share(counts, totals) == pytest.approx(0.1)


def test_a_clean_series_is_flagged_as_seldom_as_stated() -> None:
    """1,000 series of 60 groups, true share 5 %, overdispersed: about ALPHA of them may raise anything."""
    rng = np.random.default_rng(2)
    totals = np.full(60, 800.0)
    alarms = 0
    for _ in range(1_000):
        share = rng.gamma(50.0, 0.05 / 50.0, 60)
        alarms += bool(bursts(rng.poisson(totals * share), totals).flagged.any())
    assert alarms <= 1_000 * ALPHA + 4 * np.sqrt(1_000 * ALPHA)


def test_a_burst_is_flagged() -> None:
    totals = np.full(24, 1_000.0)
    counts = np.full(24, 50.0)
    counts[7] = 150.0
    found = bursts(counts, totals)
    assert np.flatnonzero(found.flagged).tolist() == [7]
    assert found.over((7, 7)).excess == pytest.approx(100)


@pytest.mark.parametrize(("first", "end"), [(40, 44), (0, 5), (115, 120), (60, 61)])
def test_the_scan_gives_the_very_days(first: int, end: int) -> None:
    rng = np.random.default_rng(3)
    expected = np.full((2, 120), 60.0)
    counts = rng.poisson(expected).astype(float)
    counts[1, first:end] = 0
    (gap,) = gaps(counts, expected, longest=28)
    assert (gap.series, gap.first, gap.end, gap.observed) == (1, first, end, 0)


def test_the_scan_is_silent_where_nothing_is_missing() -> None:
    rng = np.random.default_rng(4)
    expected = np.full((5, 365), 4.0)
    assert sum(len(gaps(rng.poisson(expected).astype(float), expected, longest=28)) for _ in range(40)) == 0


def test_a_series_in_which_nothing_is_expected_has_no_gap() -> None:
    assert gaps(np.zeros((1, 60)), np.zeros((1, 60)), longest=28) == ()
