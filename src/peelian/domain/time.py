"""Instants, periods and clocks.

Instants are aware UTC datetimes. A period is half-open and made of local civil dates plus a zone, because
a beat's week begins at local midnight whatever the offset is that night. Time is never read from the
machine in passing: whoever needs it is handed a `Clock`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput

Basis = Literal["recorded", "occurred"]


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """Return the present as an aware UTC datetime."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present as an aware UTC datetime."""
        return datetime.now(UTC)


@dataclass
class SimulatedClock:
    """A clock that stands still until it is moved: for demonstrations and tests, always labelled as such."""

    instant: datetime
    simulated: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        self.instant = utc(self.instant)

    def now(self) -> datetime:
        """Return the simulated present."""
        return self.instant

    def advance(self, step: timedelta) -> None:
        """Move the clock forward by `step`."""
        self.instant += step

    def set(self, instant: datetime) -> None:
        """Move the clock to `instant` (backwards too: tests need a clock that misbehaves)."""
        self.instant = utc(instant)


def utc(instant: datetime) -> datetime:
    """Return `instant` in UTC; a naive datetime is an error, because nobody can say when it was."""
    if instant.tzinfo is None:
        raise BadInput(f"The time {instant.isoformat()} has no zone; give an aware datetime.")
    return instant.astimezone(UTC)


def iso(instant: datetime) -> str:
    """Write an instant as RFC 3339 UTC with milliseconds, the one spelling used in ledger and files."""
    return utc(instant).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, order=True)
class Period:
    """A half-open span of local civil dates, `start <= day < end`, in one zone.

    Parameters
    ----------
    start, end : civil dates; `end` is the first day that no longer belongs to the period.
    zone : IANA name, e.g. "America/Chicago".
    """

    start: date
    end: date
    zone: str

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise BadInput(
                f"The period {self.start} to {self.end} is empty; its end must be after its start."
            )

    def document(self) -> Document:
        """Return the period as a plain document."""
        return {"start": str(self.start), "end": str(self.end), "zone": self.zone}

    @property
    def days(self) -> int:
        """Return the number of civil days."""
        return (self.end - self.start).days

    @property
    def start_utc(self) -> datetime:
        """Return the instant of local midnight at which the period begins."""
        return local_midnight(self.start, self.zone)

    @property
    def end_utc(self) -> datetime:
        """Return the instant of local midnight at which the period is over."""
        return local_midnight(self.end, self.zone)

    def __str__(self) -> str:
        return f"{self.start} to {self.end - timedelta(days=1)} ({self.zone})"


def period_from_document(document: Mapping[str, str]) -> Period:
    """Return the period that `document` was made from."""
    start, end = date.fromisoformat(document["start"]), date.fromisoformat(document["end"])
    return Period(start, end, document["zone"])


def local_midnight(day: date, zone: str) -> datetime:
    """Return the UTC instant at which civil `day` begins in `zone`."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True)
class Cutoff:
    """The last civil day a forecast may not see any more: data up to the midnight that begins `day` count.

    `basis` says what "up to" means: "recorded" where the source tells when a report was recorded,
    "occurred" where it does not (then late reports leak in, and every figure says so).
    """

    day: date
    basis: Basis
