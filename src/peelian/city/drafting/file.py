"""Reading a file that no mapping describes yet: every column, as text, to be looked at and not to be stored."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet

from peelian.city.mapping.source import Format
from peelian.domain.errors import BadInput

ENCODINGS = ("utf-8", "cp1252", "latin-1")
MOST_BYTES = 2 << 30
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, eq=False)
class DraftFile:
    """A file as text: `table` has its columns, null where blank; `encoding` is that of a CSV.

    `nested` are the columns of a Parquet file that hold lists or records, and are no text.
    """

    name: str
    format: Format
    encoding: str
    table: pa.Table
    nested: tuple[str, ...] = ()


def read_for_draft(file: Path) -> DraftFile:
    """Return the CSV or Parquet file at `file` as text."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadInput(
                f"{file.name} is over 2 GB; draft from a part of it, such as its first million rows."
            )
        data = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror or error}.") from None
    if data.startswith(b"PAR1"):
        return DraftFile(file.name, "parquet", "utf-8", *_texts(data, name=file.name))
    if data.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise BadInput(
            f"{file.name} is an archive or a spreadsheet; unpack it, or save it as CSV, and draft from that."
        )
    text, encoding = _decoded(data)
    return DraftFile(file.name, "csv", encoding, _csv(text, name=file.name))


def _texts(data: bytes, *, name: str) -> tuple[pa.Table, tuple[str, ...]]:
    """Return the columns as text, and the names of those that are nested."""
    try:
        table = arrow_parquet.read_table(pa.BufferReader(data))
        nested = tuple(field.name for field in table.schema if pa.types.is_nested(field.type))
        flat = table.drop_columns(list(nested))
        return flat.cast(pa.schema((each, pa.string()) for each in flat.column_names)), nested
    except (pa.ArrowException, OSError) as error:
        raise BadInput(
            f"{name} is damaged Parquet ({' '.join(str(error).split())}); fetch it again."
        ) from None


def _decoded(data: bytes) -> tuple[bytes, str]:
    """Return the text in UTF-8 and the first encoding in which all of it has a meaning."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16").encode("utf-8"), "utf-16"
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding).encode("utf-8").removeprefix(b"\xef\xbb\xbf"), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 reads every byte")


def _csv(text: bytes, *, name: str) -> pa.Table:
    header = next(csv.reader(io.StringIO(text[: 1 << 20].decode("utf-8", "ignore"))), [])
    for separator, what in OTHER_SEPARATORS.items():
        if len(header) == 1 and separator in header[0]:
            raise BadInput(
                f"{name} parts its fields with {what}; save it with commas, which is what is read here."
            )
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(text),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=lambda _: "skip"
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowException as error:
        raise BadInput(
            f"{name} cannot be read as comma-separated values: {' '.join(str(error).split())}."
        ) from None
