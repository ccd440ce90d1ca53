"""One block of a delivery, understood and judged row by row: all that must be known of it to judge the whole file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.city.findings import Reason, UnknownCode
from peelian.city.intake.at_rest import at_rest
from peelian.city.intake.by_address import Place
from peelian.city.intake.combine import combined
from peelian.city.intake.delivery import Block, WrongFields
from peelian.city.intake.identity import Identities
from peelian.city.intake.judge import LONGEST_FIELD_BYTES, PLACE_OF, REASONS, Verdicts, judge_rows
from peelian.city.intake.packed import PackedText
from peelian.city.intake.parse import TIME_ROLES, Parsed
from peelian.city.intake.shape import Shape
from peelian.city.intake.text import Flags, read_words
from peelian.city.intake.understand import Understood, understand
from peelian.city.mapping.source import SourceMapping
from peelian.domain.incident import TimeNote

Notes = NDArray[np.uint32]
"""For each row the notes that apply, one bit for each name of `note_names`."""

PLAIN_NOTES = (
    TimeNote.AMBIGUOUS.value,
    TimeNote.GAP.value,
    "recorded-before-it-occurred",
    "placed-by-address",
    "revised-in-an-hour-that-came-twice",
)


class Erased(Protocol):
    """Tells which rows were erased for good."""

    def stored(self, key_hmac: pa.FixedSizeBinaryArray) -> Flags:
        """Tell it by what would be stored of their keys."""
        ...

    def published(self, keys: pa.StringArray) -> Flags:
        """Tell it by their keys as published."""
        ...


@dataclass(frozen=True)
class Rules:
    """What rows are understood and judged by.

    Parameters
    ----------
    place : looks up the addresses of rows without coordinates.
    erased : tells which rows were erased for good.
    """

    mapping: SourceMapping
    shape: Shape
    key: bytes
    epsg: int
    loaded_on: date
    place: Place | None = None
    erased: Erased | None = None


@dataclass(frozen=True, eq=False)
class JudgedBlock:
    """The rows of a block.

    Parameters
    ----------
    rows : their columns at rest but for the identities; rows that are turned away may hold nonsense.
    identities, verdicts, notes : of each row, seen by itself.
    text : their columns as published.
    wrong_fields : rows of the block that could not even be parted into fields.
    given : by role, the rows in which its column is not blank (of the roles that must be filled).
    by_group : rows by offence group.
    corrected : rows that each correction by hand has changed.
    first : by reason, the first row turned away for it, in words.
    unknown : codes that the mapping does not know.
    """

    rows: pa.Table
    identities: Identities
    verdicts: Verdicts
    notes: Notes
    text: PackedText
    wrong_fields: tuple[WrongFields, ...]
    given: Mapping[str, int]
    by_group: Counter[str]
    corrected: tuple[int, ...]
    first: Mapping[Reason, str]
    unknown: tuple[UnknownCode, ...]


def judge_block(block: Block, rules: Rules) -> JudgedBlock:
    """Return what becomes of the rows of a block as far as each can be seen by itself."""
    mapping, shape = rules.mapping, rules.shape
    table = combined(block.table, mapping=mapping)
    understood = understand(
        table, mapping=mapping, shape=shape, key=rules.key, epsg=rules.epsg, place=rules.place
    )
    verdicts = judge_rows(
        understood,
        mapping=mapping,
        shape=shape,
        loaded_on=rules.loaded_on,
        too_long=_too_long(block.table),
        alone=np.zeros(len(understood), dtype=bool) if block.alone is None else block.alone,
    )
    if rules.erased is not None and mapping.columns.key is not None:
        verdicts[rules.erased.published(read_words(table[mapping.columns.key]))] = PLACE_OF[Reason.ERASED]
    groups = understood.codes.offence.drop_null().value_counts().to_pylist()
    return JudgedBlock(
        rows=at_rest(understood, mapping=mapping, shape=shape),
        identities=understood.identities,
        verdicts=verdicts,
        notes=_notes(understood, shape),
        text=PackedText(block),
        wrong_fields=block.wrong_fields,
        given={role: _given(role, understood.parsed, table, mapping) for role in mapping.assertions.filled},
        by_group=Counter({item["values"]: item["counts"] for item in groups}),
        corrected=understood.parsed.corrected,
        first=_first(block, table, verdicts, mapping),
        unknown=understood.codes.unknown,
    )


def _too_long(table: pa.Table) -> Flags:
    too_long = np.zeros(table.num_rows, dtype=bool)
    for column in table.columns:
        if pa.types.is_string(column.type):
            longer = pc.greater(pc.binary_length(column), LONGEST_FIELD_BYTES)
            too_long |= pc.fill_null(longer, False).to_numpy()
    return too_long


def note_names(shape: Shape) -> tuple[str, ...]:
    """Return the names of the bits of `Notes`, from the lowest."""
    return (*PLAIN_NOTES, *(name for role in shape.times for name in offset_notes(role)))


def offset_notes(role: str) -> tuple[str, str]:
    """Return the notes of a time with an offset of its own and of one without; a column that has both is mixed."""
    return f"{role} with an offset", f"{role} without one"


def _notes(understood: Understood, shape: Shape) -> Notes:
    start, times = understood.start, understood.parsed.times
    flags = [start.ambiguous, start.gap, times.get("recorded", start).instant < start.instant]
    flags += [understood.places.by_address, _revised_twice(understood)]
    for role in shape.times:
        at = times.get(role)
        never = np.zeros(len(understood), dtype=bool)
        flags += [never, never] if at is None else [at.fixed & at.given, at.given & ~at.fixed & ~at.day_only]
    notes: Notes = np.zeros(len(understood), dtype=np.uint32)
    for bit, flag in enumerate(flags):
        notes |= flag.astype(np.uint32) << np.uint32(bit)
    return notes


def _revised_twice(understood: Understood) -> Flags:
    """Return which rows were revised at a civil time that came twice: which state is the later one is then a guess."""
    revised = understood.parsed.times.get("revised")
    return np.zeros(len(understood), dtype=bool) if revised is None else revised.ambiguous


def _given(role: str, parsed: Parsed, table: pa.Table, mapping: SourceMapping) -> int:
    """Return in how many rows the column of a role is not blank."""
    if role in parsed.times:
        return int(parsed.times[role].given.sum())
    words = parsed.words.get(role)
    if words is None:
        words = read_words(table[mapping.columns.by_role()[role]])
    return len(words) - int(words.null_count)


def _first(block: Block, table: pa.Table, verdicts: Verdicts, mapping: SourceMapping) -> dict[Reason, str]:
    """Return by reason the first row turned away for it, with its time where that is the trouble."""
    first = {Reason.FIELDS: f"row {block.wrong_fields[0].row_number:,}"} if block.wrong_fields else {}
    for place in np.flatnonzero(np.bincount(verdicts, minlength=len(REASONS) + 1)[:-1]).tolist():
        row, reason = int(np.argmax(verdicts == place)), REASONS[place]
        first[reason] = f"row {block.row_numbers[row]:,}"
        if reason is Reason.TIME_UNREADABLE:
            roles = mapping.columns.by_role()
            texts = [table[roles[role]][row] for role in TIME_ROLES if role in roles]
            first[reason] += "".join(f", {text.as_py()!r}" for text in texts if text.is_valid)
    return first
