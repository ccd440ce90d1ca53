"""Turning published columns into times, numbers and words, whole columns at once; nothing is judged here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.city.civil_time import Moments, to_instants, to_local
from peelian.city.mapping import Correction, SourceMapping
from peelian.domain.place import Floats

Flags = NDArray[np.bool_]

TIME_ROLES: tuple[str, ...] = ("occurred_start", "occurred_end", "reported", "recorded")
WORD_ROLES: tuple[str, ...] = ("offence", "key", "origin", "withdrawn")
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
HOUR_DIRECTIVES = ("%H", "%I", "%c", "%X")


@dataclass(frozen=True, eq=False)
class Times:
    """One time column of n rows.

    Parameters
    ----------
    given : the field is not blank.
    instant : UTC; NaT where blank or unreadable. `second` is the other reading of an ambiguous local time.
    local : civil time in the source's zone at `instant`.
    ambiguous, gap : what the clocks did.
    day_only : the source tells no time of day.
    """

    given: Flags
    instant: Moments
    second: Moments
    local: Moments
    ambiguous: Flags
    gap: Flags
    day_only: Flags

    @property
    def unreadable(self) -> Flags:
        """Return where something is written that is no time."""
        unreadable: Flags = self.given & np.isnat(self.instant)
        return unreadable


@dataclass(frozen=True, eq=False)
class Parsed:
    """The mapped columns of n rows, by role. Coordinates are in the source's system, NaN where unreadable."""

    times: dict[str, Times]
    x: Floats
    y: Floats
    words: dict[str, pa.StringArray]
    corrected: tuple[int, ...]


def parse(table: pa.Table, *, mapping: SourceMapping, corrections: Sequence[Correction] = ()) -> Parsed:
    """Return the mapped columns of `table`, with the hand-made `corrections` applied (counted in `corrected`)."""
    roles = mapping.columns.by_role()
    columns = {column: table[column] for column in roles.values()}
    corrected = tuple(_correct(columns, correction) for correction in corrections)
    times = {role: read_times(columns[roles[role]], mapping=mapping) for role in TIME_ROLES if role in roles}
    words = {role: read_words(columns[roles[role]]) for role in WORD_ROLES if role in roles}
    return Parsed(
        times, read_numbers(columns[roles["x"]]), read_numbers(columns[roles["y"]]), words, corrected
    )


def _correct(columns: dict[str, Any], correction: Correction) -> int:
    """Apply one correction to its column, as text, and return how many rows it changed."""
    words = read_words(columns[correction.column])
    hit = pc.fill_null(pc.equal(words, correction.old), False)
    columns[correction.column] = pc.if_else(hit, correction.new, words)
    return int(pc.sum(hit).as_py() or 0)


def read_words(column: pa.ChunkedArray | pa.Array) -> pa.StringArray:
    """Return the column as trimmed text, null where blank."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    words = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(words, ""), None, words)


def read_numbers(column: pa.ChunkedArray | pa.Array) -> Floats:
    """Return the column as float64, NaN where it is blank or no finite number."""
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        words = read_words(column)
        column = pc.if_else(pc.match_substring_regex(words, NUMBER), words, None)
    numbers = np.array(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers + 0.0  # minus zero is zero


def read_times(column: pa.ChunkedArray | pa.Array, *, mapping: SourceMapping) -> Times:
    """Return the column as times: local civil ones in the mapping's zone unless they carry an offset."""
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        moment = column.cast(pa.timestamp("us", tz=getattr(column.type, "tz", None)), safe=False)
        moment = np.array(moment.to_numpy(zero_copy_only=False), dtype="M8[us]")
        fixed = np.full(len(moment), getattr(column.type, "tz", None) is not None)
        day_only = np.full(len(moment), pa.types.is_date(column.type))
        given = ~np.isnat(moment)
    else:
        words = read_words(column)
        moment, fixed, day_only = _read_texts(words, mapping.time_format)
        given = words.is_valid().to_numpy(zero_copy_only=False)
    if mapping.time_resolution == "day":
        day_only = np.ones(len(moment), dtype=bool)
    return _settle(given, moment, fixed, day_only, zone=mapping.zone)


def _settle(given: Flags, moment: Moments, fixed: Flags, day_only: Flags, *, zone: str) -> Times:
    """Return times from what was written: instants where `fixed` by an offset, local civil times elsewhere."""
    read = to_instants(np.where(fixed, np.datetime64("NaT"), moment), zone=zone)
    instant, second = (np.where(fixed, moment, each) for each in (read.instant, read.second))
    moved = fixed | read.gap
    local = moment.copy()
    local[moved] = to_local(instant[moved], zone=zone)
    return Times(given, instant, second, local, read.ambiguous & ~fixed, read.gap & ~fixed, day_only)


def _read_texts(words: pa.StringArray, time_format: str | None) -> tuple[Moments, Flags, Flags]:
    """Return moment, whether it is fixed by an offset, and whether it is a day only; each text is read once."""
    encoded = words.dictionary_encode()
    each = [_read_text(word, time_format) for word in encoded.dictionary.to_pylist()]
    each.append((None, False, False))  # the last stands for null
    which = pc.fill_null(encoded.indices, len(each) - 1).to_numpy(zero_copy_only=False)
    moments = pa.array([moment for moment, _, _ in each], pa.timestamp("us")).to_numpy(zero_copy_only=False)
    fixed, day_only = (np.array([item[place] for item in each], dtype=bool) for place in (1, 2))
    return moments[which], fixed[which], day_only[which]


def _read_text(word: str, time_format: str | None) -> tuple[datetime | None, bool, bool]:
    try:
        if time_format is None:
            at, day_only = datetime.fromisoformat(word), len(word) <= len("2016-01-01")
        else:
            at = datetime.strptime(word, time_format)  # noqa: DTZ007  # civil time; the zone is the mapping's
            day_only = not any(directive in time_format for directive in HOUR_DIRECTIVES)
        offset = at.utcoffset()
        return (at if offset is None else at.replace(tzinfo=None) - offset), offset is not None, day_only
    except (ValueError, OverflowError):
        return None, False, False
