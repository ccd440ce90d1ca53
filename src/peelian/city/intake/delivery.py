"""A delivery as it is read: block after block of rows, and at the end the facts that name the file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.intake.text import Flags

RowNumbers = NDArray[np.int64]


@dataclass(frozen=True)
class WrongFields:
    """A row that does not have as many fields as the header."""

    row_number: int
    expected: int
    found: int


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of a delivery.

    Parameters
    ----------
    table : the mapped columns of the rows that have the right number of fields.
    row_numbers : number of each of them in the delivery, from 1, header and blank lines not counted.
    wrong_fields : the other rows read with them.
    member, first_of_member : in an archive, the file they stand in and the number of its first row.
    alone : rows without a partner in a table that is joined; None where nothing is joined.
    """

    table: pa.Table
    row_numbers: RowNumbers
    wrong_fields: tuple[WrongFields, ...] = ()
    member: str = ""
    first_of_member: int = 1
    alone: Flags | None = None


@dataclass(frozen=True)
class FileFacts:
    """What names a file: its name (without its folder), digest and length, and the columns that stay unread."""

    name: str
    sha256: str
    size_bytes: int
    not_read: tuple[str, ...] = ()


def read_ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield the blocks, reading the next one beside whatever is done with this one."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as reader:
        coming = reader.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = reader.submit(next, blocks, None)
            yield block


class Delivery(Protocol):
    """A file that is read once, from the beginning to the end."""

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in the order of the file; `BadInput` where it cannot be read whole."""
        ...

    def facts(self) -> FileFacts:
        """Return what names the file, once every block was read."""
        ...
