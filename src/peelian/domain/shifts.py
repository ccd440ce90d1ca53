"""Shifts: the spans of the day in which an agency works, each with the days on which it was worked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from peelian.domain.errors import BadInput
from peelian.domain.validity import Dated

MINUTES_OF_A_DAY = 1440


@dataclass(frozen=True)
class Shift(Dated):
    """One shift as it was worked from `valid_from` until the day before `valid_to`.

    Parameters
    ----------
    shift_id, name : the agency's own.
    start_minute, end_minute : civil minutes of the day, 0 to 1439; a shift whose end is not after its start
        ends on the next day.
    weekdays : days on which it begins, 1 is Monday.
    valid_from, valid_to : half-open civil days on which it may begin; None where open. The last one is worked
        to its end, though that lies in the next day.
    """

    shift_id: str
    name: str
    start_minute: int
    end_minute: int
    weekdays: tuple[int, ...]
    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.start_minute < MINUTES_OF_A_DAY and 0 <= self.end_minute < MINUTES_OF_A_DAY):
            raise BadInput(
                f"The shift {self.shift_id} runs from minute {self.start_minute} to {self.end_minute}; "
                "a day has the minutes 0 to 1439."
            )
        if not self.weekdays or not set(self.weekdays) <= set(range(1, 8)):
            raise BadInput(
                f"The shift {self.shift_id} begins on the weekdays {self.weekdays}; name some of 1 (Monday) to 7."
            )

    @property
    def minutes(self) -> int:
        """Return how long it lasts on a day when the clocks do not change."""
        return (self.end_minute - self.start_minute - 1) % MINUTES_OF_A_DAY + 1

    @property
    def key(self) -> str:
        """Return what stays the same from one version of the shift to the next."""
        return self.shift_id

    def dated(self, valid_from: date | None, valid_to: date | None) -> Shift:
        """Return the same shift with other days of validity."""
        return replace(self, valid_from=valid_from, valid_to=valid_to)

    def says_as(self, other: Shift) -> bool:
        """Return whether the other differs in nothing but its days of validity."""
        return self.dated(None, None) == other.dated(None, None)
