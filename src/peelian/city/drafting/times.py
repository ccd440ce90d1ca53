"""Which way a column writes its times: the formats that read all of it, none guessed where two do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

ISO = "ISO 8601"
ENOUGH = 0.98
"""Share of the values that a format must read; a few typing errors do not hide it."""

_DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%m/%d/%y", "%d/%m/%y",
         "%Y%m%d", "%d-%b-%Y", "%d %b %Y", "%b %d %Y")  # fmt: skip
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f")
CLOCKS = (*_CLOCKS, "%H%M")
FORMATS: tuple[str, ...] = (
    *_DAYS,
    *(f"{day} {clock}" for day in _DAYS for clock in _CLOCKS),
    *(f"{day}, {clock}" for day in _DAYS for clock in _CLOCKS),
    "%Y-%m",
    "%m/%Y",
)


OFFSET = re.compile(r":\d\d(\.\d+)?\s?(Z|[+-]\d\d(:?\d\d)?)$")


@dataclass(frozen=True)
class TimesGuess:
    """How a column may be read as times.

    Parameters
    ----------
    formats : those that read (almost) all values; `ISO` first where it does. Several: nobody can tell from the file.
    midnight : every value is at midnight, whatever the format could tell.
    offset : the values carry their offset from UTC.
    """

    formats: tuple[str, ...]
    midnight: bool
    offset: bool

    @property
    def ambiguous(self) -> bool:
        """Return whether the values can be read in two ways, as 03/04/2024 can."""
        return len(self.formats) > 1


def guess_times(values: Sequence[str]) -> TimesGuess | None:
    """Return how distinct published `values` may be read as times; None where they are none."""
    for formats in ((ISO,), FORMATS):
        read = {form: _read(values, form) for form in formats}
        fitting = [form for form, moments in read.items() if len(moments) >= max(ENOUGH * len(values), 1)]
        if best := max((len(read[form]) for form in fitting), default=0):
            kept = tuple(form for form in fitting if len(read[form]) == best)
            moments = read[kept[0]]
            midnight = all(moment.time() == time() for moment in moments)
            return TimesGuess(kept, midnight, any(OFFSET.search(value) for value in values))
    return None


def told_resolution(times: TimesGuess) -> str:
    """Return what the times tell: the "second", the "day" or the "month"."""
    form = times.formats[0]
    if form != ISO and "%d" not in form:
        return "month"
    return "day" if times.midnight else "second"


def span(values: Sequence[str], form: str) -> tuple[datetime, datetime]:
    """Return the first and the last of `values`, of which at least one can be read as `form`."""
    moments = _read(values, form)
    return min(moments), max(moments)


def guess_clock(values: Sequence[str]) -> str | None:
    """Return the format that reads all `values` as times of day; None where they are none."""
    return next(
        (form for form in CLOCKS if len(_read(values, form)) >= max(ENOUGH * len(values), 1)),
        None,
    )


def _read(values: Sequence[str], form: str) -> list[datetime]:
    read: Callable[[str], datetime] = (
        _iso if form == ISO else lambda value: datetime.strptime(value, form).replace(tzinfo=None)  # noqa: DTZ007
    )
    moments = []
    for value in values:
        try:
            moments.append(read(value))
        except (ValueError, OverflowError):
            continue
    return moments


def _iso(value: str) -> datetime:
    if len(value) < len("2024-01-31"):  # 20240131 and 2024 may be numbers
        raise ValueError(value)
    return datetime.fromisoformat(value).replace(tzinfo=None)
