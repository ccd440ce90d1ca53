"""Statutory clocks: how long a term runs, from when, by which words, and the instant at which it is over.

For: every deadline of the house. Terms are data, each marked as law (with the statute's words) or as the house's own.
Not for: what happens when one is over; whoever holds the thing with the deadline decides that.

A term in hours is so many elapsed hours between UTC instants; no change of clocks lengthens or shortens it. A term in
days, months or years is counted on the calendar of the deployment's zone, as Regulation (EEC, Euratom) No 1182/71,
Article 3 counts: the day of the event is not part of it, it ends with the last hour of the day that bears the same
date in its last month, or of that month's last day where there is no such date. Not taken over are two
prolongations of that article: the begun hour that does not count, and ends on holidays that move to a working day.

Terms are half-open: `due` is the first instant that no longer belongs to the term.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from peelian.domain.errors import BadInput
from peelian.domain.time import Clock, utc
from peelian.governance.prohibition.prohibited import Mark


class Unit(StrEnum):
    """How a term is counted: elapsed time, or the civil calendar of the deployment's zone."""

    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"


class Bound(StrEnum):
    """Which side of a term's end the law speaks of."""

    AT_MOST = "at most"  # it must be done before the term is over
    AT_LEAST = "at least"  # it may not be undone before the term is over


@dataclass(frozen=True)
class Term:
    """One term: what must be done (or kept), counted from which event, how long, and who says so.

    Parameters
    ----------
    id : a short name, e.g. "answer".
    what : what is to be done, or kept.
    starts : the event that starts the clock, in words.
    length, unit, bound : e.g. at most 24 hours.
    citation, mark : where it stands; `law` only where `words` are the statute's own.
    words : the words that give the length; for the house's own terms, why they are so long.
    """

    id: str
    what: str
    starts: str
    length: int
    unit: Unit
    bound: Bound
    citation: str
    mark: Mark
    words: str


_ANSWERED = "one month beginning with the relevant time"
_TABLE = (
    Term(
        "authorisation-urgent",
        "request the authorisation of an urgent use that began without one",
        "the use begins",
        24,
        Unit.HOURS,
        Bound.AT_MOST,
        "Regulation (EU) 2024/1689 (AI Act), Article 5(3) and recital 35",
        Mark.LAW,
        "request such authorisation ... without undue delay and at the latest within 24 hours",
    ),
    Term(
        "authorisation-post",
        "request the authorisation of an identification after the event",
        "the use begins",
        48,
        Unit.HOURS,
        Bound.AT_MOST,
        "Regulation (EU) 2024/1689 (AI Act), Article 26(10)",
        Mark.LAW,
        "ex ante, or without undue delay and no later than 48 hours",
    ),
    Term(
        "answer",
        "answer a person about data on them, or anybody about a place",
        "the request comes in",
        1,
        Unit.MONTHS,
        Bound.AT_MOST,
        "house rule, after Directive (EU) 2016/680, Article 12(3), which gives no number",
        Mark.HOUSE,
        "As long as British law gives (see answer-uk), and without its prolongations.",
    ),
    Term(
        "answer-uk",
        "answer a person about data on them in the United Kingdom",
        "the request comes in, or later what was asked to identify the person",
        1,
        Unit.MONTHS,
        Bound.AT_MOST,
        "Data Protection Act 2018 (UK), section 54(2)",
        Mark.LAW,
        f"the period of {_ANSWERED}",
    ),
    Term(
        "identity",
        "prove who asks about a person",
        "the request comes in",
        14,
        Unit.DAYS,
        Bound.AT_MOST,
        "house rule",
        Mark.HOUSE,
        "Time to bring a paper; after it the request is listed so that somebody asks again. It is never dropped.",
    ),
    Term(
        "log-deployer",
        "keep the logs of a high-risk system",
        "the entry is written",
        6,
        Unit.MONTHS,
        Bound.AT_LEAST,
        "Regulation (EU) 2024/1689 (AI Act), Article 26(6); Article 19(1) for the provider",
        Mark.LAW,
        "for a period appropriate to the intended purpose of the high-risk AI system, of at least six months",
    ),
    Term(
        "intelligence-review",
        "review and validate what is held about a subject of criminal intelligence, or destroy it",
        "it was entered, or last validated",
        5,
        Unit.YEARS,
        Bound.AT_MOST,
        "house rule, after 28 CFR 23.20(h)",
        Mark.HOUSE,
        "The longest retention that regulation gives; a deployer's own rules may be shorter.",
    ),
    Term(
        "break-glass-review",
        "review an access that broke the glass",
        "the access began",
        72,
        Unit.HOURS,
        Bound.AT_MOST,
        "house rule",
        Mark.HOUSE,
        "Long enough for a weekend, short enough that people still remember.",
    ),
    Term(
        "urgent-second-read",
        "give an urgent finding its second read",
        "somebody acted on the first read",
        1,
        Unit.HOURS,
        Bound.AT_MOST,
        "house rule, after Regulation (EU) 2024/1689 (AI Act), Article 14(5)",
        Mark.HOUSE,
        "An exception from two readers may not outlast the urgency that is its ground.",
    ),
    Term(
        "breach-notification",
        "notify the supervisory authority of a breach of personal data",
        "the controller becomes aware of it",
        72,
        Unit.HOURS,
        Bound.AT_MOST,
        "Directive (EU) 2016/680, Article 30(1)",
        Mark.LAW,
        "without undue delay and, where feasible, not later than 72 hours after having become aware of it",
    ),
)

TERMS: Mapping[str, Term] = {term.id: term for term in _TABLE}
"""Every term there is, by id."""


def term(name: str) -> Term:
    """Return the term of that id; an unknown one is refused with the list."""
    if name not in TERMS:
        raise BadInput(f"There is no term {name!r}; the terms are {', '.join(TERMS)}.")
    return TERMS[name]


def due(term: Term, *, start: datetime, zone: str) -> datetime:
    """Return the first instant, in UTC, at which a term that started at `start` is over.

    `zone` is the deployment's IANA zone; a term in hours does not look at it.
    """
    if term.unit is Unit.HOURS:
        return elapsed(term, start=start)
    first = utc(start).astimezone(ZoneInfo(zone)).date()
    last = _last_day(first, length=term.length, unit=term.unit)
    return day_begins(last + timedelta(days=1), zone=zone)


def elapsed(term: Term, *, start: datetime) -> datetime:
    """Return the first instant, in UTC, at which a term in hours is over: no zone has a say in it."""
    if term.unit is not Unit.HOURS:
        raise BadInput(f"The term {term.id!r} is counted in {term.unit} on a calendar; say in which zone.")
    return utc(start) + timedelta(hours=term.length)


def is_over(term: Term, *, start: datetime, zone: str, now: datetime) -> bool:
    """Return whether a term is over at `now`, which must come from a clock that never runs backward."""
    return utc(now) >= due(term, start=start, zone=zone)


def _last_day(first: date, *, length: int, unit: Unit) -> date:
    """Return the last day of a term whose event fell on `first`: the same date, or that month's last day."""
    if unit is Unit.DAYS:
        return first + timedelta(days=length)
    months = first.month - 1 + length * (12 if unit is Unit.YEARS else 1)
    year, month = first.year + months // 12, months % 12 + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def day_begins(day: date, *, zone: str) -> datetime:
    """Return the first UTC instant of a civil day.

    Where midnight does not exist, the clocks having been put forward over it, the day begins with its first instant
    after the gap. Where midnight comes twice it begins with the first, unless the clock was put back into the day
    before; then that day is not over until it ends again. A day that a zone left out begins where the next one does.
    """
    local = ZoneInfo(zone)
    readings = (datetime.combine(day, time(fold=fold), local).astimezone(UTC) for fold in (0, 1))
    low, high = sorted(
        readings
    )  # the same instant, but on the days on which midnight is missing or comes twice
    seconds = range(int((high - low).total_seconds()) + 1)

    def begun(second: int) -> bool:
        return (low + timedelta(seconds=second)).astimezone(local).date() >= day

    return low + timedelta(seconds=bisect_left(seconds, True, key=begun))


@dataclass
class SteadyClock:
    """A clock that never runs backward: it shows the latest instant ever seen, whatever the machine's clock says.

    Parameters
    ----------
    clock : the clock that is asked.
    seen : the high-water mark to begin with, usually the time of the ledger's last entry.
    """

    clock: Clock
    seen: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    def now(self) -> datetime:
        """Return the present, or the latest instant seen where the clock was put back."""
        self.seen = max(utc(self.seen), self.clock.now())
        return self.seen
