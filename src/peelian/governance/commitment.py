"""Salted commitments to results: the ledger can later prove what was shown without showing it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa

from peelian.domain.identity import Entropy

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

SALT_BYTES = 32
BATCH_ROWS = 1 << 16
"""Divisible by 8, so that no batch ends within a byte of a bitmap."""


def commit_to(table: pa.Table, *, entropy: Entropy) -> tuple[str, bytes]:
    """Return the commitment SHA-256(salt || Arrow IPC bytes) in hex, and its fresh salt.

    Without the salt a result of few possible values (a zero count, one plate) could be found by trying.
    """
    salt = entropy(SALT_BYTES)
    return commitment_of(table, salt=salt), salt


def commitment_of(table: pa.Table, *, salt: bytes) -> str:
    """Return the commitment to `table` under `salt`, to compare with one in the ledger.

    The bytes are those of an IPC stream of `BATCH_ROWS` rows a batch, whatever chunks the table came in; they are
    hashed as they are made, so that a result of millions of rows is not held a second time.
    """
    hasher = hashlib.sha256(salt)
    with pa.ipc.new_stream(pa.PythonFile(_Into(hasher), mode="w"), table.schema) as writer:
        for start in range(0, table.num_rows, BATCH_ROWS):
            writer.write_table(table.slice(start, BATCH_ROWS).combine_chunks())
    return hasher.hexdigest()


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
