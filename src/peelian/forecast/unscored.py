"""No new forecast where earlier ones are never scored: what stands unscored cannot be seen to do worse than counting.

A capability suspends itself by its scores (governance/circumstances/sunset.py), so leaving a bad week unscored would
keep it in use. A few may be forgotten; from `UNSCORED` on none is added before they are scored.
Why: docs/adr/0037-no-forecast-beside-unscored-ones.md.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime, timedelta

from peelian.domain.errors import Refused
from peelian.domain.time import Period

UNSCORED = 8
"""As many as are judged together: fewer could not suspend anything."""
SCORED_WITHIN = timedelta(days=56)
"""Late reports are in by then."""


def overdue(periods: Mapping[str, Period], *, scored: Container[str], now: datetime) -> tuple[str, ...]:
    """Return the forecasts, given by id and period, that ended `SCORED_WITHIN` ago or earlier and are not scored."""
    return tuple(
        forecast_id
        for forecast_id, period in periods.items()
        if period.end_utc + SCORED_WITHIN <= now and forecast_id not in scored
    )


def unscored_refusal(waiting: Sequence[str]) -> Refused:
    """Return why no forecast is made beside these, the oldest first."""
    return Refused(
        f"{len(waiting)} forecasts ended {SCORED_WITHIN.days} days ago or earlier and have no score, so nobody can "
        "see whether they did better than plain counts; no other is made until they are scored.",
        rule="unscored-forecasts",
        citation="house rule, after Regulation (EU) 2024/1689, Article 26(5)",
        remedy=f"Score them, oldest first: `peelian score --forecast {waiting[0]}`.",
    )
