"""The one place where time is split: what a forecast could see, and the period it is judged on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from peelian.domain.errors import BadInput
from peelian.domain.time import Basis, Cutoff, Period


@dataclass(frozen=True, order=True)
class Origin:
    """One forecast to be made and judged: everything before `cutoff` is seen, `period` is not."""

    cutoff: Cutoff
    period: Period

    def __post_init__(self) -> None:
        if self.cutoff.day > self.period.start:
            raise BadInput(f"The cutoff {self.cutoff.day} lies inside the period {self.period} to be judged.")


def rolling_origins(
    *, last_day: date, horizon_days: int, origins: int, zone: str, basis: Basis = "occurred"
) -> tuple[Origin, ...]:
    """Return consecutive periods of `horizon_days` civil days, oldest first, without overlap or gap.

    The last period ends with `last_day`, which must be complete. Each forecast is made at the midnight its
    period begins. Days are civil days of `zone`: a week in which the clocks change is still seven of them.
    """
    if horizon_days < 1 or origins < 1:
        raise BadInput(
            f"{origins} origins of {horizon_days} days cannot be laid out; give at least one of each."
        )
    end = last_day + timedelta(days=1)
    starts = [end - timedelta(days=horizon_days * back) for back in range(origins, 0, -1)]
    return tuple(
        Origin(
            cutoff=Cutoff(day=start, basis=basis),
            period=Period(start=start, end=start + timedelta(days=horizon_days), zone=zone),
        )
        for start in starts
    )
