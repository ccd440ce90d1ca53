"""Reading a publisher's file: the mapped columns and nothing else, with the facts that name the file.

Columns the mapping does not name (names, addresses, narratives) are never taken out of the file. No row
vanishes: one with a wrong number of fields is kept by its number, a file that stops in the middle is refused.
What is hashed is what is parsed, whatever happens to the file meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from peelian.city.intake.archive import open_archive
from peelian.city.intake.checked_text import CheckedText
from peelian.city.intake.columns import check_columns, check_not_foreign
from peelian.city.intake.csv_blocks import csv_blocks, header_of
from peelian.city.intake.delivery import Block, Delivery, FileFacts, RowNumbers, WrongFields
from peelian.city.mapping.source import SourceMapping
from peelian.domain.canonical import digest
from peelian.domain.errors import BadInput

__all__ = ["Progress", "RawFile", "WrongFields", "open_delivery", "raw_table", "read"]

Progress = Callable[[int, int], None]
"""Called with (bytes read, bytes in all)."""

CHUNK_BYTES = 4 << 20
ROWS_IN_A_BLOCK = 200_000


@dataclass(frozen=True, eq=False)
class RawFile:
    """A file as it was published, in memory as a whole.

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
    row_numbers: RowNumbers
    wrong_fields: tuple[WrongFields, ...] = ()
    not_read: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Return the number of rows, none left out."""
        return int(self.table.num_rows) + len(self.wrong_fields)

    def blocks(self) -> Iterator[Block]:
        """Yield all rows as one block."""
        yield Block(self.table, self.row_numbers, self.wrong_fields)

    def facts(self) -> FileFacts:
        """Return what names the file."""
        return FileFacts(self.name, self.sha256, self.size_bytes, self.not_read)


def _silent(_done: int, _total: int) -> None:
    pass


def read(path: Path, *, mapping: SourceMapping, progress: Progress = _silent) -> RawFile:
    """Return the file at `path`, read as `mapping` says; one that cannot be read whole is `BadInput`."""
    delivery = open_delivery(path, mapping=mapping, progress=progress)
    blocks = list(delivery.blocks())
    facts = delivery.facts()
    return RawFile(
        facts.name,
        facts.sha256,
        facts.size_bytes,
        pa.concat_tables([block.table for block in blocks]),
        np.concatenate([block.row_numbers for block in blocks]),
        tuple(row for block in blocks for row in block.wrong_fields),
        facts.not_read,
    )


def raw_table(table: pa.Table, *, name: str = "table") -> RawFile:
    """Return a table that is already in memory as if it had been read from a file."""
    return RawFile(name, digest(b""), 0, table, np.arange(1, table.num_rows + 1))


def open_delivery(path: Path, *, mapping: SourceMapping, progress: Progress = _silent) -> Delivery:
    """Return the file at `path` to be read once, block after block, as `mapping` says."""
    if mapping.members is not None:
        return open_archive(path, mapping=mapping, progress=progress)
    return _OneFile(path, mapping, progress)


class _OneFile:
    """A file that is not an archive."""

    def __init__(self, path: Path, mapping: SourceMapping, progress: Progress) -> None:
        self._path, self._mapping, self._progress = path, mapping, progress
        self._hash, self._size, self._total = hashlib.sha256(), 0, 0
        self._not_read: tuple[str, ...] = ()

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in the order of the file."""
        name, again, rows = self._path.name, f"fetch it again from {self._mapping.publisher}.", 0
        read_format = self._parquet if self._mapping.format == "parquet" else self._csv
        try:
            self._total = self._path.stat().st_size
            if not self._total:
                raise BadInput(f"{name} is empty (0 bytes); {again}")
            with self._path.open("rb") as file:
                for block in read_format(file):
                    rows += block.table.num_rows + len(block.wrong_fields)
                    yield block
        except OSError as error:
            raise BadInput(f"{self._path} cannot be read: {error.strerror or error}.") from None
        if not rows:
            raise BadInput(f"{name} has a header but no rows; {again}")

    def facts(self) -> FileFacts:
        """Return what names the file."""
        return FileFacts(self._path.name, self._hash.hexdigest(), self._size, self._not_read)

    def _csv(self, file: BufferedReader) -> Iterator[Block]:
        name = self._path.name
        check_not_foreign(file.peek(4)[:4], name=name)
        text = CheckedText(file, name=name, encoding=self._mapping.encoding, on_bytes=self._seen)
        wanted, self._not_read = check_columns(header_of(text), name=name, mapping=self._mapping)
        yield from csv_blocks(text, wanted, name=name)

    def _parquet(self, file: BufferedReader) -> Iterator[Block]:
        data, name = self._whole(file), self._path.name
        _check_whole_parquet(data, name=name)
        first = 1
        try:
            parquet = arrow_parquet.ParquetFile(pa.BufferReader(data))
            present = parquet.schema_arrow.names
            wanted, self._not_read = check_columns(present, name=name, mapping=self._mapping)
            for batch in parquet.iter_batches(ROWS_IN_A_BLOCK, columns=wanted):
                yield Block(pa.table(batch), np.arange(first, first + batch.num_rows))
                first += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            said = " ".join(str(error).split()).rstrip(".")
            raise BadInput(f"{name} is damaged Parquet ({said}); fetch it again.") from None

    def _whole(self, file: BufferedReader) -> bytes:
        """Return all bytes: Parquet begins at its end, and what is hashed is to be what is parsed."""
        data = bytearray()
        while chunk := file.read(CHUNK_BYTES):
            data += chunk
            self._seen(chunk)
        return bytes(data)

    def _seen(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._size += len(chunk)
        self._progress(self._size, max(self._total, self._size))


def _check_whole_parquet(data: bytes, *, name: str) -> None:
    if not data.startswith(b"PAR1"):
        raise BadInput(
            f"{name} is not Parquet (it does not begin with PAR1); say `format: csv` if it is CSV."
        )
    if not data.endswith(b"PAR1"):
        raise BadInput(
            f"{name} is half a file: it begins as Parquet but its footer is missing, so the transfer stopped; "
            "fetch it again."
        )
