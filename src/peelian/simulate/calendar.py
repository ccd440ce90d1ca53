"""The city's cycles of season and week, and its civil clock with daylight saving time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from peelian.domain.place import Floats
from peelian.simulate.spec import OffenceGroup

Seconds = NDArray[np.int64]

DAY_S = 86_400
MIDSUMMER = 196  # 15 July: the day of the year on which `summer_swing` is largest
WEEKEND = np.array([False, False, False, False, True, True, True])  # Monday first


def daily_background(group: OffenceGroup, *, first: date, days: int) -> Floats:
    """Return the (days,) expected background incidents of the whole city on each civil day from `first`."""
    day = np.datetime64(first, "D") + np.arange(days)
    weekday = (day.astype(np.int64) + 3) % 7  # 1 January 1970 was a Thursday
    week = np.where(WEEKEND, group.weekend_factor, 1.0)
    day_of_year = (day - day.astype("datetime64[Y]")).astype(np.int64)
    season = 1 + group.summer_swing * np.cos(2 * np.pi * (day_of_year - MIDSUMMER) / 365.25)
    daily: Floats = group.weekly_rate / 7 * (week / week.mean())[weekday] * season
    return daily


@dataclass(frozen=True, eq=False)
class CivilClock:
    """Carries whole seconds since 1970 between UTC and the civil time of one zone, many at once.

    Parameters
    ----------
    changes : (k,) UTC seconds from which `offsets` hold; the first lies before all times asked for.
    offsets : (k,) seconds that civil time is ahead of UTC.
    """

    changes: Seconds
    offsets: Seconds

    def to_civil(self, utc_s: Seconds) -> Seconds:
        """Return civil seconds; every instant has one, so a time that does not exist never comes out."""
        civil: Seconds = utc_s + self._offset(utc_s)
        return civil

    def to_utc(self, civil_s: Seconds) -> Seconds:
        """Return UTC seconds; a civil time that did not exist is carried forward by the gap."""
        utc_s = civil_s - self._offset(civil_s - self._offset(civil_s))
        carried: Seconds = utc_s + np.maximum(civil_s - self.to_civil(utc_s), 0)
        return carried

    def _offset(self, utc_s: Seconds) -> Seconds:
        return self.offsets[np.searchsorted(self.changes, utc_s, side="right") - 1]


def civil_clock(zone: str, *, first: date, days: int) -> CivilClock:
    """Read the zone's changes of clock from `first` on, to the minute."""
    info = ZoneInfo(zone)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    instants = [begin + timedelta(days=number) for number in range(days + 1)]
    changes, offsets = [int(begin.timestamp())], [_offset_s(begin, info)]
    for today, tomorrow in pairwise(instants):
        if _offset_s(today, info) != _offset_s(tomorrow, info):
            minutes = (today + timedelta(minutes=minute) for minute in range(1, 1441))
            change = next(instant for instant in minutes if _offset_s(instant, info) != offsets[-1])
            changes.append(int(change.timestamp()))
            offsets.append(_offset_s(change, info))
    return CivilClock(np.array(changes, np.int64), np.array(offsets, np.int64))


def _offset_s(instant: datetime, zone: ZoneInfo) -> int:
    offset = instant.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def day_seconds(day: date) -> int:
    """Return the seconds since 1970 at which civil `day` begins on its own clock."""
    return int(np.datetime64(day, "s").astype(np.int64))
