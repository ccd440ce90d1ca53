"""How a draft says the way times are written: one format, one by role, or a question where the file fits two."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from peelian.city.drafting.columns import Column
from peelian.city.drafting.roles import Roles
from peelian.city.drafting.times import ISO, told_resolution
from peelian.city.drafting.words import ASK, scalar

COMBINED = "occurred_at"
"""The column that a draft makes up of a date and a time of day."""

ISO_DAY = "%Y-%m-%d"

YAML_WORDS = {
    "occurred_start": "time",
    "occurred_end": "occurred_end",
    "reported": "reported",
    "recorded": "recorded",
}


def format_lines(roles: Roles, *, suggested: Mapping[str, Column]) -> Iterator[str]:
    """Yield the lines of a mapping that say how its times are written; of `suggested` roles, as comments."""
    columns = {role: getattr(roles, role) for role in YAML_WORDS}
    formats = {role: _formats(column) for role, column in columns.items() if column is not None}
    start = roles.occurred_start
    if start is not None and roles.clock is not None:
        yield f"combine: {{{COMBINED}: [{scalar(start.name)}, {scalar(roles.clock.name)}]}}  # check: date, time of day"
        days = (ISO_DAY if form == ISO else form for form in formats["occurred_start"])
        formats["occurred_start"] = tuple(f"{day} {roles.clock.clock}" for day in days)
    elif start is not None and start.times is not None and told_resolution(start.times) != "second":
        yield f"time_resolution: {told_resolution(start.times)}  # check: the file tells no more"
    told = {role: each for role, each in formats.items() if each != (ISO,)}
    also = {role: each for role, column in suggested.items() if (each := _formats(column)) != (ISO,)}
    if told or also:
        yield "time_format:" if told else "# time_format:"
    for role, each in told.items():
        yield f"  {YAML_WORDS[role]}: {_format(each)}"
    for role, each in also.items():
        yield f"  # {role}: {_format(each)}"


def _formats(column: Column) -> tuple[str, ...]:
    """Return the formats that read a column; a midnight that every value carries is no time, and written as it is."""
    if column.times is None:
        return ()
    value = str(column.values.drop_null()[0])
    carried = re.search(r"[T ,].*$", value)
    if not column.times.midnight or column.times.offset or carried is None:
        return column.times.formats
    return tuple(f"{_day(form)}{carried[0]}" for form in column.times.formats)


def _day(form: str) -> str:
    """Return the part of a format that tells the day."""
    return ISO_DAY if form == ISO else re.split(r",? %[HI]", form, maxsplit=1)[0]


def _format(formats: tuple[str, ...]) -> str:
    if len(formats) == 1:
        return json.dumps(formats[0])
    return f"{ASK}  # day first or month first? the file fits both: " + " or ".join(map(json.dumps, formats))
