"""An approved plan as a map layer (GeoJSON, RFC 7946), with its legal effect in every feature."""

from __future__ import annotations

import numpy as np

from peelian.domain.canonical import Document
from peelian.domain.errors import Refused
from peelian.domain.place import Floats, project
from peelian.domain.plan import LEGAL_EFFECT, Plan, Stop
from peelian.domain.time import iso
from peelian.patrol.approval import Approval
from peelian.patrol.travel import TRAVEL_KMH

DECIMALS = 6  # a tenth of a metre


def plan_geojson(plan: Plan, *, approvals: tuple[Approval, ...]) -> Document:
    """Return the plan as a FeatureCollection: one polygon per visit, in order of arrival.

    Foreign members beside the features say what the plan is, what it was made from and who approved it.

    Raises
    ------
    Refused : nobody has approved the plan.
    """
    if not approvals:
        raise Refused(
            f"Plan {plan.plan_id} has not been approved, so it cannot be exported.",
            rule="approved-or-not-exported",
            citation="house rule, stricter than law",
            remedy="Ask a second person to approve it, then export it again.",
        )
    stops = sorted(plan.stops, key=lambda stop: (stop.arrive, stop.car))
    rings = _rings_deg(plan, stops)
    return {
        "type": "FeatureCollection",
        "legal_effect": LEGAL_EFFECT,
        "plan_id": plan.plan_id,
        "plan_digest": plan.digest(),
        "offence": plan.offence,
        "period": plan.period.document(),
        "shift_start": iso(plan.shift_start),
        "surface_digest": plan.surface_digest,
        "limits": plan.limits.document(),
        "travel_kmh": TRAVEL_KMH,
        "seed": plan.seed,
        "approvals": [approval.document() for approval in approvals],
        "features": [
            _feature(stop, order, ring)
            for order, (stop, ring) in enumerate(zip(stops, rings, strict=True), start=1)
        ],
    }


def _rings_deg(plan: Plan, stops: list[Stop]) -> Floats:
    """(n, 5, 2) closed rings in degrees, longitude first, counter-clockwise as RFC 7946 section 3.1.6 asks."""
    cells = np.array([stop.cell for stop in stops], dtype=np.int32).reshape(-1, 2)
    corners_m = plan.grid.corners(cells)
    lon, lat = project(
        corners_m[..., 0], corners_m[..., 1], source=f"EPSG:{plan.grid.epsg}", target="EPSG:4326"
    )
    rings: Floats = np.stack([lon, lat], axis=-1).round(DECIMALS)
    return rings


def _feature(stop: Stop, order: int, ring: Floats) -> Document:
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring.tolist()]},
        "properties": {
            "order": order,
            "cell": list(stop.cell),
            "car": stop.car,
            "arrive": iso(stop.arrive),
            "minutes": stop.minutes,
            "share_of_forecast": stop.share,
            "expected": stop.expected,
            "interval": [stop.lo, stop.hi],
            "drivers": [{"name": name, "share": share} for name, share in stop.drivers],
            "activity": stop.activity,
            "legal_effect": LEGAL_EFFECT,
        },
    }
