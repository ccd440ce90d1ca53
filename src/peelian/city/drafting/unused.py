"""The columns of a drafted file that no role reads: each is named, so that whoever checks the draft can miss none.

No value of them is shown: a column that nobody understands yet may be about people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from peelian.city.drafting.columns import Column
from peelian.city.drafting.roles import Roles
from peelian.city.drafting.times import ISO, told_resolution
from peelian.city.drafting.words import scalar

ENTERED = re.compile(r"record|enter|creat|updat|modif|publish|load")
"""What columns are called that tell when the agency wrote a row rather than when it heard of it."""

PLACES_OF_TIME = ("reported", "recorded")


def suggested_times(
    columns: Sequence[Column], roles: Roles, *, calls: Mapping[str, Column]
) -> dict[str, Column]:
    """Return the unused columns of dates that could play `reported` or `recorded`, by that role; no time of a call."""
    open_roles = [role for role in PLACES_OF_TIME if getattr(roles, role) is None]
    found: dict[str, Column] = {}
    for column in _unused(columns, roles):
        of_call = any(column is each for each in calls.values())
        if column.times is None or column.personal or of_call or not open_roles:
            continue
        likely = "recorded" if ENTERED.search(column.plain) else "reported"
        role = likely if likely in open_roles else open_roles[0]
        open_roles.remove(role)
        found[role] = column
    return found


def unused_lines(
    columns: Sequence[Column],
    roles: Roles,
    *,
    suggested: Mapping[str, Column],
    calls: Mapping[str, Column],
    nested: Sequence[str],
) -> Iterator[str]:
    """Yield a comment for every column that no role reads; what is about people is named and nothing else.

    Parameters
    ----------
    suggested : those that `suggested_times` found, as lines whose `#` need only be taken out.
    calls : those that `calls.call_roles` found, likewise.
    nested : names of columns that hold lists or records, which no role can read.
    """
    for role, column in suggested.items():
        where = (
            "" if column.times is None or column.times.formats[0] == ISO else ", here and under time_format"
        )
        told = f"{_looks(column)}: if they say when a case was {role}, take the # out{where}"
        yield f"  # {role}: {scalar(column.name)}  # {told}"
    of_calls = {
        role: column
        for role, column in calls.items()
        if any(column is each for each in _unused(columns, roles))
    }
    for role, column in of_calls.items():
        yield f"  # {role}: {scalar(column.name)}  # {_looks(column)}: of calls only, see kind"
    if roles.address is not None:
        yield f"  # address: {scalar(roles.address.name)}  # only to look places up where coordinates are blank"
    shown = (*suggested.values(), *of_calls.values(), roles.address)
    rest = [column for column in _unused(columns, roles) if not any(column is each for each in shown)]
    yield from (f"  # not read: {scalar(each.name)} ({_looks(each)})" for each in rest if not each.personal)
    yield from (f"  # not read: {scalar(name)} (lists or records, which no role reads)" for name in nested)
    if people := [scalar(each.name) for each in rest if each.personal]:
        yield f"  # about people, and never to be mapped: {', '.join(people)}"


def _unused(columns: Sequence[Column], roles: Roles) -> list[Column]:
    return [column for column in columns if not any(column is each for each in roles.used())]


def _looks(column: Column) -> str:
    """Return what a column looks like, without any value of it."""
    if not column.distinct:
        return "blank in every row"
    blank = column.values.null_count / len(column.values)
    return _kind(column) + (f", {blank:.0%} blank" if blank >= 0.005 else "")


def _kind(column: Column) -> str:
    if column.times is not None:
        return "dates and times" if told_resolution(column.times) == "second" else "dates"
    if column.distinct == 1:
        return "the same wherever it is filled"
    if column.clock is not None and (column.numbers is None or re.search("time|tm|hour", column.plain)):
        return "times of day"
    return f"{'texts' if column.numbers is None else 'numbers'}, {column.distinct:,} different"
