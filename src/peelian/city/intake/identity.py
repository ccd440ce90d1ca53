"""What makes a row the same incident, and what makes an incident say the same thing, as keyed fingerprints.

Both are keyed BLAKE2b (RFC 7693) of 128 bits under the deployment's key, so neither can be guessed back by trying
case numbers or places. A message is spelled without ambiguity: every field has its fixed number of bytes, a number
its exact bits, a word the fingerprint of its text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.city.intake.codes import Codes
from peelian.city.intake.location import Places
from peelian.city.intake.parse import Parsed
from peelian.city.intake.shape import HASH_BYTES, NAME, Shape
from peelian.city.intake.text import Flags
from peelian.city.mapping.source import SourceMapping

Hashes = NDArray[np.uint8]
"""(n, 16) bytes: a fingerprint for each of n rows."""

Field: TypeAlias = "NDArray[np.generic] | pa.StringArray"

NO_WORD = bytes(HASH_BYTES)


@dataclass(frozen=True, eq=False)
class Identities:
    """The fingerprints of n rows, each seen by itself; what rows have to do with each other is `city.intake.copies`.

    Parameters
    ----------
    key : of the source's key; in a file without keys, of the mapped columns as published.
    content : of everything that is kept of the row.
    named : the row has a key, or the file has no keys at all.
    """

    key: Hashes
    content: Hashes
    named: Flags


def identify(
    parsed: Parsed,
    *,
    published: Parsed,
    codes: Codes,
    places: Places,
    mapping: SourceMapping,
    shape: Shape,
    key: bytes,
) -> Identities:
    """Return the identities of the rows; `published` is `parsed` without the corrections made by hand.

    A correction by hand thus changes what an incident says, never which incident it is.
    """
    said = f"{shape.kind}-content/v2/{mapping.crs}/{mapping.precision_m:g}"
    content = fingerprints(_spelled(_content(parsed, codes, places, shape), key=key), key=key, purpose=said)
    if "key" in published.words:
        keys = published.words["key"]
        named = keys.is_valid().to_numpy(zero_copy_only=False)
        return Identities(
            key_fingerprints(keys, kind=mapping.kind, source=mapping.id, key=key), content, named
        )
    purpose = f"{mapping.kind}-row/v2/{mapping.id}"
    rows = fingerprints(_spelled(_row(published), key=key), key=key, purpose=purpose)
    return Identities(rows, content, np.ones(len(rows), dtype=bool))


def key_fingerprints(keys: pa.StringArray, *, kind: str, source: str, key: bytes) -> Hashes:
    """Return the fingerprints of a source's own keys as trimmed text, the same that `key_hmac` holds at rest."""
    texts = keys.fill_null("").to_pylist()
    return fingerprints((text.encode() for text in texts), key=key, purpose=f"{kind}-key/v2/{source}")


def nth_copies(rows: Hashes, ordinals: NDArray[np.int64], *, mapping: SourceMapping, key: bytes) -> Hashes:
    """Return the fingerprints of rows that equal an earlier one, told apart by their ordinal among the equal."""
    spelled = np.concatenate([rows, _bytes_of(ordinals)], axis=1)
    return fingerprints(_lines(spelled), key=key, purpose=f"{mapping.kind}-copy/v2/{mapping.id}")


def states(keys: Hashes, moments: NDArray[np.int64], *, mapping: SourceMapping, key: bytes) -> Hashes:
    """Return the fingerprints of keys as they were revised at a moment, microseconds since 1970."""
    spelled = np.concatenate([keys, _bytes_of(moments)], axis=1)
    return fingerprints(_lines(spelled), key=key, purpose=f"{mapping.kind}-state/v1/{mapping.id}")


def as_column(hashes: Hashes) -> pa.FixedSizeBinaryArray:
    """Return the fingerprints as a column of type `shape.NAME`, without copying them."""
    buffer = pa.py_buffer(np.ascontiguousarray(hashes))
    return pa.FixedSizeBinaryArray.from_buffers(NAME, len(hashes), [None, buffer])


def fingerprints(messages: Iterable[bytes], *, key: bytes, purpose: str) -> Hashes:
    """Return the keyed BLAKE2b of "peelian/" purpose newline message, 128 bits, for every message."""
    begun = hashlib.blake2b(f"peelian/{purpose}\n".encode(), key=key, digest_size=HASH_BYTES)

    def one(message: bytes) -> bytes:
        mac = begun.copy()
        mac.update(message)
        return mac.digest()

    return np.frombuffer(b"".join(map(one, messages)), dtype=np.uint8).reshape(-1, HASH_BYTES)


def _content(parsed: Parsed, codes: Codes, places: Places, shape: Shape) -> list[Field]:
    """Return all that is kept of a row, but for what follows from it (lon, lat, metres, local date)."""
    absent = np.full(len(parsed.x), np.datetime64("NaT"), dtype="M8[us]")
    instants = [parsed.times[role].instant if role in parsed.times else absent for role in shape.always]
    if "revised" in parsed.times:
        instants.append(parsed.times["revised"].instant)
    words = [parsed.words[role] for role in shape.words if role in parsed.words]
    x, y = (
        np.where(places.by_address, found, given)
        for found, given in ((places.lon, parsed.x), (places.lat, parsed.y))
    )
    return [
        *instants, parsed.times["occurred_start"].day_only, x, y, codes.published, codes.offence, codes.origin,
        *words, codes.withdrawn,
    ]  # fmt: skip


def _row(published: Parsed) -> list[Field]:
    """Return the row as it was published, by values: another spelling of the same number is the same row."""
    times = [each.local for each in published.times.values()]
    return [*times, published.x, published.y, *published.words.values()]


def _spelled(fields: Sequence[Field], *, key: bytes) -> Iterable[bytes]:
    """Return one message per row, equal for two rows only if every field is."""
    return _lines(np.concatenate([_spell(field, key=key) for field in fields], axis=1))


def _spell(field: Field, *, key: bytes) -> Hashes:
    if not isinstance(field, pa.Array):
        return _bytes_of(field)
    encoded = field.dictionary_encode()
    words = fingerprints(
        (word.encode() for word in encoded.dictionary.to_pylist()), key=key, purpose="word/v2"
    )
    table = np.concatenate([words, np.frombuffer(NO_WORD, dtype=np.uint8)[None, :]])
    spelled: Hashes = table[encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    return spelled


def _bytes_of(numbers: NDArray[np.generic]) -> Hashes:
    """Return the bytes of n numbers as n rows."""
    contiguous = np.ascontiguousarray(numbers.astype(numbers.dtype.newbyteorder("<"), copy=False))
    return contiguous.view(np.uint8).reshape(len(numbers), numbers.dtype.itemsize)


def _lines(spelled: Hashes) -> Iterable[bytes]:
    whole, width = spelled.tobytes(), spelled.shape[1]
    return (whole[start : start + width] for start in range(0, len(whole), width))
