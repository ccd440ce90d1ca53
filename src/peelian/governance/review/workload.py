"""How much one person may read, and when there is a break: tired readers confirm what they are shown.

The numbers are the house's own. Council Directive 90/270/EEC, Article 7, asks for breaks from screens and names none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.domain.errors import Refused


@dataclass(frozen=True)
class Caps:
    """How many readings in a day, how long without a break, and how long a break is."""

    per_day: int = 120
    without_break: timedelta = timedelta(minutes=60)
    break_for: timedelta = timedelta(minutes=10)


CAPS = Caps()


def check_workload(readings: Sequence[datetime], *, now: datetime, caps: Caps = CAPS) -> None:
    """Refuse another reading to whoever has read for too long, or too much within 24 hours.

    `readings` are the instants, in any order, at which this person opened findings.
    """
    recent = sorted(at for at in readings if now - timedelta(days=1) < at <= now)
    if len(recent) >= caps.per_day:
        free = recent[len(recent) - caps.per_day] + timedelta(days=1) - now
        _refuse(f"has been at {len(recent)} findings within a day, of at most {caps.per_day}", wait=free)
    begun = stretch_begun(recent, now=now, caps=caps)
    if begun is not None and now - begun >= caps.without_break:
        _refuse(
            f"has read for {_minutes(now - begun)} minutes without a break",
            wait=recent[-1] + caps.break_for - now,
        )


def stretch_begun(readings: Sequence[datetime], *, now: datetime, caps: Caps = CAPS) -> datetime | None:
    """Return when the present stretch of work began: the reading after the last pause long enough to be a break."""
    begun: datetime | None = None
    later = now
    for at in reversed(readings):
        if later - at >= caps.break_for:
            break
        begun = later = at
    return begun


def _refuse(why: str, *, wait: timedelta) -> None:
    raise Refused(
        f"This reader {why}.",
        rule="workload",
        citation="house rule; automation bias grows with load and fatigue",
        remedy=f"Go on in {_minutes(wait)} minutes, or hand over; findings with life at risk are not held up by this.",
    )


def _minutes(span: timedelta) -> int:
    return max(1, -(-int(span.total_seconds()) // 60))
