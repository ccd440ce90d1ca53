"""Local civil times and instants, for whole columns at once.

The rules are those of PEP 495 and of the tz database as `zoneinfo` reads it, the same one `domain.time` uses.
A time that happened twice is taken as the first of the two; one that never happened is carried forward by
the length of the gap. Both are noted, neither is turned away: the incident is real, the clock was not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.datetime64]
"""`datetime64[us]`, local civil times or UTC instants as the name says; NaT where there is none."""

FIRST_DAY = np.datetime64("1800-01-01", "D")
LAST_DAY = np.datetime64("2299-12-31", "D")
"""No zone has rules beyond these days; a time out there is only ever turned away, so it is left as it is."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # civil or UTC, as the caller says
_SECOND = timedelta(seconds=1)

_Side = Literal["before a change", "after a change", "of an instant"]
_Step: TypeAlias = tuple[datetime, timedelta | None]


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
    first = _offsets(local, zone=zone, side="before a change")
    second = _offsets(local, zone=zone, side="after a change")
    return Instants(
        instant=local - first, second=local - second, ambiguous=first > second, gap=first < second
    )


def to_local(instant: Moments, *, zone: str) -> Moments:
    """Return the local civil times in `zone` of n UTC instants."""
    local: Moments = instant + _offsets(instant, zone=zone, side="of an instant")
    return local


def _offsets(moments: Moments, *, zone: str, side: _Side) -> NDArray[np.timedelta64]:
    """Return the offset at n moments: a step function, put together from the decades that occur."""
    known = (moments >= FIRST_DAY) & (moments <= LAST_DAY)
    decades = np.where(known, moments, FIRST_DAY).astype("M8[Y]").astype(np.int64) // 10
    lowest = decades.min(initial=0)
    occurring = (np.flatnonzero(np.bincount(decades - lowest)) + lowest).tolist()
    steps = [step for decade in occurring for step in _steps(zone, side, decade)]
    starts = np.array([start for start, _ in steps], dtype="M8[us]")
    offsets = np.array([offset for _, offset in steps], dtype="m8[us]")
    if not steps:
        return np.zeros(len(moments), dtype="m8[us]")
    holding = offsets[np.searchsorted(starts, moments, side="right") - 1]
    return np.where(known, holding, np.timedelta64(0, "us"))


@lru_cache(maxsize=1024)
def _steps(zone: str, side: _Side, decade: int) -> tuple[_Step, ...]:
    """Return from when which offset holds in a decade since 1970, as `zoneinfo` says at every midnight and, where
    two of them differ, at the seconds in between.

    No zone has ever changed its clocks twice within a day and ended where it began.
    """
    offset_at = _teller(zone, side)
    first = np.datetime64(decade * 10, "Y").astype("M8[D]").astype(int)
    last = np.datetime64(decade * 10 + 10, "Y").astype("M8[D]").astype(int)
    days = [_EPOCH + timedelta(days=day) for day in range(first, last + 1)]
    offsets = [offset_at(day) for day in days]
    steps = [(days[0], offsets[0])]
    for number, (before, after) in enumerate(pairwise(offsets)):
        if before != after:
            changes = _changes(days[number], days[number + 1], offset_at)
            steps += [(start, offset_at(start)) for start in changes]
    return tuple(steps)


def _teller(zone: str, side: _Side) -> Callable[[datetime], timedelta | None]:
    rules = ZoneInfo(zone)
    if side == "of an instant":
        return lambda at: at.replace(tzinfo=UTC).astimezone(rules).utcoffset()
    fold = int(side == "after a change")
    return lambda at: at.replace(tzinfo=rules, fold=fold).utcoffset()


def _changes(
    start: datetime, end: datetime, offset_at: Callable[[datetime], timedelta | None]
) -> list[datetime]:
    """Return the seconds in (start, end] from which another offset holds."""
    if offset_at(start) == offset_at(end):
        return []
    if end - start <= _SECOND:
        return [end]
    middle = start + timedelta(seconds=(end - start) // _SECOND // 2)
    return _changes(start, middle, offset_at) + _changes(middle, end, offset_at)
