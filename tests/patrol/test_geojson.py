"""The export: nothing without an approval, and the legal effect in every feature."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from shapely.geometry import shape

from peelian.domain.errors import Refused
from peelian.domain.place import project
from peelian.domain.plan import LEGAL_EFFECT, Limits
from peelian.patrol.approval import Approval
from peelian.patrol.geojson import plan_geojson
from peelian.patrol.schedule import propose
from tests.patrol.drawings import GRID, SHIFT_START, drawn_surface

SURFACE = drawn_surface("4 9 3\n8? 5 .")
PLAN = propose(
    SURFACE, limits=Limits(places=3, visits_per_place=2), shift_start=SHIFT_START, seed=4, plan_id="plan-1"
)
APPROVAL = Approval("p-7", "Ada Bell", datetime(2024, 3, 4, 12, tzinfo=UTC), "ab" * 64, 42)


def test_an_unapproved_plan_is_not_exported() -> None:
    with pytest.raises(Refused, match=r"Plan plan-1 has not been approved.*approved-or-not-exported"):
        plan_geojson(PLAN, approvals=())


@pytest.mark.requirement("P06")
def test_every_feature_carries_the_legal_sentence_and_so_does_the_whole() -> None:
    exported = json.loads(json.dumps(plan_geojson(PLAN, approvals=(APPROVAL,))))
    assert exported["legal_effect"] == LEGAL_EFFECT
    assert [feature["properties"]["legal_effect"] for feature in exported["features"]] == [LEGAL_EFFECT] * 6


def test_the_export_says_who_approved_what() -> None:
    exported = plan_geojson(PLAN, approvals=(APPROVAL, replace(APPROVAL, name="Cy Dorn", entry_index=43)))
    assert exported["plan_digest"] == PLAN.digest()
    assert exported["surface_digest"] == SURFACE.digest()
    assert exported["approvals"] == [
        {
            "principal_id": "p-7",
            "name": name,
            "at": "2024-03-04T12:00:00.000Z",
            "signature": "ab" * 64,
            "ledger_entry": entry,
        }
        for name, entry in (("Ada Bell", 42), ("Cy Dorn", 43))
    ]


def test_features_are_the_visits_in_order_of_arrival() -> None:
    shuffled = replace(PLAN, stops=PLAN.stops[::-1])
    features = json.loads(json.dumps(plan_geojson(shuffled, approvals=(APPROVAL,))))["features"]
    told = [feature["properties"] for feature in features]
    assert [one["order"] for one in told] == [1, 2, 3, 4, 5, 6]
    assert [one["arrive"] for one in told] == sorted(one["arrive"] for one in told)
    for one, stop in zip(told, PLAN.stops, strict=True):
        assert (one["car"], one["minutes"], tuple(one["cell"])) == (stop.car, stop.minutes, stop.cell)
        assert (one["share_of_forecast"], one["expected"]) == (stop.share, stop.expected)
        assert one["interval"] == [stop.lo, stop.hi]
        assert one["drivers"] == [{"name": "recent", "share": 0.75}, {"name": "long ago", "share": 0.25}]


def test_polygons_are_the_cells_in_longitude_and_latitude_counter_clockwise() -> None:
    for feature, stop in zip(plan_geojson(PLAN, approvals=(APPROVAL,))["features"], PLAN.stops, strict=True):
        polygon = shape(feature["geometry"])
        assert polygon.exterior.is_ccw
        x, y = project(*np.array(polygon.exterior.coords).T, source="EPSG:4326", target="EPSG:32616")
        np.testing.assert_allclose(
            np.stack([x, y], axis=1), GRID.corners(np.array([stop.cell]))[0], atol=0.15
        )
