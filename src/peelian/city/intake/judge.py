"""Judging rows and loads: which rows cannot be used, and what makes a whole file untrustworthy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from peelian.city.findings import Findings, Reason, columns_without_codes, told_codes
from peelian.city.intake.codes import share_problems
from peelian.city.intake.parse import Parsed
from peelian.city.intake.shape import Shape
from peelian.city.intake.text import Flags
from peelian.city.intake.understand import Understood
from peelian.city.mapping.source import WGS84, Dates, SourceMapping
from peelian.domain.plural import plural

REASONS = tuple(Reason)
KEPT = len(REASONS)
PLACE_OF = {reason: place for place, reason in enumerate(REASONS)}

Verdicts = NDArray[np.int8]
"""For each row the place in REASONS of the first reason against it, or KEPT."""

LONGEST_FIELD_BYTES = 1 << 16

WORDS = {
    Reason.FIELDS: "have a wrong number of fields",
    Reason.FIELD_TOO_LONG: f"have a field of more than {LONGEST_FIELD_BYTES:,} bytes",
    Reason.PARTNER_MISSING: "have no row to join in the other table",
    Reason.KEY_MISSING: "have no key",
    Reason.TIME_MISSING: "have no time",
    Reason.TIME_UNREADABLE: "have a time that cannot be read",
    Reason.OUTSIDE_DATES: "lie outside the declared dates",
    Reason.END_BEFORE_START: "end before they start",
    Reason.PLACE_MISSING: "have no readable coordinates",
    Reason.PLACE_UNKNOWN: "have no coordinates and an address that was not found",
    Reason.AT_ZERO: "lie at (0, 0)",
    Reason.SWAPPED: "lie inside the bounding box only with their two coordinates exchanged",
    Reason.OUTSIDE_BBOX: "lie outside the bounding box",
    Reason.OFFENCE_MISSING: "have no offence",
    Reason.UNKNOWN_CODE: "have an unknown code",
    Reason.KEY_CONFLICT: "share a key with a row that says something else",
    Reason.DUPLICATE: "repeat an earlier row",
    Reason.ERASED: "were erased for good",
}

ADVICE = {
    Reason.TIME_UNREADABLE: ", so let `time_format` fit them",
    Reason.SWAPPED: ", so exchange the two columns in the mapping",
    Reason.OUTSIDE_BBOX: ", so see whether `crs` is the publisher's and the box is the city's",
}

NEVER_TOO_MANY = (Reason.UNKNOWN_CODE, Reason.ERASED)
"""Each unknown code is named by itself; what was erased stays away however much of it comes again."""


def judge_rows(
    understood: Understood,
    *,
    mapping: SourceMapping,
    shape: Shape,
    loaded_on: date,
    too_long: Flags,
    alone: Flags,
) -> Verdicts:
    """Return the first reason against each row, seen by itself, or that it is kept.

    `too_long` are rows with a field beyond all measure, `alone` those without a partner to join.
    """
    parsed, codes, places = understood.parsed, understood.codes, understood.places
    start, never = understood.start, np.zeros(len(understood), dtype=bool)
    keyed = "key" in parsed.words
    against: dict[Reason, Flags] = {
        Reason.FIELD_TOO_LONG: too_long,
        Reason.PARTNER_MISSING: alone,
        Reason.KEY_MISSING: parsed.words["key"].is_null().to_numpy(zero_copy_only=False) if keyed else never,
        Reason.TIME_MISSING: ~start.given,
        Reason.TIME_UNREADABLE: np.any([times.unreadable for times in parsed.times.values()], axis=0),
        Reason.OUTSIDE_DATES: _outside_dates(parsed, mapping.dates, loaded_on),
        Reason.END_BEFORE_START: parsed.times.get(shape.end, start).instant < start.instant,
        Reason.PLACE_MISSING: places.missing,
        Reason.PLACE_UNKNOWN: places.unknown,
        Reason.AT_ZERO: places.at_zero,
        Reason.SWAPPED: places.swapped,
        Reason.OUTSIDE_BBOX: places.outside,
        Reason.OFFENCE_MISSING: codes.published.is_null().to_numpy(zero_copy_only=False),
        Reason.UNKNOWN_CODE: codes.strange,
    }
    return first_against(against, len(understood))


def first_against(against: Mapping[Reason, Flags], rows: int) -> Verdicts:
    """Return for each row the first reason, in the order of `Reason`, whose flag is set."""
    verdicts: Verdicts = np.full(rows, KEPT, dtype=np.int8)
    for reason, flags in against.items():
        np.minimum(verdicts, np.int8(PLACE_OF[reason]), out=verdicts, where=flags)
    return verdicts


def _outside_dates(parsed: Parsed, dates: Dates, loaded_on: date) -> Flags:
    """Return which rows happened outside the source's days, or tell of another moment that cannot be."""
    today = np.datetime64(loaded_on)
    latest = today + dates.latest_days_after_load if dates.latest is None else np.datetime64(dates.latest)
    known_by = max(latest, today + 1)  # a day of grace, for zones differ
    outside = np.zeros(len(parsed.x), dtype=bool)
    for role, times in parsed.times.items():
        day = times.local.astype("M8[D]")
        last = latest if role == "occurred_start" else known_by
        outside |= (day < np.datetime64(dates.earliest)) | (day > last)
    return outside


def problems_of(
    findings: Findings,
    *,
    mapping: SourceMapping,
    filled: Mapping[str, float],
    first: Mapping[str, str],
    repeated: int,
    by_group: Mapping[str, int],
) -> tuple[str, ...]:
    """Return why the load must be held back, one clause each; none for a load that stands.

    Parameters
    ----------
    filled : by role, the share of rows in which the column is not blank.
    first : by reason, the first row turned away for it, in words.
    repeated : rows that equal an earlier one.
    by_group : rows by offence group.
    """
    return (
        *_row_problems(findings, mapping),
        *_fill_problems(filled, mapping),
        *_code_problems(findings),
        *share_problems(by_group, mapping=mapping),
        *_share_problems(findings, mapping, first, repeated),
    )


def _row_problems(findings: Findings, mapping: SourceMapping) -> list[str]:
    smallest, largest = mapping.assertions.rows_min, mapping.assertions.rows_max
    if not smallest <= findings.read <= largest:
        return [f"it has {plural(findings.read, 'row')} where {smallest:,} to {largest:,} are expected"]
    return []


def _fill_problems(filled: Mapping[str, float], mapping: SourceMapping) -> list[str]:
    least = mapping.assertions.filled
    return [
        f"{_word(role, mapping)} is filled in {filled[role]:.1%} of the rows where at least {least[role]:.1%} is "
        "expected"
        for role in least
        if filled[role] < least[role]
    ]


def _word(role: str, mapping: SourceMapping) -> str:
    """Return what the mapping's YAML calls a role."""
    degrees = {"x": "lon", "y": "lat"} if mapping.crs == WGS84 else {}
    return {"occurred_start": "time", **degrees}.get(role, role)


def _code_problems(findings: Findings) -> list[str]:
    """Return what is wrong with the codes; texts that are no codes may name persons, and none of them is quoted."""
    no_codes = columns_without_codes(findings.unknown_codes)
    problems = [
        f"the column mapped as {role} holds no codes ({count:,} different values that the mapping does not know, most "
        "of them once), so map another"
        for role, count in no_codes.items()
    ]
    if told := told_codes(findings.unknown_codes):
        listed = ", ".join(f"{code.role} {code.code!r} ({plural(code.rows, 'row')})" for code in told)
        more = len(findings.unknown_codes) - sum(no_codes.values()) - len(told)
        rest = f" and {more:,} more" if more else ""
        problems.append(f"the mapping does not know these codes, say what each means: {listed}{rest}")
    return problems


def _share_problems(
    findings: Findings, mapping: SourceMapping, first: Mapping[str, str], repeated: int
) -> list[str]:
    """Return what happens to too many rows; to all of them is always too many."""
    counts = {Reason(count.name): count.rows for count in findings.rejected}
    for reason in NEVER_TOO_MANY:
        counts.pop(reason, None)
    counts[Reason.DUPLICATE] = repeated
    counts[Reason.OUTSIDE_BBOX] = outside = counts.get(Reason.OUTSIDE_BBOX, 0) + counts.get(Reason.SWAPPED, 0)
    if counts.get(Reason.SWAPPED, 0) * 2 <= outside:
        counts.pop(Reason.SWAPPED, None)  # strays, not exchanged columns; they count as outside
    limits = {reason: mapping.assertions.limit(reason) for reason in counts}
    too_many = [
        f"{_clause(reason, rows, findings.read, first)} where at most {limits[reason]:.1%} may{ADVICE.get(reason, '')}"
        for reason, rows in counts.items()
        if rows > limits[reason] * findings.read
    ]
    whys = [_clause(reason, rows, findings.read, first) for reason, rows in counts.items() if rows]
    if too_many or findings.accepted or not whys:
        return too_many
    return ["none of its rows can be used, for " + " and ".join(whys)]


def _clause(reason: Reason, rows: int, read: int, first: Mapping[str, str]) -> str:
    where = f" (first: {first[reason]})" if reason in first else ""
    return f"{rows:,} of {read:,} rows ({rows / read:.1%}) {WORDS[reason]}{where}"
