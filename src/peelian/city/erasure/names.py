"""The name under which a row is ordered to be erased, found in the parts, and recognised when it comes again.

A stored row carries a keyed hash of the source's key. Its erasure name is a keyed hash of that hash under another
purpose (BLAKE2b of 128 bits, as in `city.intake.identity`), so that what an order and a tombstone keep is found in
no part, and what was in a part is found nowhere any more. Without the deployment's key neither leads back to a
published key.

What a part keeps of a key is bound to the mapping, so it cannot be recognised through another one. For that an order
by published keys has lasting names as well, made from the key while it is at hand.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from peelian.city.intake.identity import Hashes, as_column, fingerprints, key_fingerprints
from peelian.city.intake.shape import HASH_BYTES, NAME
from peelian.city.intake.text import Flags, read_words
from peelian.domain.errors import BadInput


def keys_at_rest(published: Sequence[str], *, source: str, kind: str, key: bytes) -> pa.FixedSizeBinaryArray:
    """Return what a stored row would have in `key_hmac` for each published key of a source."""
    return as_column(key_fingerprints(_words(published), kind=kind, source=source, key=key))


def names_of_keys(published: Sequence[str], *, source: str, kind: str, key: bytes) -> tuple[str, ...]:
    """Return the erasure names of published keys of a source; blanks around a key do not matter, as in a load."""
    hashed = keys_at_rest(published, source=source, kind=kind, key=key)
    return names_of_rows(hashed, kind=kind, key=key)


def names_of_rows(key_hmac: pa.Array | pa.ChunkedArray, *, kind: str, key: bytes) -> tuple[str, ...]:
    """Return the erasure name of each stored row of a data kind, from its column `key_hmac`, in hex."""
    return _in_hex(_of_rows(key_hmac, kind=kind, key=key))


def lasting_names(published: Sequence[str], *, publisher: str, kind: str, key: bytes) -> tuple[str, ...]:
    """Return the names under which published keys stay erased, through whatever mapping they come again.

    They are keyed hashes of the data kind, the publisher's name (in any case, with any blanks) and the key as
    published. They hold as long as the publisher keeps its name and its numbering: a renamed publisher, another
    publisher that passes the same rows on, and a key written otherwise are not recognised. Where one publisher
    numbers two files of one kind alike, the same number in the other is turned away as well; each load says how many
    rows were (the reason "erased").
    """
    return _in_hex(_lasting(_words(published), publisher=publisher, kind=kind, key=key))


@dataclass(frozen=True)
class ErasedForGood:
    """Which rows of a delivery were erased for good and must be turned away, without keeping their text.

    Parameters
    ----------
    names : what the desk hands out (`Sitting.erased_names`).
    kind, publisher : of the mapping through which the delivery is read.
    naming_key : the deployment's secret for naming.
    """

    names: Collection[str]
    kind: str
    publisher: str
    naming_key: bytes = field(repr=False)

    def stored(self, key_hmac: pa.Array | pa.ChunkedArray) -> Flags:
        """Return which rows are known by what would be stored of their key: those of the mapping that was named."""
        return self._known(_of_rows(key_hmac, kind=self.kind, key=self.naming_key))

    def published(self, keys: pa.Array | pa.ChunkedArray) -> Flags:
        """Return which rows are known by their key as published, through whatever mapping; blank keys are not."""
        named = _lasting(keys.fill_null(""), publisher=self.publisher, kind=self.kind, key=self.naming_key)
        given: Flags = keys.is_valid().to_numpy(zero_copy_only=False)
        return given & self._known(named)

    def _known(self, hashed: Hashes) -> Flags:
        erased = pa.array([bytes.fromhex(name) for name in self.names], NAME)
        flags: Flags = pc.is_in(as_column(hashed), value_set=erased).to_numpy(zero_copy_only=False)
        return flags


def as_stored(row_id: str) -> bytes:
    """Return the id of a row, a UUID as people write it, as the tables hold it: 16 bytes."""
    try:
        return uuid.UUID(row_id).bytes
    except ValueError:
        raise BadInput(f"{row_id!r} is not the id of a row, which is a UUID; copy it whole.") from None


def _words(published: Sequence[str]) -> pa.StringArray:
    """Return published keys as a load reads them."""
    words: pa.StringArray = read_words(pa.array(list(published), pa.string()))
    if words.null_count:
        raise BadInput("A published key that is blank names no row; leave it out of the order.")
    return words


def _of_rows(key_hmac: pa.Array | pa.ChunkedArray, *, kind: str, key: bytes) -> Hashes:
    return fingerprints(key_hmac.to_pylist(), key=key, purpose=f"{kind}-erasure-name/v1")


def _lasting(words: pa.Array | pa.ChunkedArray, *, publisher: str, kind: str, key: bytes) -> Hashes:
    same = " ".join(publisher.casefold().split())
    texts = (word.encode() for word in words.to_pylist())
    return fingerprints(texts, key=key, purpose=f"{kind}-erased/v1/{same}")


def _in_hex(hashed: Hashes) -> tuple[str, ...]:
    whole, digits = hashed.tobytes().hex(), 2 * HASH_BYTES
    return tuple(whole[start : start + digits] for start in range(0, len(whole), digits))
