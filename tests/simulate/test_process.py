"""What happens agrees with the intensity that the city claims to be made with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from peelian.domain.errors import BadInput
from peelian.simulate.calendar import DAY_S, daily_background
from peelian.simulate.city import build_city
from peelian.simulate.process import city_clock, occurrences
from peelian.simulate.truth import truth_of
from tests.simulate.cities import SEEDS, SMALL, city, history, truth

BURGLARY = SMALL.group("burglary")
SIGMAS = 4.5  # a right simulation fails one of the bounds below about once in 10,000 tables of seeds


def per_cell(seed: int, index: int) -> np.ndarray:
    found = history(seed)
    return np.bincount(found.row[found.group == index], minlength=len(city().cells))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("index", range(len(SMALL.groups)))
def test_the_total_is_what_was_expected(seed: int, index: int) -> None:
    group = SMALL.groups[index]
    expected = truth().expected(group.name, first=SMALL.start, days=SMALL.days).sum()
    deviation = (per_cell(seed, index).sum() - expected) / np.sqrt(expected) * (1 - group.branching)
    assert abs(deviation) < SIGMAS  # a branching process has 1 / (1 - branching)^2 times Poisson's variance


@pytest.mark.parametrize("index", range(len(SMALL.groups)))
def test_every_cell_gets_what_it_was_expected_to_get(index: int) -> None:
    group = SMALL.groups[index]
    expected = len(SEEDS) * truth().expected(group.name, first=SMALL.start, days=SMALL.days)
    counted = sum(per_cell(seed, index) for seed in SEEDS)
    assert counted[expected == 0].sum() == 0
    busy = expected > 10
    misfit = (counted[busy] - expected[busy]) ** 2 / expected[busy]
    assert 0.6 < misfit.mean() < 2.2  # 1 for Poisson, up to 1 / 0.75^2 = 1.8 with near repeats
    assert np.corrcoef(counted[busy], expected[busy])[0, 1] > 0.95


def test_in_the_long_run_the_rate_is_background_over_one_minus_branching() -> None:
    expected = truth().expected("burglary", first=SMALL.start, days=SMALL.days).sum()
    assert expected == pytest.approx(BURGLARY.weekly_rate / 0.75 * SMALL.days / 7, rel=0.005)


def test_the_branching_ratio_is_recovered_by_counting_children() -> None:
    for index, group in enumerate(SMALL.groups):
        parents, children = 0, 0
        for seed in SEEDS:
            found = history(seed)
            last_s = found.start_s.max() - 8 * SMALL.decay_days * DAY_S  # later ones had no time for theirs
            parents += int(((found.group == index) & (found.start_s < last_s)).sum())
            has_parent = found.parent >= 0
            of_parent = found.parent[has_parent & (found.group == index)]
            children += int((found.start_s[of_parent] < last_s).sum())
        bound = SIGMAS * np.sqrt(max(group.branching, 1e-12) / parents)
        assert abs(children / parents - group.branching) < bound + 0.001  # delays beyond 8 means are cut off


def test_near_repeats_are_near_and_soon() -> None:
    found = history(SEEDS[0])
    child = np.flatnonzero(found.parent >= 0)
    parent = found.parent[child]
    delay_days = (found.start_s[child] - found.start_s[parent]) / DAY_S
    offset = found.points_m[child] - found.points_m[parent]
    assert (delay_days > 0).all()
    assert delay_days.mean() == pytest.approx(SMALL.decay_days, rel=0.08)
    assert offset.std(axis=0) == pytest.approx([SMALL.spread_m] * 2, rel=0.12)
    np.testing.assert_array_equal(found.generation[child], found.generation[parent] + 1)
    np.testing.assert_array_equal(found.group[child], found.group[parent])


def test_weekends_summers_and_evenings_show() -> None:
    robbery = SMALL.groups.index(SMALL.group("robbery"))
    civil = [
        city_clock(city()).to_civil(history(seed).start_s[history(seed).group == robbery]) for seed in SEEDS
    ]
    civil_s = np.concatenate(civil)
    weekend = ((civil_s // DAY_S + 3) % 7 >= 4).mean()
    group = SMALL.group("robbery")
    rate = daily_background(group, first=date(2024, 1, 1), days=7)
    assert weekend == pytest.approx(rate[4:].sum() / rate.sum(), abs=0.05)  # near repeats blur it a little
    evening = (np.abs((civil_s % DAY_S) / 3600 - group.peak_hour + 12) % 24 - 12 < 4).mean()
    night_and_day = (np.abs((civil_s % DAY_S) / 3600 - (group.peak_hour - 12)) < 4).mean()
    assert evening > 2 * night_and_day
    summer, winter = (
        daily_background(SMALL.group("vehicle theft"), first=day, days=28).sum()
        for day in (date(2024, 7, 1), date(2024, 1, 1))
    )
    assert summer / winter == pytest.approx(1.15 / 0.85, rel=0.02)


def test_knowing_the_past_moves_the_truth_towards_what_comes() -> None:
    """The conditional truth has the higher log score, summed over weeks and histories, or it is no truth."""
    gain = 0.0
    burglary = SMALL.groups.index(BURGLARY)
    for seed in SEEDS:
        found = history(seed)
        for week in range(20, 50, 3):
            first = SMALL.start + timedelta(days=7 * week)
            midnight = np.datetime64(first, "s").astype(np.int64)
            begin, end = city_clock(city()).to_utc(np.array([midnight, midnight + 7 * DAY_S]))
            inside = (found.group == burglary) & (found.start_s >= begin) & (found.start_s < end)
            counts = np.bincount(found.row[inside], minlength=len(city().cells))
            blind = truth().expected("burglary", first=first, days=7)
            seeing = truth().expected_given(found, "burglary", first=first, days=7)
            lived_in = blind > 0
            gain += float((counts[lived_in] * np.log(seeing[lived_in] / blind[lived_in])).sum())
            gain -= float((seeing - blind).sum())
    assert gain > 10.0


def test_weeks_add_up_to_the_year() -> None:
    weeks = [
        truth().expected("robbery", first=SMALL.start + timedelta(days=7 * week), days=7)
        for week in range(52)
    ]
    np.testing.assert_allclose(sum(weeks), truth().expected("robbery", first=SMALL.start, days=364))


def test_a_day_before_the_city_began_has_no_truth() -> None:
    with pytest.raises(BadInput, match="begins on 2024-01-01"):
        truth().expected("robbery", first=date(2023, 12, 31), days=7)


def test_without_near_repeats_there_are_no_parents() -> None:
    calm = replace(SMALL, groups=tuple(replace(group, branching=0.0) for group in SMALL.groups))
    found = occurrences(build_city(calm, np.random.default_rng(7)), np.random.default_rng(1))
    assert (found.parent == -1).all()
    assert (found.generation == 0).all()


def test_a_branching_ratio_of_one_is_refused() -> None:
    with pytest.raises(BadInput, match="never stop repeating"):
        replace(BURGLARY, branching=1.0)


def test_every_cell_passes_on_all_of_its_near_repeats() -> None:
    made = truth_of(city())
    has_street = np.diff(city().first_point) > 0
    np.testing.assert_allclose(np.asarray(made.spread.sum(axis=0)).ravel()[has_street], 1.0)
