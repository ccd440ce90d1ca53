"""Reading a publisher's file: the mapped columns and nothing else, with the facts that name the file.

Columns the mapping does not name (names, addresses, narratives) are never taken out of the file. No row
vanishes: one with a wrong number of fields is kept by its number, a file that stops in the middle is refused.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet
from numpy.typing import NDArray

from peelian.city.mapping import SourceMapping
from peelian.domain.canonical import digest
from peelian.domain.errors import BadInput

Progress = Callable[[int, int], None]
"""Called with (bytes read, bytes in all)."""

CHUNK_BYTES = 4 << 20
LONGEST_ROW_BYTES = 64 << 20
FOREIGN = {b"\x1f\x8b": "a gzip archive", b"PK\x03\x04": "a zip archive or a spreadsheet", b"PAR1": "Parquet"}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class WrongFields:
    """A row that does not have as many fields as the header."""

    row_number: int
    expected: int
    found: int


@dataclass(frozen=True, eq=False)
class RawFile:
    """A file as it was published.

    Parameters
    ----------
    name, sha256, size_bytes : the file's name (without its folder), digest and length.
    table : the mapped columns of the rows that have the right number of fields.
    row_numbers : (n,) number of each of them in the file, from 1, header and blank lines not counted.
    wrong_fields : the other rows.
    not_read : columns of the file that the mapping does not name.
    """

    name: str
    sha256: str
    size_bytes: int
    table: pa.Table
    row_numbers: NDArray[np.int64]
    wrong_fields: tuple[WrongFields, ...] = ()
    not_read: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Return the number of rows, none left out."""
        return int(self.table.num_rows) + len(self.wrong_fields)


def _silent(_done: int, _total: int) -> None:
    pass


def read(path: Path, *, mapping: SourceMapping, progress: Progress = _silent) -> RawFile:
    """Return the file at `path`, read as `mapping` says; one that cannot be read whole is `BadInput`."""
    data = _bytes_of(path, progress)
    if not data:
        raise BadInput(f"{path.name} is empty (0 bytes); fetch it again from {mapping.publisher}.")
    read_format = _read_parquet if mapping.format == "parquet" else _read_csv
    raw = read_format(data, name=path.name, mapping=mapping)
    if not raw.rows:
        raise BadInput(f"{path.name} has a header but no rows; fetch it again from {mapping.publisher}.")
    return raw


def raw_table(table: pa.Table, *, name: str = "table") -> RawFile:
    """Return a table that is already in memory as if it had been read from a file."""
    return RawFile(name, digest(b""), 0, table, _numbers(table.num_rows))


def _bytes_of(path: Path, progress: Progress) -> bytes:
    """Return the whole file: what is hashed is what is parsed, whatever happens to the file meanwhile."""
    try:
        total, data = path.stat().st_size, bytearray()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                data += chunk
                progress(len(data), max(total, len(data)))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from None
    return bytes(data)


def _numbers(rows: int) -> NDArray[np.int64]:
    return np.arange(1, rows + 1, dtype=np.int64)


def _read_parquet(data: bytes, *, name: str, mapping: SourceMapping) -> RawFile:
    if not data.startswith(b"PAR1"):
        raise BadInput(
            f"{name} is not Parquet (it does not begin with PAR1); say `format: csv` if it is CSV."
        )
    if not data.endswith(b"PAR1"):
        raise BadInput(
            f"{name} is half a file: it begins as Parquet but its footer is missing, so the transfer stopped; "
            "fetch it again."
        )
    try:
        file = arrow_parquet.ParquetFile(pa.BufferReader(data))
        wanted, not_read = _columns(file.schema_arrow.names, name=name, mapping=mapping)
        table = file.read(columns=wanted)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{name} is damaged Parquet ({_line(error)}); fetch it again.") from None
    return RawFile(name, _sha256(data), len(data), table, _numbers(table.num_rows), not_read=not_read)


def _read_csv(data: bytes, *, name: str, mapping: SourceMapping) -> RawFile:
    for start, what in FOREIGN.items():
        if data.startswith(start):
            raise BadInput(f"{name} is {what}, not CSV; unpack or export it, or correct `format`.")
    text = _utf8(data, name=name, encoding=mapping.encoding)
    _check_quotes(text, name=name)
    wanted, not_read = _columns(_header(text), name=name, mapping=mapping)
    table, wrong = _parse_csv(text, wanted, name=name)
    _check_not_cut(text, table.num_rows + len(wrong), wrong, name=name)
    numbers = np.setdiff1d(_numbers(table.num_rows + len(wrong)), [row.row_number for row in wrong])
    return RawFile(name, _sha256(data), len(data), table, numbers, wrong, not_read)


def _utf8(data: bytes, *, name: str, encoding: str) -> bytes:
    """Return the text as UTF-8 without a byte order mark, or say which byte, which line, and what to try."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"{name} is not {encoding}: byte 0x{data[error.start]:02x} at position {error.start:,} (line {line:,}) "
            f"has no meaning in it; try `encoding: {_other_encoding(data, encoding)}`."
        ) from None
    utf8 = data if encoding.lower() in {"utf-8", "utf8"} else text.encode("utf-8")
    return utf8.removeprefix(BYTE_ORDER_MARK)


def _other_encoding(data: bytes, tried: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for encoding in ("utf-8", "cp1252"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != tried:
            return encoding
    return "latin-1"


def _check_quotes(text: bytes, *, name: str) -> None:
    """Refuse an odd number of quotation marks: everything after the open one would be swallowed as one field."""
    if text.count(b'"') % 2:
        line = text.count(b"\n", 0, text.rindex(b'"')) + 1
        raise BadInput(
            f"{name} has a quotation mark that is never closed; the last one stands in line {line:,}: either the "
            "file was cut there, fetch it again, or a mark inside a field is not doubled, correct it."
        )


def _header(text: bytes) -> list[str]:
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")
    return next((record for record in csv.reader(lines) if record), [])


def _columns(present: list[str], *, name: str, mapping: SourceMapping) -> tuple[list[str], tuple[str, ...]]:
    """Return the mapped columns and those that stay unread; one that is absent or double is `BadInput`."""
    roles = mapping.columns.by_role()
    for role, column in roles.items():
        if column not in present:
            near = get_close_matches(column.lower(), [each.lower() for each in present], n=1, cutoff=0.5)
            hint = next((f"; the nearest is {each!r}" for each in present if each.lower() in near), "")
            raise BadInput(
                f"{name} has no column {column!r}, which the mapping {mapping.id} reads as {role}{hint} "
                f"(it has {', '.join(present)})."
            )
        if present.count(column) > 1:
            raise BadInput(
                f"{name} has {present.count(column)} columns called {column!r}; rename all but one."
            )
    wanted = list(dict.fromkeys(roles.values()))
    return wanted, tuple(column for column in present if column not in wanted)


def _parse_csv(text: bytes, wanted: list[str], *, name: str) -> tuple[pa.Table, tuple[WrongFields, ...]]:
    wrong: list[WrongFields] = []

    def keep(row: arrow_csv.InvalidRow) -> str:
        wrong.append(WrongFields(row.number - 1, row.expected_columns, row.actual_columns))
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text),
            # Rows are numbered only when one thread reads them.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=LONGEST_ROW_BYTES),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=keep),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowException as error:
        raise BadInput(f"{name} cannot be read as comma-separated values: {_line(error)}.") from None
    return table, tuple(wrong)


def _check_not_cut(text: bytes, rows: int, wrong: tuple[WrongFields, ...], *, name: str) -> None:
    if text.endswith((b"\n", b"\r")) or not wrong or wrong[-1].row_number != rows:
        return
    last = wrong[-1]
    if last.found < last.expected:
        raise BadInput(
            f"{name} is half a file: its last row, number {last.row_number:,}, stops after {last.found} of "
            f"{last.expected} fields without an end of line; fetch it again."
        )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
