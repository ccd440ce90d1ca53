"""The proposal of a plan: chosen places, drawn rounds, and everything a second person needs to judge it."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from peelian.domain.errors import BadInput
from peelian.domain.plan import Limits, Plan, Stop
from peelian.domain.surface import RiskSurface
from peelian.domain.time import utc
from peelian.patrol.limits import check_limits, check_shift
from peelian.patrol.rounds import Visit, draw_rounds
from peelian.patrol.select import Place, choose

ACTIVITY = (
    "Park in sight, walk the streets of the cell, be approachable; look for what invites offences "
    "(light, locks, sight lines) and write it down."
)
"""What to do at a stop unless the commander says otherwise."""

LARGEST_SEED = 2**53 - 1  # the largest whole number that canonical JSON (RFC 8785) carries exactly


def propose(
    surface: RiskSurface,
    *,
    limits: Limits,
    shift_start: datetime,
    seed: int,
    plan_id: str,
    activity: str = ACTIVITY,
) -> Plan:
    """Propose a plan for one shift. The same surface, limits, start and seed give the same plan.

    Order, dwell and the idle minutes between visits are drawn from `seed`, which stands in the plan: nobody
    outside can predict where a car will be, and everybody inside can draw the plan again.

    Raises
    ------
    Refused : the surface cannot explain itself.
    BadInput : a limit cannot be met; the sentence names it and by how much. A plan is never made smaller.
    """
    start = utc(shift_start)
    check_limits(limits)
    check_shift(start, limits=limits, period=surface.period)
    if not 0 <= seed <= LARGEST_SEED:
        raise BadInput(f"The seed {seed} cannot be written down exactly; give one from 0 to {LARGEST_SEED}.")
    places = choose(surface, places=limits.places)
    centres_m = surface.grid.centres(np.array([place.cell for place in places], dtype=np.int32))
    rounds = draw_rounds(centres_m, limits=limits, rng=np.random.default_rng(seed))
    stops = [
        _stop(places[visit.place], car=car, visit=visit, start=start, activity=activity)
        for car, visits in enumerate(rounds, start=1)
        for visit in visits
    ]
    return Plan(
        plan_id=plan_id,
        offence=surface.offence,
        period=surface.period,
        shift_start=start,
        grid=surface.grid,
        surface_digest=surface.digest(),
        limits=limits,
        seed=seed,
        stops=tuple(sorted(stops, key=lambda stop: (stop.arrive, stop.car))),
    )


def _stop(place: Place, *, car: int, visit: Visit, start: datetime, activity: str) -> Stop:
    return Stop(
        cell=place.cell,
        car=car,
        arrive=start + timedelta(minutes=visit.arrive),
        minutes=visit.minutes,
        share=place.share,
        expected=place.expected,
        lo=place.lo,
        hi=place.hi,
        drivers=place.drivers,
        activity=activity,
    )
