"""Proxies measured: planted ones are found, absent ones are not, and a useless input changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.domain.errors import BadInput
from peelian.domain.place import Grid
from peelian.forecast.auditing.groups_file import read_groups
from peelian.forecast.history import Features, History
from peelian.forecast.models.boosted import BoostedTrees
from peelian.forecast.proxies import AreaShares, inputs_of_areas, told, without_each

GRID = Grid(epsg=32616, size_m=250.0)


def centres(count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0, 10_000, size=(count, 2))


@pytest.mark.requirement("D03")
def test_a_planted_proxy_is_found_and_neighbours_alone_do_not_find_it() -> None:
    rng = np.random.default_rng(1)
    inputs = rng.poisson(20, size=(200, 4)).astype(float)
    shares = np.clip(np.log1p(inputs[:, 2]) / 5 + rng.normal(0, 0.01, 200), 0, 1)
    found = told(inputs, shares=shares, centres=centres(200, rng), group="a", offence="x", rng=rng)
    assert found.r2.value > 0.8
    assert found.auc.value > 0.9
    assert found.r2.lo <= found.r2.value <= found.r2.hi
    assert found.r2_neighbours.value < 0.2 < found.r2.lo
    assert found.r2_apart.value > 0.8 > found.r2_chance


def test_where_only_the_place_tells_the_neighbours_find_it_and_the_inputs_do_not() -> None:
    rng = np.random.default_rng(2)
    where = centres(300, rng)
    shares = where[:, 0] / 10_000
    inputs = rng.poisson(20, size=(300, 4)).astype(float)
    found = told(inputs, shares=shares, centres=where, group="a", offence="x", rng=rng)
    assert found.r2.value < 0.1
    assert found.auc.value < 0.6
    assert found.r2_neighbours.value > 0.9


def test_inputs_that_only_tell_the_place_tell_little_of_districts_never_seen() -> None:
    """Inputs and shares are both patches of some two kilometres, drawn apart: only near areas tell each other."""
    rng = np.random.default_rng(4)
    where = centres(300, rng)
    patches = (where // 2_000).astype(int) @ np.array([1, 5])
    shares = rng.uniform(size=25)[patches]
    inputs = rng.poisson(20, size=(25, 4)).astype(float)[patches] + rng.poisson(0.2, size=(300, 4))
    found = told(inputs, shares=shares, centres=where, group="a", offence="x", rng=rng)
    assert found.r2_apart.value < found.r2.value - 0.1
    assert found.r2_apart.value < 0.1


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000))
def test_what_is_noise_is_not_told(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = told(
        rng.poisson(5, size=(150, 3)).astype(float),
        shares=rng.uniform(size=150),
        centres=centres(150, rng),
        group="a",
        offence="x",
        rng=rng,
    )
    assert found.r2.value < 0.15
    assert found.r2.lo < 0.05


@pytest.mark.parametrize(("areas", "says"), [(19, "fewer than 20"), (0, "fewer than 20")])
def test_too_few_areas_say_nothing(areas: int, says: str) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match=says):
        told(
            np.ones((areas, 2)),
            shares=rng.uniform(size=areas),
            centres=centres(areas, rng),
            group="a",
            offence="x",
            rng=rng,
        )


def test_a_share_that_is_everywhere_the_same_says_nothing() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match="the same share in every area"):
        told(
            np.ones((30, 2)),
            shares=np.full(30, 0.2),
            centres=centres(30, rng),
            group="a",
            offence="x",
            rng=rng,
        )


def history(*, weeks: int = 30, side: int = 12, seed: int = 3) -> History:
    """Return a history in which `own_28` tells the rate, and `ring_7` is noise that tells nothing."""
    rng = np.random.default_rng(seed)
    cells = np.array([(x, y) for x in range(side) for y in range(side)], dtype=np.int32)
    rate = rng.gamma(0.5, 0.4, len(cells))
    days = 7 * weeks
    counts = rng.poisson(rate, size=(days, len(cells))).astype(np.int32)
    sampled = np.arange(0, days + 1, 7, dtype=np.int32)
    own = np.stack([counts[max(0, day - 28) : day].sum(axis=0) for day in sampled])
    noise = rng.poisson(0.5, size=own.shape)
    return History(
        grid=GRID,
        offence="burglary",
        zone="America/Chicago",
        basis="occurred",
        cells=cells,
        first_day=date(2026, 1, 1),
        counts=counts,
        outside=np.zeros(days, np.int32),
        features=Features(("own_28", "ring_7"), sampled, np.stack([own, noise], axis=-1).astype(np.int32)),
    )


def test_the_input_that_carries_a_forecast_changes_it_and_noise_hardly_does() -> None:
    carried, noise = without_each(history(), model=BoostedTrees(least_rows=20), coverage=0.1)
    assert (carried.left_out, noise.left_out) == ("own_28", "ring_7")
    assert carried.changed > noise.changed + 0.2
    assert carried.hit_rate < carried.hit_rate_with - 0.05
    assert carried.hit_rate_with == noise.hit_rate_with


def test_an_area_knows_the_mean_of_its_cells_and_one_without_cells_is_left_out() -> None:
    past = history()
    assert past.features is not None
    far = np.array([[1_500.0, 1_500.0], [1e7, 1e7]])
    inputs, covered = inputs_of_areas(past, areas=AreaShares(far, ("a",), np.zeros((2, 1))))
    assert covered.tolist() == [True, False]
    assert inputs[0] == pytest.approx(past.features.on(past.days).mean(axis=0))


GROUPS = "lon,lat,share_a,share_b\n-87.2,43.0,0.1,0.9\n-87.3,43.1,0.5,0\n"


def test_an_auditors_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text(GROUPS, encoding="utf-8")
    areas = read_groups(path, grid=GRID)
    assert areas.groups == ("share_a", "share_b")
    assert areas.shares.tolist() == [[0.1, 0.9], [0.5, 0.0]]
    assert areas.centres.shape == (2, 2)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("lon,", "long,", "needs the columns lon, lat"),
        ("share_b", "share_a", "each named once"),
        (",share_a,share_b", "", "one for each group"),
        ("0.9", "90", "not between 0 and 1"),
        ("0.9", "-0.1", "not between 0 and 1"),
        ("0.9", "nan", "one finite number"),
        ("0.9", "many", "row 2: could not convert"),
        (",0.9", "", "one finite number"),
        ("-87.2,43.0", "-87.2,430", "no place on this city's map"),
        (GROUPS.partition("\n")[2], "", "has no areas"),
        (GROUPS, "", "needs the columns"),
    ],
)
def test_an_auditors_file_that_is_none_says_why(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GROUPS
    path = tmp_path / "groups.csv"
    path.write_text(GROUPS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        read_groups(path, grid=GRID)
