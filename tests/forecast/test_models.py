"""What each model believes, on towns small enough to do by hand; and how a plug-in joins the catalogue."""

import sys
from importlib import metadata

import numpy as np
import pytest

from peelian.domain.errors import BadInput
from peelian.forecast.models import catalogue
from peelian.forecast.models.base import age_bands, dispersion, predictive_interval
from peelian.forecast.models.boosted import BoostedTrees
from peelian.forecast.models.counts import PlainCounts
from peelian.forecast.models.historical_mean import HistoricalMean
from peelian.forecast.models.kde import KernelDensity
from peelian.forecast.models.recency import Recency
from tests.forecast.towns import history, square, town_counts, week_after

CELLS = square(2)


def weekly(model, counts, cells=CELLS):
    past = history(np.asarray(counts, np.int32), cells)
    return model.fit(past).predict(week_after(past))


def one_burst(days: int, age_days: int, n: int = 1):
    """Return `days` days of four cells in which n incidents happened, all in cell 0, `age_days` ago."""
    counts = np.zeros((days, 4), np.int32)
    counts[days - age_days, 0] = n
    return counts


def test_plain_counts_are_last_years_incidents_spread_over_its_days():
    assert weekly(PlainCounts(), one_burst(730, 365, n=365)).mean.tolist() == [7.0, 0.0, 0.0, 0.0]
    assert not weekly(PlainCounts(), one_burst(730, 366, n=365)).mean.any()


def test_plain_counts_of_a_shorter_history_are_spread_over_the_days_there_are():
    assert weekly(PlainCounts(), one_burst(70, 5, n=10)).mean.tolist() == [1.0, 0.0, 0.0, 0.0]


def test_the_historical_mean_forgets_nothing():
    assert weekly(HistoricalMean(), one_burst(700, 700, n=100)).mean[0] == pytest.approx(1.0)


def test_recency_halves_the_weight_of_an_incident_every_half_life():
    young, old = (weekly(Recency(half_life_days=60), one_burst(730, age)).mean[0] for age in (10, 70))
    assert young == pytest.approx(2 * old)


def test_cells_with_equal_counts_tie_exactly_however_old_their_incidents_are():
    """Ties fall by cell name; a rounding that knows the age of incidents would decide them instead."""
    counts = np.zeros((400, 4), np.int32)
    for cell, ages in enumerate([(1, 2, 30, 100), (3, 200, 300, 364), (29, 30, 31, 32), (1, 29, 92, 93)]):
        counts[400 - np.array(ages), cell] = 1
    assert len(set(weekly(PlainCounts(), counts).mean)) == 1


def test_contributions_say_how_old_the_incidents_are():
    found = weekly(PlainCounts(), sum(one_burst(400, age) for age in (1, 28, 29, 91, 92, 365)))
    assert [(part.name, round(part.values[0] * 365 / 7)) for part in found.contributions] == [
        ("last 28 days", 2),
        ("29 to 91 days ago", 2),
        ("92 to 365 days ago", 2),
    ]


@pytest.mark.parametrize("days", [1, 27, 28, 29, 91, 92, 364, 365, 366, 2000])
def test_the_bands_of_age_cover_every_day_once(days):
    covered = np.zeros(days, dtype=int)
    for _, rows in age_bands(days):
        covered[rows] += 1
    assert (covered == 1).all()


def test_kernel_density_loses_no_incident_at_the_edge():
    for corner in range(4):
        counts = np.zeros((400, 4), np.int32)
        counts[-1, corner] = 365
        found = weekly(KernelDensity(bandwidth_m=300.0), counts)
        assert found.mean.sum() == pytest.approx(7.0)
        assert found.mean.argmax() == corner


def test_kernel_density_spreads_as_the_distance_between_centres_says():
    cells = square(9)
    counts = np.zeros((400, 81), np.int32)
    counts[-1, 40] = 1  # the middle cell
    found = weekly(KernelDensity(bandwidth_m=250.0), counts, cells).mean.reshape(9, 9)
    assert found[4, 5] / found[4, 4] == pytest.approx(np.exp(-0.5))
    assert found[5, 5] / found[4, 4] == pytest.approx(np.exp(-1.0))
    assert found == pytest.approx(found.T)


def test_kernel_density_keeps_apart_what_came_from_the_cell_its_neighbours_and_beyond():
    cells = square(9)
    counts = np.zeros((400, 81), np.int32)
    counts[-1, [40, 42]] = 1  # the middle cell, and one two cells away
    own, near, far = weekly(KernelDensity(bandwidth_m=200.0), counts, cells).contributions
    assert own.values[40] > 0
    assert near.values[40] == pytest.approx(0, abs=1e-15)
    assert far.values[40] > 0
    assert (own.values[41], near.values[41] > 0, far.values[41]) == (0, True, pytest.approx(0, abs=1e-15))


def test_a_narrow_kernel_is_plain_counts():
    counts = town_counts(side=2, days=400)
    assert weekly(KernelDensity(bandwidth_m=1.0), counts).mean == pytest.approx(
        weekly(PlainCounts(), counts).mean
    )


def test_kernel_density_says_so_when_one_cell_lies_on_the_other_side_of_the_earth():
    with pytest.raises(BadInput, match="far away from all others"):
        weekly(KernelDensity(), np.ones((30, 2)), np.array([[0, 0], [90_000, 90_000]], np.int32))


def test_boosted_trees_need_features():
    with pytest.raises(BadInput, match="weekly_features"):
        weekly(BoostedTrees(), town_counts(side=2, days=60))


def test_boosted_trees_learn_that_risk_moves_to_the_neighbours():
    """A town where a burst in one cell is followed, the week after, by an incident in each cell around it."""
    rng = np.random.default_rng(3)
    side, weeks = 12, 80
    around = np.array([-side - 1, -side, -side + 1, -1, 1, side - 1, side, side + 1])
    inner = np.arange(side * side).reshape(side, side)[1:-1, 1:-1].ravel()
    burst = rng.choice(inner, weeks)
    counts = np.zeros((7 * weeks, side * side), np.int32)
    counts[7 * np.arange(weeks) + 3, burst] = 6
    counts[7 * np.arange(1, weeks)[:, None] + 4, burst[:-1, None] + around] = 1
    past = history(counts, square(side), features=True)
    mean = BoostedTrees(least_rows=20).fit(past).predict(week_after(past)).mean
    due = np.isin(np.arange(side * side), burst[-1] + around)
    assert mean[due].min() > 3 * mean[~due].mean()


def test_the_interval_holds_what_happens_as_often_as_it_says():
    """Gamma-distributed rates that change every week: variance = μ + μ²/2. Counts being whole, a little over 90 %."""
    rng = np.random.default_rng(11)
    mean = np.full(400, 40.0)
    rate = rng.gamma(2.0, 0.5, size=(60, 400)) * mean
    counts = np.zeros((7 * 60, 400), np.int32)
    counts[::7] = rng.poisson(rate)
    past = history(counts, square(20))
    assert dispersion(past) == pytest.approx(0.5, abs=0.05)
    lo, hi = predictive_interval(mean, history=past, horizon_days=7)
    happened = rng.poisson(rng.gamma(2.0, 0.5, size=(200, 400)) * mean)
    assert 0.88 <= ((lo <= happened) & (happened <= hi)).mean() <= 0.93


def test_a_cell_where_nothing_happened_in_four_weeks_may_still_have_an_incident():
    lo, hi = predictive_interval(np.zeros(4), history=history(np.zeros((28, 4)), CELLS), horizon_days=7)
    assert (lo.tolist(), hi.tolist()) == ([0.0] * 4, [1.0] * 4)
    lo, hi = predictive_interval(np.zeros(4), history=history(np.zeros((730, 4)), CELLS), horizon_days=7)
    assert hi.tolist() == [0.0] * 4


@pytest.fixture
def plug_in(tmp_path, monkeypatch):
    """Install, for one test, a package that offers a forecaster under the name it is given."""

    def install(name: str) -> None:
        (tmp_path / "stranger.py").write_text(
            "from peelian.forecast.models.counts import PlainCounts\n"
            "def forecaster():\n    return PlainCounts(days=28)\n"
        )
        info = tmp_path / "stranger-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[peelian.forecasters]\n{name} = stranger:forecaster\n")
        monkeypatch.syspath_prepend(tmp_path)
        metadata.MetadataPathFinder().invalidate_caches()

    yield install
    sys.modules.pop("stranger", None)


def test_an_installed_package_adds_its_forecaster_to_the_catalogue(plug_in):
    plug_in("last-month")
    assert set(catalogue()) >= {"plain-counts", "last-month"}
    assert catalogue()["last-month"]().days == 28


def test_a_package_cannot_take_the_place_of_a_forecaster_of_ours(plug_in):
    plug_in("plain-counts")
    with pytest.raises(BadInput, match="offered twice"):
        catalogue()
