"""No new forecast where earlier ones are never scored: what stands unscored cannot be seen to do worse than counting.

A capability suspends itself by its scores (governance/circumstances/sunset.py), so leaving a bad week unscored would
keep it in use. A few may be forgotten; from `UNSCORED` on none is added before they are scored.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import datetime, timedelta

from peelian.domain.errors import Refused
from peelian.domain.time import period_from_document
from peelian.governance.desk import Desk, Kept

CAPABILITY = "forecast.score"
UNSCORED = 8
"""As many as are judged together: fewer could not suspend anything."""
SCORED_WITHIN = timedelta(days=56)
"""Late reports are in by then."""


def require_scored(desk: Desk, *, purpose: str) -> None:
    """Refuse, and enter the refusal, where `UNSCORED` committed forecasts are long over and have no score.

    Scores are looked up under the capability that makes them; where the charter does not name it, there are none. Both
    are looked up in sittings of their own: what a new forecast is made from does not include them.
    """
    now = desk.now()
    with desk.open(purpose=purpose, capability="forecast.place") as sitting:
        forecasts = sitting.records("forecast")
    if len(overdue(forecasts, scored=(), now=now)) < UNSCORED:
        return
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        named = purpose in desk.purposes(CAPABILITY)
        scored = {kept.subject for kept in sitting.records("score")} if named else frozenset()
        waiting = overdue(forecasts, scored=scored, now=now)
        if len(waiting) >= UNSCORED:
            raise sitting.refused(_refusal(waiting), facts={"unscored": len(waiting)})


def overdue(forecasts: Iterable[Kept], *, scored: Container[str], now: datetime) -> tuple[str, ...]:
    """Return the ids of the forecasts that ended `SCORED_WITHIN` ago or earlier and are not among those scored."""
    return tuple(
        kept.record_id
        for kept in forecasts
        if period_from_document(kept.body["period"]).end_utc + SCORED_WITHIN <= now
        and kept.record_id not in scored
    )


def _refusal(waiting: Sequence[str]) -> Refused:
    return Refused(
        f"{len(waiting)} forecasts ended {SCORED_WITHIN.days} days ago or earlier and have no score, so nobody can "
        "see whether they did better than plain counts; no other is made until they are scored.",
        rule="unscored-forecasts",
        citation="house rule, after Regulation (EU) 2024/1689, Article 26(5)",
        remedy=f"Score them, oldest first: `peelian score {waiting[0]}`.",
    )
