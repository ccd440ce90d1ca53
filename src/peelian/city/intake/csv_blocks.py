"""Comma-separated values, block after block: no row vanishes, and one with wrong fields keeps its number."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from peelian.city.intake.checked_text import CheckedText
from peelian.city.intake.delivery import Block, RowNumbers, WrongFields
from peelian.domain.errors import BadInput

BLOCK_BYTES = 32 << 20
"""Also the longest row there can be."""

HEADER_BYTES = 1 << 20

_READ_LAST: deque[pa.PythonFile] = deque(maxlen=16)
"""Arrow reads ahead on a thread of its own, which lets go of the file a moment after the last block was handed on. If
it were the last to do so while the interpreter ends, the process would be aborted (apache/arrow#34314)."""


def header_of(text: CheckedText) -> list[str]:
    """Return the names of the columns: the first record that is not blank."""
    lines = io.TextIOWrapper(
        io.BytesIO(text.peek(HEADER_BYTES)), encoding="utf-8", errors="replace", newline=""
    )
    return next((record for record in csv.reader(lines) if record), [])


def csv_blocks(text: CheckedText, wanted: Sequence[str], *, name: str, first: int = 1) -> Iterator[Block]:
    """Yield the rows of `text` with the columns `wanted`, as text; `first` is the number of the first row."""
    numbering = _Numbering(first)
    try:
        for batch in _open(text, wanted, numbering):
            yield numbering.block(pa.table(batch))
    except pa.ArrowException as error:
        text.drain()  # a mark that was never closed is the likelier reason, and found at the end
        raise BadInput(_refusal(error, name, numbering.next - first)) from None
    _check_not_cut(text, numbering, name=name, first=first)
    if numbering.wrong:
        yield numbering.rest(wanted)


def _open(text: CheckedText, wanted: Sequence[str], numbering: _Numbering) -> Iterator[pa.RecordBatch]:
    source = pa.PythonFile(text, mode="r")
    _READ_LAST.append(source)
    reader = arrow_csv.open_csv(
        source,
        # Rows are numbered only when one thread reads them.
        read_options=arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=numbering.keep),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=list(wanted),
            column_types=dict.fromkeys(wanted, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    yield from reader


@dataclass
class _Numbering:
    """Gives rows their numbers: those the parser could not part into fields are counted where they stand.

    `next` is the number of the next row that is handed on, `wrong` are the unparted rows from there.
    """

    first: int
    wrong: list[WrongFields] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.next = self.first
        self.last_wrong: WrongFields | None = None

    def keep(self, row: arrow_csv.InvalidRow) -> str:
        """Keep a row that the parser could not part into fields (its number counts the header as 1)."""
        number = self.first + row.number - 2
        self.last_wrong = WrongFields(number, row.expected_columns, row.actual_columns)
        self.wrong.append(self.last_wrong)
        return "skip"

    def block(self, table: pa.Table) -> Block:
        """Return the next rows with their numbers; the parser may be ahead of them, never behind."""
        wrong = np.array([row.row_number for row in self.wrong], dtype=np.int64)
        numbers: RowNumbers = np.arange(self.next, self.next + table.num_rows + len(wrong))
        numbers = np.setdiff1d(numbers, wrong, assume_unique=True)[: table.num_rows]
        self.next = int(numbers[-1]) + 1 if len(numbers) else self.next
        before = int(np.searchsorted(wrong, self.next))
        passed, self.wrong = tuple(self.wrong[:before]), self.wrong[before:]
        return Block(table, numbers, passed)

    def rest(self, wanted: Sequence[str]) -> Block:
        """Return the unparted rows behind the last one that is handed on."""
        nothing = pa.table({name: pa.array([], pa.string()) for name in wanted})
        return Block(nothing, np.array([], dtype=np.int64), tuple(self.wrong))


def _check_not_cut(text: CheckedText, numbering: _Numbering, *, name: str, first: int) -> None:
    """Refuse a last row that stops before its last field: the transfer was cut."""
    last = numbering.last_wrong
    if text.ends_a_line or last is None or last.row_number < numbering.next or last.found >= last.expected:
        return
    raise BadInput(
        f"{name} is half a file: its last row, number {last.row_number - first + 1:,}, stops after {last.found} of "
        f"{last.expected} fields without an end of line; fetch it again."
    )


def _refusal(error: pa.ArrowException, name: str, rows: int) -> str:
    said = " ".join(str(error).split()).rstrip(".")
    if "straddling" in said:
        return (
            f"{name} has a row of more than {BLOCK_BYTES >> 20} MB after its first {rows:,} rows, which none needs; "
            "correct the file or ask the publisher for another one."
        )
    return f"{name} cannot be read as comma-separated values: {said}."
