"""One suite for every forecaster of the catalogue, ours or a plug-in's: what each of them owes its readers."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from peelian.domain.dwellings import LeftOut
from peelian.domain.errors import BadInput
from peelian.domain.surface import Scale
from peelian.domain.time import Period
from peelian.forecast.history import History
from peelian.forecast.models import catalogue
from tests.forecast.towns import FIRST_DAY, ZONE, history, square, town_counts, week_after

SIDE, DAYS = 9, 7 * 60
CELLS = square(SIDE)
COUNTS = town_counts(side=SIDE, days=DAYS)

pytestmark = pytest.mark.parametrize("name", sorted(catalogue()))


@pytest.fixture(scope="module")
def past() -> History:
    return history(COUNTS, CELLS, features=True)


def surface(name: str, past: History, *, days: int = 7):
    return catalogue()[name]().fit(past).predict(week_after(past, days=days))


def test_it_is_named_in_the_catalogue_as_it_names_itself(name):
    model = catalogue()[name]().model
    assert model.name == name
    assert model.version >= 1
    assert "interval" in dict(model.parameters)


def test_the_same_history_gives_the_same_bytes(name, past):
    assert surface(name, past).digest() == surface(name, past).digest()


def test_expectations_are_finite_and_never_negative_and_lie_in_their_interval(name, past):
    found = surface(name, past)
    assert np.isfinite(found.mean).all()
    assert (found.mean >= 0).all()
    assert found.level == 0.90
    assert (found.lo <= found.hi).all()
    assert ((found.lo <= np.ceil(found.mean)) & (np.floor(found.mean) <= found.hi)).all()
    assert not found.abstained.any()


def test_nothing_from_the_cutoff_on_can_be_seen(name, past):
    """The counts of the cutoff's day and of every day after it are poisoned; not a byte may change."""
    cutoff = past.end_day - timedelta(days=28)
    poisoned = COUNTS.copy()
    poisoned[-28:] = 999
    clean, foul = past.until(cutoff), history(poisoned, CELLS, features=True).until(cutoff)
    assert surface(name, clean).digest() == surface(name, foul).digest()


def test_what_was_before_the_cutoff_is_seen(name, past):
    """The twin of the law above: without it, a model that sees nothing at all would pass."""
    busier = COUNTS.copy()
    busier[-28:] += 1
    assert surface(name, past).mean.sum() < surface(name, history(busier, CELLS, features=True)).mean.sum()


def test_the_order_of_cells_does_not_matter(name, past):
    order = np.random.default_rng(5).permutation(len(CELLS))
    moved = surface(name, history(COUNTS[:, order], CELLS[order], features=True))
    assert np.array_equal(moved.mean, surface(name, past).mean[order])


def test_two_weeks_are_twice_one_week(name, past):
    assert surface(name, past, days=14).mean == pytest.approx(2 * surface(name, past).mean, rel=1e-12)


def test_the_parts_make_the_mean_or_the_surface_is_not_for_patrol(name, past):
    found = surface(name, past)
    if found.scale is Scale.NONE:
        assert (found.contributions, found.selectable_for_patrol) == ((), False)
    else:
        parts = np.array([part.values for part in found.contributions])
        assert (parts >= 0).all()
        combine = np.sum if found.scale is Scale.SUM else np.prod
        assert np.abs(combine(parts, axis=0) - found.mean).max() < 1e-9


def test_the_total_is_near_what_has_been_usual(name, past):
    usual = COUNTS[-364:].sum() / 52
    assert surface(name, past).mean.sum() == pytest.approx(usual, rel=0.15)


def test_a_place_that_had_most_ranks_above_one_that_had_least(name, past):
    mean, had = surface(name, past).mean, COUNTS[-364:].sum(axis=0)
    assert mean[had.argmax()] > 5 * mean[had.argmin()]


def test_it_carries_why_homes_are_not_among_its_cells(name, past):
    homes = LeftOut("no-household-place", "s", date(2026, 1, 1), least=10, places=3)
    assert surface(name, replace(past, left_out=homes)).left_out == homes
    assert surface(name, past).left_out is None


def test_no_incidents_at_all_give_an_expectation_of_none(name):
    found = surface(name, history(np.zeros_like(COUNTS), CELLS, features=True))
    assert not found.mean.any()
    assert not found.lo.any()


def test_a_single_cell_is_a_city_too(name):
    alone = history(np.ones((DAYS, 1), np.int32), CELLS[:1], features=True)
    assert surface(name, alone).mean == pytest.approx([7.0], rel=0.05)


def test_with_less_than_four_weeks_it_abstains_everywhere(name):
    for days in (0, 1, 27):
        assert surface(name, history(COUNTS[:days], CELLS, features=True)).abstained.all()
    assert not surface(name, history(COUNTS[:28], CELLS, features=True)).abstained.any()


def test_a_period_that_begins_before_the_cutoff_is_refused(name, past):
    fitted = catalogue()[name]().fit(past)
    with pytest.raises(BadInput, match="begins before the cutoff"):
        fitted.predict(Period(past.end_day - timedelta(days=1), past.end_day + timedelta(days=6), ZONE))


def test_days_of_another_zone_are_refused(name, past):
    week = replace(week_after(past), zone="Europe/London")
    with pytest.raises(BadInput, match="use the same zone"):
        catalogue()[name]().fit(past).predict(week)


def test_a_later_period_may_be_forecast_from_an_earlier_cutoff(name, past):
    late = Period(past.end_day + timedelta(days=3), past.end_day + timedelta(days=10), ZONE)
    found = catalogue()[name]().fit(past).predict(late)
    assert (found.cutoff.day, found.period) == (past.end_day, late)
    assert found.cutoff.day > FIRST_DAY
