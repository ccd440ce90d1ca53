"""The name under which a row is ordered to be erased, found in the parts, and recognised when it comes again.

A stored row carries a keyed hash of the source's key. Its erasure name is a keyed hash of that hash under another
purpose (BLAKE2b of 128 bits, as in `city.intake.identity`), so that what an order and a tombstone keep is found in
no part, and what was in a part is found nowhere any more. Without the deployment's key neither leads back to a
published key.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa

from peelian.city.intake.identity import as_column, fingerprints, key_fingerprints
from peelian.city.intake.shape import HASH_BYTES
from peelian.city.intake.text import Flags, read_words
from peelian.domain.errors import BadInput


def names_of_keys(published: Sequence[str], *, source: str, kind: str, key: bytes) -> tuple[str, ...]:
    """Return the erasure names of published keys of a source; blanks around a key do not matter, as in a load."""
    words = read_words(pa.array(list(published), pa.string()))
    if words.null_count:
        raise BadInput("A published key that is blank names no row; leave it out of the order.")
    hashed = key_fingerprints(words, kind=kind, source=source, key=key)
    return names_of_rows(as_column(hashed), kind=kind, key=key)


def names_of_rows(key_hmac: pa.Array | pa.ChunkedArray, *, kind: str, key: bytes) -> tuple[str, ...]:
    """Return the erasure name of each stored row of a data kind, from its column `key_hmac`, in hex."""
    hashed = fingerprints(key_hmac.to_pylist(), key=key, purpose=f"{kind}-erasure-name/v1")
    whole, digits = hashed.tobytes().hex(), 2 * HASH_BYTES
    return tuple(whole[start : start + digits] for start in range(0, len(whole), digits))


def is_erased(
    key_hmac: pa.Array | pa.ChunkedArray, *, erased: Collection[str], kind: str, key: bytes
) -> Flags:
    """Return which rows of a delivery were erased for good and must be turned away, without keeping their text.

    `erased` are the names the desk hands out (`Sitting.erased_names`). Only rows that are new need be asked
    about: what is stored is not erased.
    """
    if not erased:
        return np.zeros(len(key_hmac), dtype=bool)
    names = names_of_rows(key_hmac, kind=kind, key=key)
    flags: Flags = np.array([name in erased for name in names], dtype=bool)
    return flags


def as_stored(row_id: str) -> bytes:
    """Return the id of a row, a UUID as people write it, as the tables hold it: 16 bytes."""
    try:
        return uuid.UUID(row_id).bytes
    except ValueError:
        raise BadInput(f"{row_id!r} is not the id of a row, which is a UUID; copy it whole.") from None
