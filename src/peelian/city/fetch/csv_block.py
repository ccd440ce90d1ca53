"""Blocks of a CSV on their way from the network to the disk: whole rows, and of these the mapped columns only."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv as arrow_csv

from peelian.city.fetch.cells import missing
from peelian.domain.errors import BadInput

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FOREIGN = {
    b"<": "a web page",
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"PAR1": "Parquet",
}


@dataclass(frozen=True)
class Header:
    """The first row of a CSV in UTF-8, and the length in bytes of everything up to its end as published."""

    line: str
    size: int


def header_of(block: bytes, *, encoding: str) -> Header | None:
    """Return the header that `block` begins with; None where the block ends before it does."""
    for start, what in FOREIGN.items():
        if block.startswith(start):
            raise BadInput(f"what came is {what}, not CSV; correct the address or 'format' in the mapping.")
    end = 0
    while (newline := block.find(b"\n", end)) >= 0:
        end = newline + 1
        text = decoded(block[:end].removeprefix(BYTE_ORDER_MARK), encoding=encoding, offset=0)
        if text.count('"') % 2 == 0 and text.strip():
            return Header(text.strip("\r\n"), end)
    return None


def cut(block: bytes) -> int:
    """Return the length of `block` up to the end of its last complete row, 0 where it has none.

    `block` begins with a row; a line end inside quotation marks ends no row.
    """
    end = len(block)
    while (end := block.rfind(b"\n", 0, end)) >= 0:
        if block.count(b'"', 0, end) % 2 == 0:
            return end + 1
    return 0


def check_closed(block: bytes) -> None:
    """Refuse the last block of a file if a quotation mark in it is never closed."""
    if block.count(b'"') % 2:
        raise BadInput(
            "a quotation mark is never closed: the publisher's file is cut there, or a mark inside a field is not "
            "doubled; tell the publisher."
        )


def decoded(block: bytes, *, encoding: str, offset: int) -> str:
    """Return the text of a block that begins at byte `offset` of the file."""
    try:
        return block.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"the file is not {encoding}: byte 0x{block[error.start]:02x} at position {offset + error.start:,} has no "
            "meaning in it; correct 'encoding' in the mapping."
        ) from None


def mapped(text: str, *, header: str, columns: Sequence[str]) -> tuple[pa.Table, int]:
    """Return the mapped columns of the rows in `text`, and how many of them had a wrong number of fields.

    Such a row is kept as one of empty cells in its place: rows are neither lost nor renumbered, and the load
    turns it away.
    """
    _check_columns(next(csv.reader([header])), columns)
    data, wrong = f"{header}\n{text}".encode(), list[int]()

    def keep(row: arrow_csv.InvalidRow) -> str:
        wrong.append(row.number - 2)  # the header is number 1
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            # Rows are numbered only when one thread reads them.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=len(data) + 1),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=keep),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowException as error:
        raise BadInput(f"what came cannot be read as comma-separated values: {str(error).strip()}.") from None
    return (_with_blanks(table, wrong) if wrong else table), len(wrong)


def _check_columns(present: list[str], columns: Sequence[str]) -> None:
    for column in columns:
        if column not in present:
            raise missing(column, present=present)
        if present.count(column) > 1:
            raise BadInput(
                f"there are {present.count(column)} columns called {column!r}; tell the publisher."
            )


def _with_blanks(table: pa.Table, wrong: list[int]) -> pa.Table:
    """Return `table` with rows of empty cells at the positions in `wrong`."""
    blank, right = set(wrong), iter(range(table.num_rows))
    places = [None if at in blank else next(right) for at in range(table.num_rows + len(blank))]
    return table.take(pa.array(places, pa.int64()))
