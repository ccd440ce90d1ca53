"""Cases: what a look-up of a person must belong to, and whether it does.

For: the book in which cases stand (`investigate` will bring its own), and the one question put to it: may this
officer look something up for this purpose in this case now? Not for: what a case is about; that is not kept here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True)
class CaseFacts:
    """What must be known of a case to say whether somebody may work in it.

    `opened` and `closed` are civil days of the deployment: work is possible from `opened` to the day before
    `closed`. `officers` are ids of principals, `unit` the unit that answers for the case.
    """

    case_id: str
    purpose: str
    opened: date
    closed: date | None
    unit: str
    officers: frozenset[str]


class CaseBook(Protocol):
    """Where cases are looked up."""

    def case(self, case_id: str) -> CaseFacts | None:
        """Return the facts of a case; None where there is no such case."""
        ...

    def tag(self, case_id: str) -> str | None:
        """Return the name a case has in the ledger: an HMAC under a key that is destroyed with the case."""
        ...


class CaseStanding(StrEnum):
    """How somebody stands to the case they name; the policy refuses all but the last two."""

    MISSING = "missing"  # the reason needs a case and none was named
    UNKNOWN = "unknown"  # there is no such case
    CLOSED = "closed"  # not open yet, or closed
    OTHER_PURPOSE = "other-purpose"  # it was opened for another purpose
    OTHER_UNIT = "other-unit"  # another unit's
    NOT_ASSIGNED = "not-assigned"  # the officer does not work in it
    FITS = "fits"
    NOT_NEEDED = "not-needed"


def standing_in(
    case: CaseFacts | None, *, officer: str, unit: str | None, purpose: str, today: date
) -> CaseStanding:
    """Return how an officer of `unit` stands to a case, for a purpose, on a civil day; None: no such case."""
    if case is None:
        return CaseStanding.UNKNOWN
    if today < case.opened or (case.closed is not None and today >= case.closed):
        return CaseStanding.CLOSED
    if case.purpose != purpose:
        return CaseStanding.OTHER_PURPOSE
    if unit != case.unit:
        return CaseStanding.OTHER_UNIT
    return CaseStanding.FITS if officer in case.officers else CaseStanding.NOT_ASSIGNED
