"""Published text put away small until it is known which rows are turned away, for those are kept as published."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.findings import Reason
from peelian.city.intake.delivery import Block, WrongFields
from peelian.city.intake.judge import LONGEST_FIELD_BYTES, REASONS, Verdicts
from peelian.city.intake.text import read_words

SHOWN_OF_TOO_LONG = 200

Told = tuple[int, str, str]
"""A row that was turned away: its number, the reason, and its mapped columns as published, as JSON."""


class PackedText:
    """The mapped columns of a block as they were published, compressed."""

    def __init__(self, block: Block) -> None:
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_stream(sink, block.table.schema, options=options) as writer:
            writer.write_table(block.table)
        self._packed = sink.getvalue()
        self._numbers = block.row_numbers.astype(np.uint32)
        self._member, self._first = block.member, block.first_of_member

    def row_number(self, row: int) -> int:
        """Return the number in the delivery of a row of the block."""
        return int(self._numbers[row])

    def tell(self, rows: NDArray[np.intp], verdicts: Verdicts) -> list[Told]:
        """Return the rows that were turned away, each with the reason that `verdicts` gives and its text."""
        if not len(rows):
            return []
        table = pa.ipc.open_stream(self._packed).read_all()
        texts = {name: read_words(table[name].take(pa.array(rows))) for name in table.column_names}
        return [
            self._told(self.row_number(row), REASONS[verdicts[row]], fields)
            for row, fields in zip(rows.tolist(), pa.table(texts).to_pylist(), strict=True)
        ]

    def tell_wrong(self, row: WrongFields) -> Told:
        """Return a row that could not be parted into fields."""
        fields = {"fields": row.found, "expected": row.expected}
        return row.row_number, Reason.FIELDS.value, json.dumps(self._where(row.row_number) | fields)

    def _told(self, number: int, reason: Reason, fields: dict[str, str | None]) -> Told:
        shown = {} if reason is Reason.ERASED else {name: _cut(text) for name, text in fields.items()}
        return number, reason.value, json.dumps(self._where(number) | shown, ensure_ascii=False)

    def _where(self, number: int) -> dict[str, str | int | None]:
        """Return where in an archive a row stands."""
        return {"(member)": self._member, "(row)": number - self._first + 1} if self._member else {}


def _cut(text: str | None) -> str | None:
    """Return the text, or the beginning of one that is longer than any field can be."""
    if text is None or len(text.encode()) <= LONGEST_FIELD_BYTES:
        return text
    return f"{text[:SHOWN_OF_TOO_LONG]}... ({len(text):,} characters)"
