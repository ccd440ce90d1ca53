"""Salted commitments to results: the ledger can later prove what was shown without showing it."""

from __future__ import annotations

import hashlib

import pyarrow as pa

from peelian.domain.identity import Entropy

SALT_BYTES = 32


def commit_to(table: pa.Table, *, entropy: Entropy) -> tuple[str, bytes]:
    """Return the commitment SHA-256(salt || Arrow IPC bytes) in hex, and its fresh salt.

    Without the salt a result of few possible values (a zero count, one plate) could be found by trying.
    """
    salt = entropy(SALT_BYTES)
    return commitment_of(table, salt=salt), salt


def commitment_of(table: pa.Table, *, salt: bytes) -> str:
    """Return the commitment to `table` under `salt`, to compare with one in the ledger."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    hasher = hashlib.sha256(salt)
    hasher.update(memoryview(sink.getvalue()))
    return hasher.hexdigest()
