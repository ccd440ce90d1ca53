"""Metrics over drawn towns of ten cells in a row: what was expected, what happened, what the figure must be."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import mean_poisson_deviance

from peelian.domain.errors import BadInput
from peelian.domain.place import Grid
from peelian.domain.surface import Model, RiskSurface, Scale
from peelian.domain.time import Cutoff, Period
from peelian.forecast.metrics import FLOOR_PER_DAY, poisson_deviance, ratios, score

WEEK = Period(date(2024, 1, 1), date(2024, 1, 8), "Europe/London")


def surface(mean) -> RiskSurface:
    mean = np.asarray(mean, dtype=float)
    return RiskSurface(
        grid=Grid(epsg=32630, size_m=250.0),
        offence="theft",
        period=WEEK,
        cutoff=Cutoff(WEEK.start, "occurred"),
        cells=np.stack([np.arange(len(mean)), np.zeros(len(mean))], axis=-1).astype(np.int32),
        mean=mean,
        lo=mean,
        hi=mean,
        level=0.9,
        contributions=(),
        scale=Scale.NONE,
        abstained=np.zeros(len(mean), dtype=bool),
        model=Model("drawn", 1),
        data_hash="",
    )


def figures(*weeks, coverages=(0.1, 0.3)):
    """Return {(metric, coverage): value} pooled over weeks of (expected, observed, outside)."""
    scores = [
        score(
            surface(mean), observed=np.array(observed, dtype=np.int32), outside=outside, coverages=coverages
        )
        for mean, observed, outside in weeks
    ]
    with np.errstate(invalid="ignore"):
        return {
            (r.metric, r.coverage): r.numerator.sum() / r.denominator.sum()
            for r in ratios(scores, coverages=coverages)
        }


EXPECTED = [5, 4, 3, 1, 1, 1, 1, 1, 1, 2]
HAPPENED = [2, 0, 3, 0, 0, 4, 0, 0, 0, 0]  # nine inside, and one more outside the area


def test_hit_rate_counts_incidents_outside_the_area_in_its_denominator():
    found = figures((EXPECTED, HAPPENED, 1))
    assert found["hit_rate", 0.1] == pytest.approx(2 / 10)
    assert found["hit_rate", 0.3] == pytest.approx(5 / 10)


def test_pai_is_the_hit_rate_over_the_share_of_the_area():
    found = figures((EXPECTED, HAPPENED, 1))
    assert found["pai", 0.1] == pytest.approx(0.2 / 0.1)
    assert found["pai", 0.3] == pytest.approx(0.5 / 0.3)


def test_pei_compares_with_the_best_choice_of_as_many_cells():
    found = figures((EXPECTED, HAPPENED, 1))
    assert found["pei", 0.1] == pytest.approx(2 / 4)
    assert found["pei", 0.3] == pytest.approx(5 / 9)


def test_calibration_is_expected_over_observed_inside_the_area():
    assert figures((EXPECTED, HAPPENED, 1))["calibration", None] == pytest.approx(20 / 9)


def test_weeks_are_pooled_as_sums_so_that_a_quiet_week_does_not_weigh_like_a_busy_one():
    quiet = (EXPECTED, [1] + [0] * 9, 0)
    assert figures((EXPECTED, HAPPENED, 1), quiet)["hit_rate", 0.1] == pytest.approx((2 + 1) / (10 + 1))


def test_ties_fall_by_the_name_of_the_cell():
    found = figures(([1] * 10, [3] + [0] * 8 + [7], 0))
    assert found["hit_rate", 0.1] == pytest.approx(3 / 10)


def test_coverage_is_rounded_down_to_whole_cells_but_never_to_none():
    scored = score(surface([1] * 10), observed=np.zeros(10, np.int32), outside=0, coverages=(0.01, 0.39))
    assert scored.chosen == (1, 3)


@given(
    arrays.arrays(np.float64, 12, elements=st.floats(1e-2, 50)),
    arrays.arrays(np.int32, 12, elements=st.integers(0, 40)),
)
def test_deviance_is_the_poisson_deviance_of_scikit_learn(mean, observed):
    ours = poisson_deviance(mean, observed, floor=1e-9) / 12
    assert ours == pytest.approx(mean_poisson_deviance(observed, mean), rel=1e-9, abs=1e-9)


def test_a_cell_where_nothing_was_expected_costs_what_the_floor_says():
    floor = 7 * FLOOR_PER_DAY
    scored = score(surface([0.0, 1.0]), observed=np.array([1, 1], np.int32), outside=0, coverages=())
    assert scored.deviance == pytest.approx(2 * (np.log(1 / floor) - 1 + floor))


@given(arrays.arrays(np.int32, 10, elements=st.integers(0, 9)), st.permutations(range(10)))
def test_hindsight_is_never_beaten(observed, order):
    scored = score(surface(order), observed=observed, outside=0, coverages=(0.1, 0.3, 1.0))
    assert all(hits <= best for hits, best in zip(scored.hits, scored.best, strict=True))
    assert scored.hits[-1] == scored.best[-1] == observed.sum()


def test_counts_of_other_cells_cannot_judge():
    with pytest.raises(BadInput, match="cannot judge"):
        score(surface([1, 2]), observed=np.zeros(3, np.int32), outside=0, coverages=())
