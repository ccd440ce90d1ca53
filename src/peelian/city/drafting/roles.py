"""Which column of an unknown file plays which role: guessed by its name and by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from peelian.city.drafting.columns import Column, in_degrees
from peelian.city.drafting.times import told_resolution

MOST_CODES = 500
"""More distinct values than this are no list of codes."""

FEW = 10
"""So many distinct values may be a list of codes, however short the file is."""


@dataclass(frozen=True, eq=False)
class Roles:
    """The columns guessed for the roles; None where nothing in the file suggests one.

    `clock` is the time of day that goes with `occurred_start` where that is a date; `address` is proposed and not
    mapped; `other_offences` could be the offence as well.
    """

    occurred_start: Column | None
    clock: Column | None
    occurred_end: Column | None
    reported: Column | None
    recorded: Column | None
    x: Column | None
    y: Column | None
    key: Column | None
    offence: Column | None
    address: Column | None
    other_offences: tuple[Column, ...]

    def used(self) -> tuple[Column, ...]:
        """Return the columns that the draft reads."""
        read = (self.key, self.occurred_start, self.clock, self.occurred_end, self.reported, self.recorded)
        return tuple(each for each in (*read, self.x, self.y, self.offence) if each is not None)


def guess_roles(columns: Sequence[Column]) -> Roles:
    """Return which column plays which role."""
    free = [column for column in columns if not column.personal]
    times = [column for column in free if column.times is not None]
    start = _first(times, "occurred_start", but=("reported", "recorded", "occurred_end")) or _only_date(times)
    reported, recorded, end = (
        _first(times, role, but=()) for role in ("reported", "recorded", "occurred_end")
    )
    x, y = _place(free)
    taken = {id(column) for column in (start, reported, recorded, end, x, y)}
    rest = [column for column in free if id(column) not in taken and column.times is None]
    offences = _offences([column for column in rest if column.clock is None or column.numbers is None])
    return Roles(
        occurred_start=start,
        clock=_clock(rest, start),
        occurred_end=end if end is not start else None,
        reported=reported if reported is not start else None,
        recorded=recorded if recorded not in (start, reported) else None,
        x=x,
        y=y,
        key=_key([column for column in rest if column not in offences[:1]]),
        offence=offences[0] if offences else None,
        address=next((column for column in rest if column.named("address") and column.numbers is None), None),
        other_offences=tuple(offences[1:4]),
    )


def _first(columns: Sequence[Column], role: str, *, but: Sequence[str]) -> Column | None:
    """Return the best filled column whose name suggests `role` and none of the roles in `but`."""
    named = [each for each in columns if each.named(role) and not any(each.named(other) for other in but)]
    return max(named, key=lambda column: column.filled, default=None)


def _only_date(times: Sequence[Column]) -> Column | None:
    """Return the best filled time column that is not said to be another time."""
    others = [
        each
        for each in times
        if not any(each.named(role) for role in ("reported", "recorded", "occurred_end"))
    ]
    return max(others or times, key=lambda column: column.filled, default=None)


def _clock(rest: Sequence[Column], start: Column | None) -> Column | None:
    """Return the time of day beside a start that has none: alike in name, or the only one."""
    if start is None or start.times is None or told_resolution(start.times) != "day":
        return None
    clocks = [each for each in rest if each.clock is not None]
    named = [each for each in clocks if re.search(r"time|tm|hour|clock|occ", each.plain)]
    only = clocks if len(clocks) == 1 and clocks[0].numbers is None else []
    return max(
        named or only, key=lambda each: len(set(each.plain.split()) & set(start.plain.split())), default=None
    )


def _place(columns: Sequence[Column]) -> tuple[Column | None, Column | None]:
    """Return longitude and latitude if there are such, else projected coordinates."""
    return _coordinate(columns, "x"), _coordinate(columns, "y")


def _coordinate(columns: Sequence[Column], role: str) -> Column | None:
    numbers = [
        each for each in columns if each.numbers is not None and each.distinct > 1 and each.named(role)
    ]
    return min(numbers, key=lambda column: (not in_degrees(column), -column.filled), default=None)


def _key(rest: Sequence[Column]) -> Column | None:
    """Return a column with a value of its own in every row, one that is called a key first."""
    unique = [each for each in rest if each.distinct == len(each.values) and each.named("key")]
    return next(
        (each for each in unique if re.search(r"\bid\b|row", each.plain)), unique[0] if unique else None
    )


def _offences(rest: Sequence[Column]) -> list[Column]:
    """Return the columns that may hold the offence, the likeliest first: named so, few different values, words.

    Where none is named so, any column of a few words that come again, but for places and outcomes.
    """
    few = [each for each in rest if 1 <= each.distinct <= min(MOST_CODES, max(len(each.values) // 4, FEW))]
    named = [each for each in few if each.named("offence")]
    others = [each for each in few if each.numbers is None and each.distinct < len(each.values) / 2]
    few = named or [each for each in others if not each.named("address")]

    def likeness(column: Column) -> tuple[bool, bool, bool, int]:
        other = re.search(r"location|place|premis|outcome|dispos|status", column.plain) is not None
        named = re.search(r"offen[cs]e|ofns|crime|crm|charge|ucr|nibrs|nature", column.plain) is not None
        return other, not named, column.numbers is not None, abs(column.distinct - 40)

    return sorted(few, key=likeness)
