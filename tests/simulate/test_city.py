"""The ground: streets in one piece, cells that belong to the house's grid, a background that adds up."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from peelian.domain.errors import BadInput
from peelian.simulate.city import build_city
from peelian.simulate.spec import CitySpec, LandUse
from peelian.simulate.streets import MISSING_SHARE
from tests.simulate.cities import SMALL, city


@pytest.mark.parametrize("missing_share", [MISSING_SHARE, 0.5])
def test_every_street_can_be_reached_from_every_other(
    missing_share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peelian.simulate.streets.MISSING_SHARE", missing_share)
    segments = build_city(CitySpec(), np.random.default_rng(1)).streets.segments_m
    _, name = np.unique(segments.reshape(-1, 2), axis=0, return_inverse=True)
    ends = name.reshape(-1, 2)
    links = coo_matrix((np.ones(len(ends)), ends.T), shape=(name.max() + 1,) * 2)
    assert connected_components(links, directed=False)[0] == 1


def test_only_main_roads_cross_the_river() -> None:
    made = build_city(CitySpec(), np.random.default_rng(1))
    water = made.land_use == LandUse.WATER
    wet = water[made.rows_of(made.streets.segments_m.mean(axis=1))]
    assert wet.any()
    assert made.streets.main[wet].mean() > 0.5  # banks share cells with the river; whole minor bridges do not
    assert made.streets.main.mean() < 0.3


def test_the_land_has_every_use() -> None:
    uses = set(build_city(CitySpec(), np.random.default_rng(1)).land_use.tolist())
    assert uses == {int(use) for use in LandUse}


def test_street_points_lie_on_streets_inside_the_city_and_in_their_own_cell() -> None:
    made = city()
    west, south, east, north = SMALL.bounds_m
    x, y = made.points_m.T
    assert ((west <= x) & (x < east) & (south <= y) & (y < north)).all()
    row = np.repeat(np.arange(len(made.cells)), np.diff(made.first_point))
    np.testing.assert_array_equal(made.cells[row], SMALL.grid.cells_of(x, y))
    assert metres_from_streets(made.streets.segments_m, made.points_m[::40]).max() < 1e-6


def metres_from_streets(segments_m: np.ndarray, points_m: np.ndarray) -> np.ndarray:
    """Distance of each point to the nearest segment, by plain geometry and no index."""
    begin, along = segments_m[:, 0], segments_m[:, 1] - segments_m[:, 0]
    from_begin = points_m[:, None, :] - begin[None]
    share = np.clip((from_begin * along).sum(axis=2) / (along**2).sum(axis=1), 0, 1)
    return np.linalg.norm(from_begin - share[..., None] * along, axis=2).min(axis=1)


def test_the_background_adds_up_and_avoids_the_water() -> None:
    made = city()
    np.testing.assert_allclose(made.weekly.sum(axis=1), [group.weekly_rate for group in SMALL.groups])
    assert made.weekly[:, made.land_use == LandUse.WATER].sum() == 0
    no_street = np.diff(made.first_point) == 0
    assert made.weekly[:, no_street].sum() == 0


def test_risk_sources_raise_the_cells_around_them() -> None:
    made = build_city(CitySpec(), np.random.default_rng(1))
    centres = made.spec.grid.centres(made.cells)
    for index, group in enumerate(made.spec.groups):
        near = np.zeros(len(centres), bool)
        for source in made.sources:
            if source.kind == group.attracted_by:
                near |= np.hypot(*(centres - [source.x_m, source.y_m]).T) < 400
        assert made.weekly[index, near].mean() > 2 * made.weekly[index, ~near].mean()


def test_the_same_seed_draws_the_same_city_and_another_draws_another() -> None:
    first, again, other = (build_city(SMALL, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.weekly.tobytes() == again.weekly.tobytes()
    assert first.points_m.tobytes() == again.points_m.tobytes()
    assert first.weekly.tobytes() != other.weekly.tobytes()


def test_nobody_can_change_a_city_afterwards() -> None:
    with pytest.raises(ValueError, match="read-only"):
        city().weekly[0, 0] = 1.0


def test_the_city_lies_on_open_water_and_says_that_it_is_synthetic() -> None:
    west, south, east, north = CitySpec().bounds_deg
    assert -87.5 < west < east < -87.0  # the middle of Lake Michigan, 30 km from either shore
    assert 42.9 < south < north < 43.1
    assert "synthetic" in CitySpec().name


def test_a_city_of_broken_cells_is_refused() -> None:
    with pytest.raises(BadInput, match="whole 250 m cells"):
        CitySpec(width_m=8_100.0)


def test_an_unknown_group_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(BadInput, match="burglary, vehicle theft, robbery, drug possession"):
        CitySpec().group("arson")
