"""The patrol plan: places, times and minutes that somebody proposes and somebody else approves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.place import Grid
from peelian.domain.time import Period, iso, period_from_document

LEGAL_EFFECT = (
    "This output is not by itself a ground for a stop, a search, an arrest or a detention. "
    "It names places and times, never persons."
)
"""Carried by every output and export, in these words."""


@dataclass(frozen=True)
class Limits:
    """The stated limits a plan keeps. Koper (1995): visits of 10 to 16 minutes, repeated at random about
    every two hours, outlast drive-throughs; longer or denser presence adds burden, not effect.
    """

    places: int = 12
    visits_per_place: int = 3
    dwell_min_minutes: int = 10
    dwell_max_minutes: int = 16
    revisit_gap_minutes: int = 120
    shift_minutes: int = 480
    cars: int = 2

    def document(self) -> Document:
        """Return the limits as a plain document."""
        return dict(vars(self))


@dataclass(frozen=True)
class Stop:
    """One visit: where, when, how long and why here.

    Parameters
    ----------
    cell : (ix, iy) of the place on the plan's grid.
    car : which car, from 1.
    arrive : aware UTC instant.
    minutes : dwell.
    share : share of the forecast's total expectation that lies in this cell, in [0, 1].
    expected, lo, hi : the cell's expectation for the whole period and its interval.
    drivers : the largest contributions, as (name, share of the cell's expectation) on the sum scale.
    activity : what to do there.
    """

    cell: tuple[int, int]
    car: int
    arrive: datetime
    minutes: int
    share: float
    expected: float
    lo: float
    hi: float
    drivers: tuple[tuple[str, float], ...]
    activity: str


@dataclass(frozen=True)
class Plan:
    """A proposal until a second person has approved it; only then can it be exported.

    `surface_digest` ties the plan to the committed forecast it was made from, `seed` to the random order.
    """

    plan_id: str
    offence: str
    period: Period
    shift_start: datetime
    grid: Grid
    surface_digest: str
    limits: Limits
    seed: int
    stops: tuple[Stop, ...]

    def document(self) -> Document:
        """Return the plan as the document that is hashed and signed."""
        return {
            "plan_id": self.plan_id,
            "offence": self.offence,
            "period": self.period.document(),
            "shift_start": iso(self.shift_start),
            "grid": self.grid.document(),
            "surface_digest": self.surface_digest,
            "limits": self.limits.document(),
            "seed": self.seed,
            "legal_effect": LEGAL_EFFECT,
            "stops": [
                {
                    "cell": list(stop.cell),
                    "car": stop.car,
                    "arrive": iso(stop.arrive),
                    "minutes": stop.minutes,
                    "share": stop.share,
                    "expected": stop.expected,
                    "lo": stop.lo,
                    "hi": stop.hi,
                    "drivers": [[name, share] for name, share in stop.drivers],
                    "activity": stop.activity,
                }
                for stop in self.stops
            ],
        }

    def digest(self) -> str:
        """Return the SHA-256 that proposer and approver sign."""
        return digest(canonical(self.document()))


def plan_from_document(document: Mapping[str, Any]) -> Plan:
    """Return the plan that `document` was made from; its digest is the same again."""
    return Plan(
        plan_id=document["plan_id"],
        offence=document["offence"],
        period=period_from_document(document["period"]),
        shift_start=datetime.fromisoformat(document["shift_start"]),
        grid=Grid(**document["grid"]),
        surface_digest=document["surface_digest"],
        limits=Limits(**document["limits"]),
        seed=document["seed"],
        stops=tuple(_stop_from_document(stop) for stop in document["stops"]),
    )


def _stop_from_document(document: Mapping[str, Any]) -> Stop:
    ix, iy = document["cell"]
    return Stop(
        **{
            **document,
            "cell": (ix, iy),
            "arrive": datetime.fromisoformat(document["arrive"]),
            "drivers": tuple((name, share) for name, share in document["drivers"]),
        }
    )
