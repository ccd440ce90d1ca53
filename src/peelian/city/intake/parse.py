"""Turning published columns into times, numbers and words, by role; nothing is judged here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from peelian.city.intake.text import Flags, read_numbers, read_words
from peelian.city.intake.times import CivilTimes, Times, read_times
from peelian.city.mapping.source import Correction, SourceMapping
from peelian.domain.place import Floats

__all__ = ["CivilTimes", "Flags", "Parsed", "Times", "parse", "read_numbers", "read_times", "read_words"]

TIME_ROLES: tuple[str, ...] = (
    "occurred_start", "occurred_end", "reported", "recorded", "revised", "dispatched", "arrived", "cleared",
)  # fmt: skip
WORD_ROLES: tuple[str, ...] = (
    "offence", "key", "origin", "withdrawn", "priority", "disposition", "address",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Parsed:
    """The mapped columns of n rows, by role. Coordinates are in the source's system, NaN where unreadable.

    `beside` are the columns without a role that the source's origin rules look at; `corrected` counts the rows that
    each correction by hand has changed.
    """

    times: dict[str, Times]
    x: Floats
    y: Floats
    words: dict[str, pa.StringArray]
    beside: dict[str, pa.StringArray]
    corrected: tuple[int, ...]


def parse(table: pa.Table, *, mapping: SourceMapping, corrections: Sequence[Correction] = ()) -> Parsed:
    """Return the mapped columns of `table`, with the hand-made `corrections` applied."""
    roles = mapping.columns.by_role()
    columns = {column: table[column] for column in (*roles.values(), *mapping.origins.columns())}
    corrected = tuple(_correct(columns, correction) for correction in corrections)
    return Parsed(
        times={
            role: read_times(columns[roles[role]], civil_times(mapping, role))
            for role in TIME_ROLES
            if role in roles
        },
        x=read_numbers(columns[roles["x"]]),
        y=read_numbers(columns[roles["y"]]),
        words={role: read_words(columns[roles[role]]) for role in WORD_ROLES if role in roles},
        beside={column: read_words(columns[column]) for column in mapping.origins.columns()},
        corrected=corrected,
    )


def civil_times(mapping: SourceMapping, role: str) -> CivilTimes:
    """Return how the mapping's file writes the times of a role."""
    return CivilTimes(mapping.zone, mapping.format_of(role), mapping.time_resolution)


def _correct(columns: dict[str, Any], correction: Correction) -> int:
    """Apply one correction to its column, as text, and return how many rows it changed."""
    words = read_words(columns[correction.column])
    hit = pc.fill_null(pc.equal(words, correction.old), False)
    columns[correction.column] = pc.if_else(hit, correction.new, words)
    return int(pc.sum(hit).as_py() or 0)
