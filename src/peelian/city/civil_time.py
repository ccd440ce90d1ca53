"""Local civil times and instants, for whole columns at once.

The rules are those of PEP 495 and of the tz database as `zoneinfo` reads it, the same one `domain.time` uses.
A time that happened twice is taken as the first of the two; one that never happened is carried forward by
the length of the gap. Both are noted, neither is turned away: the incident is real, the clock was not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.datetime64]
"""`datetime64[us]`, local civil times or UTC instants as the name says; NaT where there is none."""

FIRST_DAY = np.datetime64("1800-01-01", "D")
LAST_DAY = np.datetime64("2299-12-31", "D")
"""No zone has rules beyond these days; a time out there is only ever turned away, so it is left as it is."""


@dataclass(frozen=True, eq=False)
class Instants:
    """UTC instants of n local times, and where the clocks played a part.

    `instant` is the first of two possible ones, `second` the other; they differ only where the clocks changed.
    """

    instant: Moments
    second: Moments
    ambiguous: NDArray[np.bool_]
    gap: NDArray[np.bool_]


def to_instants(local: Moments, *, zone: str) -> Instants:
    """Return the UTC instants of n local civil times in `zone`.

    PEP 495 in two lines: the offset for fold 0 is the one before a change of the clocks, that for fold 1 the
    one after it. Where they differ the time is ambiguous (clocks went back) or in a gap (they went forward).
    """
    rules = ZoneInfo(zone)
    first = _offsets(local, lambda at: at.replace(tzinfo=rules).utcoffset())
    second = _offsets(local, lambda at: at.replace(tzinfo=rules, fold=1).utcoffset())
    return Instants(
        instant=local - first, second=local - second, ambiguous=first > second, gap=first < second
    )


def to_local(instant: Moments, *, zone: str) -> Moments:
    """Return the local civil times in `zone` of n UTC instants."""
    rules = ZoneInfo(zone)
    local: Moments = instant + _offsets(
        instant, lambda at: at.replace(tzinfo=UTC).astimezone(rules).utcoffset()
    )
    return local


def _offsets(moments: Moments, offset_at: Callable[[datetime], timedelta | None]) -> NDArray[np.timedelta64]:
    """Return the offset at n moments: one for a whole day where both its ends agree, else one by one.

    No zone has ever changed its clocks twice within a day and ended where it began.
    """
    offsets = np.zeros(len(moments), dtype="m8[us]")
    known = np.flatnonzero((moments >= FIRST_DAY) & (moments <= LAST_DAY))
    days, which = np.unique(moments[known].astype("M8[D]"), return_inverse=True)
    rows_by_day = np.split(known[np.argsort(which, kind="stable")], np.cumsum(np.bincount(which))[:-1])
    for day, rows in zip(days.astype("M8[us]").tolist(), rows_by_day, strict=False):
        start, end = offset_at(day), offset_at(day + timedelta(days=1))
        offsets[rows] = start if start == end else [offset_at(at) for at in moments[rows].tolist()]
    return offsets
