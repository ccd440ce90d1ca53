"""Whether limits and shift can be kept at all, before any order of visits is tried."""

from __future__ import annotations

from datetime import datetime, timedelta

from peelian.domain.errors import BadInput
from peelian.domain.plan import Limits
from peelian.domain.time import Period, iso


def check_limits(limits: Limits) -> None:
    """Raise `BadInput` for limits that no plan could keep, with the limit's name and by how much."""
    for name, value in vars(limits).items():
        least = 0 if name == "revisit_gap_minutes" else 1
        if value < least:
            raise BadInput(f"The limit {name} is {value}; give a whole number of at least {least}.")
    if limits.dwell_min_minutes > limits.dwell_max_minutes:
        raise BadInput(
            f"The limit dwell_min_minutes ({limits.dwell_min_minutes}) is above dwell_max_minutes "
            f"({limits.dwell_max_minutes}); swap them."
        )
    visits, gap = limits.visits_per_place, limits.revisit_gap_minutes
    needed = visits * limits.dwell_min_minutes + (visits - 1) * gap
    if needed > limits.shift_minutes:
        raise BadInput(
            f"The limit revisit_gap_minutes cannot be met: {visits} visits of {limits.dwell_min_minutes} minutes "
            f"with {gap} minutes between them need {needed} minutes, {needed - limits.shift_minutes} more than the "
            f"shift of {limits.shift_minutes}; ask for fewer visits."
        )


def check_shift(start: datetime, *, limits: Limits, period: Period) -> None:
    """Raise `BadInput` if the shift leaves the period that the forecast speaks of."""
    end = start + timedelta(minutes=limits.shift_minutes)
    if start < period.start_utc or end > period.end_utc:
        raise BadInput(
            f"The shift from {iso(start)} to {iso(end)} leaves the forecast period {period}; "
            "choose a shift inside it or make a forecast for that time."
        )
