"""Proxies on real data: what the predictions of a real product told of who lived where."""

from __future__ import annotations

import numpy as np

from benchmarks.proxies import FIGURES, community_areas, of_predictions, over_departments
from tests.data import DATA, data_folder


@data_folder("governance")
def test_predictions_of_a_real_product_told_the_poor_from_the_rich_in_most_departments() -> None:
    """The Markup (2021) found that the whiter and richer an area, the fewer predictions it had."""
    found = {row["group"]: row for row in of_predictions(DATA / "governance" / "predpol-audit")}
    assert {row["departments"] for row in found.values()} == {38}
    assert found["White"]["hi"] < 0 < found["African American"]["lo"]
    assert found["Greater than 200k"]["hi"] < 0 < found["Less than 45k"]["lo"]
    assert found["Less than 45k"]["chance"] < 0.01
    assert found["Asian"]["lo"] < 0 < found["Asian"]["hi"]
    assert found["Asian"]["chance"] > 0.05


def test_correlations_of_no_sign_are_what_dealt_signs_reach() -> None:
    values = np.tile([0.3, -0.3], 19)
    found = over_departments(values, rng=np.random.default_rng(1))
    assert found["lo"] < 0 < found["hi"]
    assert found["chance"] > 0.9


@data_folder("forecast")
def test_the_community_areas_lie_in_chicago_and_their_figures_are_shares() -> None:
    areas = community_areas(DATA / "forecast")
    assert areas.shares.shape == (74, len(FIGURES))
    assert (areas.shares.min(axis=0) == 0).all()
    assert (areas.shares.max(axis=0) == 1).all()
    assert np.ptp(areas.centres, axis=0).max() < 45_000
