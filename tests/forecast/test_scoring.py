"""The intervals of one week's score: as wide as a week of Poisson counts is, and none where none is honest."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from peelian.domain.place import Floats, Grid
from peelian.domain.surface import Model, RiskSurface, Scale
from peelian.domain.time import Cutoff, Period
from peelian.forecast.bootstrap import LEAST_ORIGINS, estimate, moving_blocks
from peelian.forecast.metrics import Ratio
from peelian.forecast.scoring import ScoreRow, score_beside

PERIOD = Period(date(2026, 3, 2), date(2026, 3, 9), "America/Chicago")
CELLS = np.array([[x, 0] for x in range(34)], dtype=np.int32)
RATES = np.linspace(0.1, 4.0, len(CELLS))


def surface(mean: Floats, *, name: str) -> RiskSurface:
    return RiskSurface(
        grid=Grid(epsg=32616, size_m=250.0),
        offence="burglary",
        period=PERIOD,
        cutoff=Cutoff(PERIOD.start, "occurred"),
        cells=CELLS,
        mean=mean,
        lo=mean * 0,
        hi=mean * 2,
        level=0.9,
        contributions=(),
        scale=Scale.NONE,
        abstained=np.zeros(len(mean), dtype=bool),
        model=Model(name, 1),
        data_hash="none",
    )


def rows_of(observed: np.ndarray, *, seed: int = 1) -> dict[str, ScoreRow]:
    """Score the true rates beside the same rates a tenth too high."""
    rows = score_beside(
        surface(RATES, name="truth"),
        baseline=surface(RATES * 1.1, name="plain-counts"),
        observed=observed.astype(np.int32),
        outside=0,
        coverages=(0.1,),
        rng=np.random.default_rng(seed),
    )
    return {row.metric: row for row in rows}


def test_the_interval_of_calibration_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1829)
    weeks = [rows_of(rng.poisson(RATES), seed=week)["calibration"] for week in range(150)]
    held = [row.lo <= 1.0 <= row.hi for row in weeks if row.lo is not None and row.hi is not None]
    assert len(held) == 150
    assert 0.88 <= np.mean(held) <= 0.99


def test_the_difference_of_deviances_has_width_even_between_models_a_factor_apart() -> None:
    row = rows_of(np.random.default_rng(7).poisson(RATES))["deviance"]
    assert (row.lo, row.hi) == (None, None)
    assert row.diff_lo is not None
    assert row.diff_hi is not None
    assert row.diff is not None
    assert row.diff_lo < row.diff < row.diff_hi


def test_pei_claims_no_interval() -> None:
    row = rows_of(np.random.default_rng(7).poisson(RATES))["pei"]
    assert row.value is not None
    assert (row.lo, row.hi, row.diff_lo, row.diff_hi) == (None, None, None, None)


@pytest.mark.parametrize("origins", [1, 2, LEAST_ORIGINS - 1, LEAST_ORIGINS])
def test_a_few_weeks_give_a_figure_and_no_interval(origins: int) -> None:
    rng = np.random.default_rng(3)
    ratio = Ratio("hit_rate", 0.01, rng.integers(1, 9, origins).astype(float), np.full(origins, 10.0))
    found = estimate(ratio, draws=moving_blocks(origins, rng=rng))
    assert found.value is not None
    assert (found.lo is None) == (found.hi is None) == (origins < LEAST_ORIGINS)
