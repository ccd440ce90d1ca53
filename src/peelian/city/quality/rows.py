"""The rows under examination, as arrays that every rule shares, and the days and months they fall into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.civil_time import Moments, to_local
from peelian.city.quality.chance import Span, counts_of
from peelian.city.quality.finding import Flags
from peelian.domain.place import Floats
from peelian.domain.time import Period

Indices: TypeAlias = NDArray[np.signedinteger[Any]]
"""Whole numbers, one a row: as small as they may be, since an examination holds a dozen such arrays of every row."""

BLOCK_ROWS = 1_000_000
"""What needs several numbers a row for one result is done so many rows at a time, so that only the result is held."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Current incidents of one source.

    Parameters
    ----------
    zone, epsg : of the source's clocks and of the metres.
    days : (n,) civil date.
    local : (n,) civil time of the earliest instant; only where `timed`.
    timed : (n,) whether the source tells more than the day.
    x_m, y_m : (n,) metres.
    offence, offences : (n,) place in `offences` of each row's group, and the groups.
    lag_days : (n,) days from occurrence to record, NaN where unknown.
    """

    zone: str
    epsg: int
    days: NDArray[np.datetime64]
    local: Moments
    timed: Flags
    x_m: Floats
    y_m: Floats
    offence: Indices
    offences: tuple[str, ...]
    lag_days: Floats

    def __len__(self) -> int:
        return len(self.days)

    @cached_property
    def first_day(self) -> np.datetime64:
        """Return the earliest civil date."""
        return np.datetime64(self.days.min(), "D")

    @cached_property
    def day(self) -> Indices:
        """Return the days since the first day."""
        return (self.days - self.first_day).astype(np.int32)

    @cached_property
    def day_count(self) -> int:
        """Return the number of civil days from the first to the last that can be complete.

        Where times of record are known, the days that the slowest twentieth of reports have not reached are left out:
        they are short of rows for a good reason.
        """
        last = int(self.day.max()) + 1
        lags = self.lag_days[~np.isnan(self.lag_days)]
        if 3 * len(lags) < 2 * len(self):
            return last
        known_by = float((self.day + self.lag_days)[~np.isnan(self.lag_days)].max())
        return max(1, min(last, int(known_by - max(0.0, float(np.quantile(lags, 0.95))))))

    @cached_property
    def daily(self) -> Floats:
        """Return the rows of each complete day."""
        return counts_of(self.day, size=self.day_count)[: self.day_count]

    @cached_property
    def weekday(self) -> Indices:
        """Return the weekday of each complete day, 0 for Monday."""
        days = (self.first_day + np.arange(self.day_count)).astype("M8[D]")
        weekday: Indices = (days.astype(np.int64) + 3) % 7
        return weekday

    @cached_property
    def month(self) -> Indices:
        """Return the months since the first month."""
        months: Indices = (self.days.astype("M8[M]") - self.first_day.astype("M8[M]")).astype(np.int32)
        return months

    @cached_property
    def month_count(self) -> int:
        """Return the number of months."""
        return int(self.month.max()) + 1

    @cached_property
    def week(self) -> Indices:
        """Return the weeks, beginning on Mondays, since the first."""
        weeks = (self.days.astype(np.int64) + 3) // 7
        since_first: Indices = (weeks - weeks.min()).astype(np.int32)
        return since_first

    @cached_property
    def minute(self) -> Indices:
        """Return the minute of the day, 0 to 1439; 0 where only the day is told."""
        within = (self.local - self.local.astype("M8[D]")) // np.timedelta64(1, "m")
        return np.where(self.timed, within, 0).astype(np.int32)

    @cached_property
    def point(self) -> Indices:
        """Return a number for each point, the same for places within the same square metre."""
        return numbered(square_metres(self.x_m, self.y_m))

    @property
    def blocks(self) -> Iterator[slice]:
        """Yield the rows in blocks of BLOCK_ROWS."""
        yield from (slice(start, start + BLOCK_ROWS) for start in range(0, len(self), BLOCK_ROWS))

    def month_name(self, month: int) -> str:
        """Return a month as YYYY-MM."""
        return str(self.first_day.astype("M8[M]") + month)

    def month_names(self) -> tuple[str, ...]:
        """Return every month as YYYY-MM."""
        return tuple(self.month_name(month) for month in range(self.month_count))

    def month_period(self, first: int, last: int | None = None) -> Period:
        """Return the days from the first month to the last, both included."""
        begin = self.first_day.astype("M8[M]") + first
        end = self.first_day.astype("M8[M]") + (first if last is None else last) + 1
        return Period(_date(begin), _date(end), self.zone)

    def period(self, first: int, end: int) -> Period:
        """Return the days `first <= day < end`, counted from the first day."""
        return Period(_date(self.first_day + first), _date(self.first_day + end), self.zone)

    def week_period(self, first: int, last: int) -> Period:
        """Return the days from the first week to the last, both included."""
        monday = (
            (int(self.first_day.astype(np.int64)) + 3) // 7 * 7 - 3 - int(self.first_day.astype(np.int64))
        )
        return self.period(monday + 7 * first, monday + 7 * (last + 1))


def rows_of(incidents: pa.Table, *, zone: str, epsg: int) -> Rows:
    """Return the rows of `incidents` (columns of `features.examined`), of one source, at least one."""
    start = _moments(incidents, "occurred_start")
    encoded = incidents["offence"].dictionary_encode().combine_chunks()
    lag = (_moments(incidents, "recorded") - start) / np.timedelta64(1, "D")
    return Rows(
        zone=zone,
        epsg=epsg,
        days=incidents["local_date"].to_numpy().astype("M8[D]"),
        local=to_local(start, zone=zone),
        timed=incidents["local_hour"].is_valid().to_numpy(),
        x_m=incidents["x_m"].to_numpy(),
        y_m=incidents["y_m"].to_numpy(),
        offence=encoded.indices.to_numpy().astype(np.int32),
        offences=tuple(encoded.dictionary.to_pylist()),
        lag_days=lag,
    )


def _moments(incidents: pa.Table, column: str) -> Moments:
    moments: Moments = incidents[column].cast(pa.timestamp("us", tz="UTC")).to_numpy().astype("M8[us]")
    return moments


def _date(day: np.datetime64) -> date:
    value = day.astype("M8[D]").item()
    assert isinstance(value, date)
    return value


def square_metres(x_m: Floats, y_m: Floats) -> NDArray[np.int64]:
    """Return one number for each square metre, in the order of x and then of y."""
    x, y = np.rint(x_m).astype(np.int64), np.rint(y_m).astype(np.int64)
    if not len(x):
        return x
    square: NDArray[np.int64] = (x - x.min()) * (int(np.ptp(y)) + 1) + (y - y.min())
    return square


def numbered(keys: Indices | pa.ChunkedArray) -> NDArray[np.int64]:
    """Return a number from 0 for each key, the same for equal ones, in the order of their first appearance."""
    column = keys if isinstance(keys, pa.ChunkedArray) else pa.chunked_array([keys])
    encoded = column.dictionary_encode().combine_chunks()
    numbers: NDArray[np.int64] = encoded.indices.to_numpy().astype(np.int64)
    return numbers


def runs(flags: Flags) -> tuple[Span, ...]:
    """Return the runs of true values."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    firsts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return tuple(zip(firsts.tolist(), (ends - 1).tolist(), strict=True))
