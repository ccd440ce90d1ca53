"""Conditions: what held in a span of time, and since when that was known.

Weather that was measured is known after its hour, a weather forecast from its issue, a holiday from the day its law
or calendar was taken in. Whoever forecasts asks by a cutoff and is told only what was known before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from peelian.city.civil_time import Moments
from peelian.city.environment.features_file import Rows, described
from peelian.city.environment.mapping import ConditionMapping
from peelian.city.environment.moments import Told, known_from, read_moments
from peelian.city.environment.tables import CONDITION, INSTANT
from peelian.city.intake.parse import read_numbers, read_words
from peelian.city.place_set import SourceFile
from peelian.domain.errors import BadInput
from peelian.domain.time import local_midnight


@dataclass(frozen=True)
class Span:
    """One condition before it is stored; `end` is the first instant at which it no longer holds."""

    start: datetime
    end: datetime
    word: str
    value: float | None = None


def conditions_of_rows(rows: Rows, *, mapping: ConditionMapping, as_of: date) -> pa.Table:
    """Return the table CONDITION (without `set_id`) of a tabular file; any span that cannot be read holds it."""
    table, zone = rows.table, mapping.zone

    def told(column: str | None) -> Told:
        return read_moments(table, column, zone=zone, time_format=mapping.time_format)

    start, given_end, given_known = told(mapping.start), told(mapping.end), told(mapping.known)
    end = given_end.moment if mapping.end else start.moment + np.timedelta64(mapping.span_minutes or 0, "m")
    known = given_known.moment if mapping.known else _known(end, mapping, as_of)
    wrong = np.isnat(start.moment) | np.isnat(end) | np.isnat(known) | ~(start.moment < end)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise BadInput(
            f"{rows.name} is held back: {int(wrong.sum()):,} of {len(wrong):,} spans have no readable start, end or "
            f"known time, or end before they start (first: row {row + 1:,}); correct them in {_columns(mapping)}."
        )
    numbers = read_numbers(table[mapping.value]) if mapping.value else np.full(len(end), np.nan)
    columns = {
        "set_id": pa.repeat(pa.scalar(""), len(end)),
        "series": pa.repeat(pa.scalar(mapping.series), len(end)),
        "area_id": _words(table, mapping.area),
        "start": pa.array(start.moment, INSTANT),
        "end": pa.array(end, INSTANT),
        "known": pa.array(known, INSTANT),
        "value": pa.array(numbers, mask=np.isnan(numbers)),
        "word": _words(table, mapping.word),
    }
    return pa.table(columns).cast(CONDITION)


def conditions_of_spans(spans: list[Span], *, mapping: ConditionMapping, as_of: date) -> pa.Table:
    """Return the table CONDITION (without `set_id`) of spans that hold for the whole city."""
    known = known_from(as_of, zone=mapping.zone)
    columns = {
        "set_id": [""] * len(spans),
        "series": [mapping.series] * len(spans),
        "area_id": [None] * len(spans),
        "start": [span.start for span in spans],
        "end": [span.end for span in spans],
        "known": [known] * len(spans),
        "value": [span.value for span in spans],
        "word": [span.word for span in spans],
    }
    return pa.table(columns, schema=CONDITION)


@dataclass(frozen=True)
class CalendarFile:
    """The events of a calendar, and the file they stood in."""

    spans: list[Span]
    file: SourceFile


def read_calendar(path: Path, *, zone: str) -> CalendarFile:
    """Return the events of an iCalendar file (RFC 5545); events that repeat are refused: list them one by one."""
    from icalendar import Calendar  # noqa: PLC0415

    try:
        data = path.read_bytes()
        calendar = Calendar.from_ical(data)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path.name} cannot be read as iCalendar: {error}.") from None
    spans = [_event(event, path.name, zone) for event in calendar.walk("VEVENT")]
    return CalendarFile(spans, described(path, data))


def _event(event: object, name: str, zone: str) -> Span:
    from icalendar import Event  # noqa: PLC0415

    assert isinstance(event, Event)
    title = str(event.get("SUMMARY", "event"))
    if "RRULE" in event:
        raise BadInput(
            f"{name}: the event {title!r} repeats by a rule; have the calendar exported date by date."
        )
    start, end = event.start, event.end
    if isinstance(start, datetime) and isinstance(end, datetime):
        return Span(_instant(start, zone), _instant(end, zone), title)
    return Span(local_midnight(start, zone), local_midnight(end, zone), title)


def _instant(moment: datetime, zone: str) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC)


def public_holidays(mapping: ConditionMapping) -> list[Span]:
    """Return the public holidays of a country (and region), as the `holidays` library computes them from the laws."""
    import holidays  # noqa: PLC0415

    assert mapping.years is not None
    assert mapping.country is not None
    first, last = mapping.years
    try:
        found = holidays.country_holidays(
            mapping.country, subdiv=mapping.region, years=range(first, last + 1)
        )
    except NotImplementedError as error:
        raise BadInput(
            f"{mapping.series}: {error}; name a country by its ISO 3166-1 code such as US."
        ) from None
    day = timedelta(days=1)
    return [
        Span(local_midnight(on, mapping.zone), local_midnight(on + day, mapping.zone), name, value=1.0)
        for on, name in sorted(found.items())
    ]


def _known(end: Moments, mapping: ConditionMapping, as_of: date) -> Moments:
    if mapping.known_after_minutes is not None:
        known: Moments = end + np.timedelta64(mapping.known_after_minutes, "m")
        return known
    instant = known_from(as_of, zone=mapping.zone)
    return np.full(len(end), np.datetime64(instant.replace(tzinfo=None), "us"))


def _columns(mapping: ConditionMapping) -> str:
    """Return the columns of a span's times, in words; what stands in them may name a person and is not shown."""
    told = (mapping.start, mapping.end, mapping.known)
    return "its columns " + ", ".join(repr(column) for column in dict.fromkeys(told) if column)


def _words(table: pa.Table, column: str | None) -> pa.Array:
    return pa.nulls(table.num_rows, pa.string()) if column is None else read_words(table[column])
