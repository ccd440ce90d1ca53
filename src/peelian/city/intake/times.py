"""Reading published times, whole columns at once: what is written becomes civil times, instants and days."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.city.civil_time import Moments, to_instants, to_local
from peelian.city.intake.text import Flags, read_words
from peelian.city.mapping.source import Resolution

HOUR_DIRECTIVES = ("%H", "%I", "%c", "%X")
DATE_DIRECTIVES, CLOCK_DIRECTIVES = frozenset("aAdbBmyYj"), frozenset("HIpMSfz")
ISO_DATE = len("2016-01-01")


@dataclass(frozen=True)
class CivilTimes:
    """How a column writes its times: in which zone, by which format (None: ISO 8601), and how exactly.

    `resolution` other than "second": the source tells no time of day, whatever the column suggests.
    """

    zone: str
    time_format: str | None = None
    resolution: Resolution = "second"


@dataclass(frozen=True, eq=False)
class Times:
    """One time column of n rows.

    Parameters
    ----------
    given : the field is not blank.
    instant : UTC; NaT where blank or unreadable. `second` is the other reading of an ambiguous local time.
    local : civil time in the source's zone at `instant`.
    ambiguous, gap : what the clocks did.
    day_only : the source tells no time of day.
    fixed : the time carries an offset of its own.
    """

    given: Flags
    instant: Moments
    second: Moments
    local: Moments
    ambiguous: Flags
    gap: Flags
    day_only: Flags
    fixed: Flags

    @property
    def unreadable(self) -> Flags:
        """Return where something is written that is no time."""
        unreadable: Flags = self.given & np.isnat(self.instant)
        return unreadable


@dataclass(frozen=True, eq=False)
class _Written:
    """What n fields say: a moment (NaT where unreadable), whether an offset fixes it, whether it is a day only."""

    moment: Moments
    fixed: Flags
    day_only: Flags

    @classmethod
    def nothing(cls, n: int) -> _Written:
        return cls(np.full(n, np.datetime64("NaT"), dtype="M8[us]"), np.zeros(n, bool), np.zeros(n, bool))

    def put(self, rows: NDArray[np.intp] | Flags, other: _Written) -> None:
        """Take over what `other` says of some rows."""
        self.moment[rows], self.fixed[rows], self.day_only[rows] = other.moment, other.fixed, other.day_only


def read_times(column: pa.ChunkedArray | pa.Array, civil: CivilTimes) -> Times:
    """Return the column as times: local civil ones in the zone unless they carry an offset."""
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        written = _typed(column)
        given = ~np.isnat(written.moment)
    else:
        words = read_words(column)
        given = words.is_valid().to_numpy(zero_copy_only=False)
        written = _Written.nothing(len(words))
        written.put(given, _read_texts(words.drop_null(), civil.time_format))
    day_only = written.day_only | (civil.resolution != "second")
    return _settle(given, written.moment, written.fixed, day_only, zone=civil.zone)


def _typed(column: pa.ChunkedArray | pa.Array) -> _Written:
    zone, n = getattr(column.type, "tz", None), len(column)
    moment = column.cast(pa.timestamp("us", tz=zone), safe=False).to_numpy(zero_copy_only=False)
    day_only = np.full(n, pa.types.is_date(column.type))
    return _Written(np.array(moment, dtype="M8[us]"), np.full(n, zone is not None), day_only)


def _settle(given: Flags, moment: Moments, fixed: Flags, day_only: Flags, *, zone: str) -> Times:
    """Return times from what was written: instants where `fixed` by an offset, local civil times elsewhere."""
    read = to_instants(np.where(fixed, np.datetime64("NaT"), moment), zone=zone)
    instant, second = (np.where(fixed, moment, each) for each in (read.instant, read.second))
    moved = fixed | read.gap
    local = moment.copy()
    local[moved] = to_local(instant[moved], zone=zone)
    return Times(given, instant, second, local, read.ambiguous & ~fixed, read.gap & ~fixed, day_only, fixed)


# A column of a million times has few different days and few different times of day. Where a text falls into the
# two, each of them is read once; whatever that does not understand is read whole, and the whole is the rule.


@dataclass(frozen=True)
class _Halves:
    """How a text falls into a day and a time of day: at which separators, and the format of either half.

    `at` None: wherever the first separator stands.
    """

    separators: frozenset[str]
    day: str | None
    clock: str | None
    at: int | None = None


def _read_texts(texts: pa.StringArray, time_format: str | None) -> _Written:
    written = _Written.nothing(len(texts))
    if (halves := _halves_of(time_format)) is not None:
        places = _places(texts, halves)
        for place in np.unique(places[places > 0]).tolist():
            rows = np.flatnonzero(places == place)
            written.put(rows, _read_halves(texts.take(pa.array(rows)), place, halves))
    left = np.flatnonzero(np.isnat(written.moment))
    if len(left):
        written.put(left, _read_whole(texts.take(pa.array(left)), time_format))
    return written


def _halves_of(time_format: str | None) -> _Halves | None:
    """Return how texts of this format fall into halves; None where the format does not."""
    if time_format is None:
        return _Halves(frozenset(" T"), None, None, at=ISO_DATE)
    separator = " " if " " in time_format else "T"
    day, _, clock = time_format.partition(separator)
    fits = (
        set(re.findall("%(.)", day)) <= DATE_DIRECTIVES and set(re.findall("%(.)", clock)) <= CLOCK_DIRECTIVES
    )
    return _Halves(frozenset(separator), day, clock) if fits and "%" in clock else None


def _places(texts: pa.StringArray, halves: _Halves) -> NDArray[np.int64]:
    """Return where each text parts; 0 or less where it does not."""
    if halves.at is None:
        (separator,) = halves.separators
        found: NDArray[np.int64] = pc.find_substring(texts, separator).to_numpy(zero_copy_only=False)
        return found.astype(np.int64)
    between = pc.utf8_slice_codeunits(texts, halves.at, halves.at + 1)
    parts = pc.is_in(between, value_set=pa.array(sorted(halves.separators)))
    return np.where(parts.to_numpy(zero_copy_only=False), halves.at, 0)


def _read_halves(texts: pa.StringArray, place: int, halves: _Halves) -> _Written:
    days = _each(pc.utf8_slice_codeunits(texts, 0, place), partial(_read_day, form=halves.day))
    clocks = _each(pc.utf8_slice_codeunits(texts, place + 1), partial(_read_clock, form=halves.clock))
    since_midnight = clocks.moment - np.datetime64(0, "us")
    return _Written(days.moment + since_midnight, clocks.fixed, clocks.day_only)


def _read_whole(texts: pa.StringArray, time_format: str | None) -> _Written:
    return _each(texts, partial(_read, form=time_format))


_Read: TypeAlias = "tuple[int, bool, bool]"
"""A moment in microseconds since 1970, whether it is fixed by an offset, whether it is a day only."""

_READ = np.dtype([("moment", "M8[us]"), ("fixed", "?"), ("day_only", "?")])
_UNREADABLE: _Read = (np.iinfo(np.int64).min, False, False)  # which NumPy takes for NaT

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # civil or UTC, as the flag beside it says
_NO_DAY = datetime(1900, 1, 1)  # noqa: DTZ001  # where `strptime` puts a time without a day
_MICROSECOND = timedelta(microseconds=1)


def _each(texts: pa.StringArray, read: Callable[[str], _Read]) -> _Written:
    """Read each different text once."""
    encoded = texts.dictionary_encode()
    told = np.array([read(text) for text in encoded.dictionary.to_pylist()], dtype=_READ)
    said = told[encoded.indices.to_numpy(zero_copy_only=False)]
    return _Written(said["moment"], said["fixed"], said["day_only"])


def _read(text: str, form: str | None, *, since: datetime = _EPOCH) -> _Read:
    try:
        if form is None:
            at, day_only = datetime.fromisoformat(text), len(text) <= ISO_DATE
        else:
            at = datetime.strptime(text, form)  # noqa: DTZ007  # civil time; the zone is the mapping's
            day_only = not any(directive in form for directive in HOUR_DIRECTIVES)
        offset = at.utcoffset()
        moment = at if offset is None else at.replace(tzinfo=None) - offset
        return (moment - since) // _MICROSECOND, offset is not None, day_only
    except (ValueError, OverflowError):
        return _UNREADABLE


@lru_cache(maxsize=1 << 15)
def _read_day(text: str, form: str | None) -> _Read:
    if form is None and not text[4:5] == text[7:8] == "-":  # ISO 8601 has weeks and plain digits too
        return _UNREADABLE
    return _read(text, form)


@lru_cache(maxsize=1 << 17)
def _read_clock(text: str, form: str | None) -> _Read:
    """Read a time of day as that time on the first day of 1970."""
    if form is None:
        return _read(f"{_EPOCH:%Y-%m-%d}T{text}", None)
    return _read(text, form, since=_NO_DAY)
