"""Salted commitments to results: the ledger can later prove what was shown without showing it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from peelian.domain.identity import Entropy

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

SALT_BYTES = 32
BATCH_ROWS = 1 << 16
"""Enough that batches cost nothing, few enough that none is large."""


def commit_to(table: pa.Table, *, entropy: Entropy) -> tuple[str, bytes]:
    """Return the commitment SHA-256(salt || Arrow IPC bytes) in hex, and its fresh salt.

    Without the salt a result of few possible values (a zero count, one plate) could be found by trying.
    """
    salt = entropy(SALT_BYTES)
    return commitment_of(table, salt=salt), salt


def commitment_of(table: pa.Table, *, salt: bytes) -> str:
    """Return the commitment to `table` under `salt`, to compare with one in the ledger.

    Hashed are the salt, the schema in words, and an IPC stream of `BATCH_ROWS` rows a batch in which each column
    stands twice: whether a value is given, and the value, a missing one as zero or blank. So only what a table says
    counts: neither its chunks nor the bytes that lie beneath its nulls. The stream is hashed as it is made; a result
    of millions of rows is not held a second time.
    """
    hasher = hashlib.sha256(salt)
    hasher.update(str(table.schema.remove_metadata()).encode())
    told = _told(table.schema.empty_table())
    with pa.ipc.new_stream(pa.PythonFile(_Into(hasher), mode="w"), told.schema) as writer:
        for start in range(0, table.num_rows, BATCH_ROWS):
            writer.write_table(_told(table.slice(start, BATCH_ROWS)).combine_chunks())
    return hasher.hexdigest()


def _told(table: pa.Table) -> pa.Table:
    """Return for each column whether a value is given, and the values with none beneath a null."""
    columns: list[pa.Array] = []
    for column in table.columns:
        plain = column.combine_chunks()
        if pa.types.is_dictionary(plain.type):
            plain = plain.cast(plain.type.value_type)
        if pa.types.is_nested(plain.type):
            plain = _spelt(plain)
        columns += [pc.is_valid(plain).cast(pa.uint8()), _filled(plain)]
    return pa.table(columns, names=[f"{number}" for number in range(len(columns))])


def _spelt(column: pa.Array) -> pa.Array:
    """Return lists and structures as JSON; numbers in it are written so that they read back exactly."""
    values = column.to_pylist()
    return pa.array(
        [None if value is None else json.dumps(value, default=str) for value in values], pa.string()
    )


def _filled(column: pa.Array) -> pa.Array:
    if pa.types.is_null(column.type):
        return pa.repeat(pa.scalar(0, pa.uint8()), len(column))
    if pa.types.is_fixed_size_binary(column.type):
        column = column.cast(pa.binary())
    if pa.types.is_boolean(column.type):
        return pc.fill_null(column, False).cast(pa.uint8())  # a bitmap may end within a byte
    textual = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    blank = "" if textual else b"" if pa.types.is_binary(column.type) else None
    nothing = (
        pa.scalar(blank, column.type)
        if blank is not None
        else pa.array([0], _whole(column.type)).cast(column.type)[0]
    )
    return pc.fill_null(column, nothing)


def _whole(type_: pa.DataType) -> pa.DataType:
    """Return the integers that a type can be made from."""
    return pa.int32() if pa.types.is_date32(type_) else pa.int64()


class _Into:
    """A file that only hashes what is written to it."""

    closed = False

    def __init__(self, hasher: Hash) -> None:
        self._hasher = hasher

    def write(self, content: bytes) -> int:
        self._hasher.update(content)
        return len(content)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def close(self) -> None:
        self.closed = True
