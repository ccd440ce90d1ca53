"""What was said or decided about a place, in words that may be told to anybody who asks.

A room that forecasts or decides makes these from what it keeps; whoever answers a request reads them. Numbers so small
that they could speak of a single incident are withheld, so that asking does not undo what releases protect.
"""

from __future__ import annotations

from dataclasses import dataclass

from peelian.domain.canonical import Document
from peelian.domain.time import Period


@dataclass(frozen=True)
class PlaceStatement:
    """One thing said or decided about a place.

    Parameters
    ----------
    work, work_id : what it stands in, e.g. "forecast", and the id of that.
    entry_index : the ledger entry by which it was fixed.
    offence, period : of what, and for which days.
    says : what was said or decided, as one or more sentences.
    grounds : from what it was made: model, cutoff, largest parts.
    expected : the exact expectation where it is one; for those who oversee, and in no letter.
    involved : ids of the principals who made or approved it; none of them may decide about it now.
    """

    work: str
    work_id: str
    entry_index: int
    offence: str
    period: Period
    says: str
    grounds: str
    expected: float | None
    involved: tuple[str, ...]

    def document(self) -> Document:
        """Return the statement as it is recorded."""
        return {**vars(self), "period": self.period.document(), "involved": list(self.involved)}


def yearly(expected: float, *, days: int, k: int) -> str:
    """Return an expectation for `days` days as so many in a year; below `k` only that it is below."""
    in_a_year = expected * 365.0 / days
    return f"fewer than {k} in a year" if in_a_year < k else f"about {in_a_year:.0f} in a year"
