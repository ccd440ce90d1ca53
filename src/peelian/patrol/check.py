"""An independent check of a plan against its limits and its surface.

It shares nothing with the proposer but the stated travel speed: it takes a plan from anywhere, works everything
out again from the surface, and says in plain sentences what is wrong. It is asked before every approval and
every export.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from peelian.domain.errors import BadInput
from peelian.domain.plan import Limits, Plan, Stop
from peelian.domain.surface import RiskSurface, Scale
from peelian.patrol.travel import TRAVEL_KMH

TOLERANCE = 1e-9

Cell = tuple[int, int]


def violations(plan: Plan, *, surface: RiskSurface) -> tuple[str, ...]:
    """Return one sentence for each thing that is wrong with the plan; none if it is sound."""
    if any(stop.arrive.tzinfo is None for stop in plan.stops) or plan.shift_start.tzinfo is None:
        return ("A time of the plan has no zone, so nobody can say when it is.",)
    rows = {(int(ix), int(iy)): row for row, (ix, iy) in enumerate(surface.cells)}
    found = [*_ties(plan, surface), *_places(plan, surface), *_visits(plan), *_cars(plan)]
    for number, stop in enumerate(plan.stops, start=1):
        wrong = [*_in_limits(stop, plan), *_as_forecast(stop, surface, row=rows.get(stop.cell))]
        found += [f"Stop {number} at cell {stop.cell} {what}." for what in wrong]
    return tuple(found)


def check_plan(plan: Plan, *, surface: RiskSurface) -> None:
    """Raise `BadInput` with every violation if there is any."""
    found = violations(plan, surface=surface)
    if found:
        raise BadInput(f"Plan {plan.plan_id} does not keep its limits: {' '.join(found)} Propose it again.")


def _ties(plan: Plan, surface: RiskSurface) -> Iterator[str]:
    """Does the plan belong to this surface?"""
    if plan.surface_digest != surface.digest():
        yield "The plan was made from another forecast than the committed one: the digests differ."
    if (plan.offence, plan.period, plan.grid) != (surface.offence, surface.period, surface.grid):
        yield "Offence, period or grid of the plan are not those of the forecast."
    if surface.scale is Scale.NONE:
        yield "The forecast cannot explain itself, so nobody may be sent by it."
    shift_end = plan.shift_start + timedelta(minutes=plan.limits.shift_minutes)
    if plan.shift_start < surface.period.start_utc or shift_end > surface.period.end_utc:
        yield "The shift leaves the period of the forecast."


def _places(plan: Plan, surface: RiskSurface) -> Iterator[str]:
    """As many places as the limits say, the highest ones, with shares that make sense together."""
    planned = {stop.cell: stop.share for stop in sorted(plan.stops, key=lambda stop: stop.share)}
    if len(planned) != plan.limits.places:
        yield f"The plan has {len(planned)} places where its limits say {plan.limits.places}."
    expected = _expected(surface)
    lowest = min((expected.get(cell, 0.0) for cell in planned), default=0.0)
    passed_over = sum(1 for cell, mean in expected.items() if mean > lowest and cell not in planned)
    if planned and passed_over:
        yield f"The plan passes over {passed_over} cells that the forecast puts above one of its places."
    total = sum(planned.values())
    if total > 1 + TOLERANCE:
        yield f"The shares of the places add up to {total:.4f}, more than the whole forecast."


def _expected(surface: RiskSurface) -> dict[Cell, float]:
    """The expectation of every cell the forecast speaks for."""
    return {
        (int(ix), int(iy)): float(mean)
        for (ix, iy), mean, silent in zip(surface.cells, surface.mean, surface.abstained, strict=True)
        if not silent
    }


def _visits(plan: Plan) -> Iterator[str]:
    """As many visits to each place as the limits say, far enough apart whoever makes them."""
    by_cell: dict[Cell, list[Stop]] = defaultdict(list)
    for stop in sorted(plan.stops, key=lambda stop: stop.arrive):
        by_cell[stop.cell].append(stop)
    for cell, stops in by_cell.items():
        if len(stops) != plan.limits.visits_per_place:
            yield f"Cell {cell} has {len(stops)} visits where the limits say {plan.limits.visits_per_place}."
        for before, after in pairwise(stops):
            gap = (after.arrive - _leave(before)) / timedelta(minutes=1)
            if gap < plan.limits.revisit_gap_minutes:
                yield (
                    f"Cell {cell} is visited again after {gap:g} minutes; "
                    f"the revisit gap is {plan.limits.revisit_gap_minutes}."
                )


def _cars(plan: Plan) -> Iterator[str]:
    """No car in two places at once, nor faster from one to the next than the stated speed."""
    by_car: dict[int, list[Stop]] = defaultdict(list)
    for stop in sorted(plan.stops, key=lambda stop: stop.arrive):
        by_car[stop.car].append(stop)
    for car, stops in by_car.items():
        if not 1 <= car <= plan.limits.cars:
            yield f"Car {car} does not exist; the limits give {plan.limits.cars}."
        for before, after in pairwise(stops):
            spare = (after.arrive - _leave(before)) / timedelta(hours=1)
            if spare < 0:
                yield f"Car {car} is at cells {before.cell} and {after.cell} at once."
            elif plan.grid.size_m / 1000 * _steps(before.cell, after.cell) > spare * TRAVEL_KMH + TOLERANCE:
                yield f"Car {car} cannot get from {before.cell} to {after.cell} in {spare * 60:g} minutes."


def _steps(here: Cell, there: Cell) -> float:
    """Straight-line distance in cells."""
    return math.hypot(here[0] - there[0], here[1] - there[1])


def _leave(stop: Stop) -> datetime:
    return stop.arrive + timedelta(minutes=stop.minutes)


def _in_limits(stop: Stop, plan: Plan) -> Iterator[str]:
    """Dwell and shift of a single stop."""
    limits: Limits = plan.limits
    if not limits.dwell_min_minutes <= stop.minutes <= limits.dwell_max_minutes:
        yield (
            f"lasts {stop.minutes} minutes, outside {limits.dwell_min_minutes} to {limits.dwell_max_minutes}"
        )
    if stop.arrive < plan.shift_start:
        yield "begins before the shift"
    if _leave(stop) > plan.shift_start + timedelta(minutes=limits.shift_minutes):
        yield "ends after the shift"


def _as_forecast(stop: Stop, surface: RiskSurface, *, row: int | None) -> Iterator[str]:
    """What a stop claims of the forecast, against the forecast."""
    if row is None:
        yield "is not a cell of the forecast"
        return
    if surface.abstained[row]:
        yield "is where the forecast abstains"
    mean, total = float(surface.mean[row]), float(surface.mean[~surface.abstained].sum())
    if mean == 0:
        yield "is where the forecast expects nothing"
        return
    if not _close(stop.share, mean / total if total > 0 else 0.0):
        yield f"claims a share of {stop.share:.4f} of the forecast, which is not its share"
    said = (mean, surface.lo[row], surface.hi[row])
    if not all(map(_close, (stop.expected, stop.lo, stop.hi), said)):
        yield "claims another expectation or interval than the forecast gives"
    if not _drivers_hold(stop, surface, row):
        yield "does not name the largest drivers with their shares"


def _drivers_hold(stop: Stop, surface: RiskSurface, row: int) -> bool:
    """Every named driver has its share, and no larger one is left unnamed; at most three need a name."""
    mean = float(surface.mean[row])
    values = {part.name: float(part.values[row]) for part in surface.contributions if part.values[row] > 0}
    lost = (
        values
        if surface.scale is Scale.SUM
        else {name: mean - mean / value for name, value in values.items()}
    )
    shares = {name: value / mean for name, value in lost.items()}
    named = dict(stop.drivers)
    smallest = min(named.values(), default=0.0) if len(named) >= 3 else 0.0
    unnamed = [share for name, share in shares.items() if name not in named]
    right = all(name in shares and _close(share, shares[name]) for name, share in named.items())
    return (
        right and len(named) == len(stop.drivers) and all(share <= smallest + TOLERANCE for share in unnamed)
    )


def _close(claimed: float, worked_out: float) -> bool:
    return bool(abs(claimed - worked_out) <= TOLERANCE * max(1.0, abs(worked_out)))
