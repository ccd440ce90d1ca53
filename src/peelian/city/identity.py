"""What makes a row the same incident, and what makes an incident say the same thing, as keyed fingerprints.

Both are HMAC-SHA256 (FIPS 198-1) under the deployment's key, so neither can be guessed back by trying case
numbers or places. A message is spelled without ambiguity: numbers by their exact bits, words by their length.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from peelian.city.codes import Codes
from peelian.city.mapping import SourceMapping
from peelian.city.parse import TIME_ROLES, Flags, Parsed

SEPARATOR = "\x1f"
ABSENT = "~"

Column: TypeAlias = "NDArray[np.generic] | pa.StringArray"
Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Identities:
    """The identities of n rows.

    Parameters
    ----------
    key_hmac : of the source's key; in a file without keys, of the mapped columns as published and the ordinal
        among equal rows, so that equal rows are incidents of their own and loading the file again adds none.
        (Mapping a further column of such a file later makes every row of it a new incident.)
    content_hash : of everything that is kept of the row.
    conflict : rows whose key comes with several contents in this file.
    repeated : rows that equal an earlier one; with keys, those that repeat its key and content.
    """

    key_hmac: pa.StringArray
    content_hash: pa.StringArray
    conflict: Flags
    repeated: Flags


def identify(
    parsed: Parsed, *, published: Parsed, codes: Codes, mapping: SourceMapping, key: bytes
) -> Identities:
    """Return the identities of the rows; `published` is `parsed` without the corrections made by hand.

    A correction by hand thus changes what an incident says, never which incident it is.
    """
    content = spell(_content(parsed, codes))
    said = f"incident-content/v1/{mapping.crs}/{mapping.precision_m:g}"
    content_hash = fingerprints(content, key=key, purpose=said)
    if "key" in published.words:
        keys = published.words["key"]
        conflict, repeated = _within_file(keys, content)
        key_hmac = fingerprints(pc.fill_null(keys, ""), key=key, purpose=f"incident-key/v1/{mapping.id}")
    else:
        rows = spell(_row(published))
        ordinal = ordinals(group_numbers(rows))
        conflict, repeated = np.zeros(len(ordinal), dtype=bool), ordinal > 0
        key_hmac = fingerprints(spell([rows, ordinal]), key=key, purpose=f"incident-row/v1/{mapping.id}")
    return Identities(key_hmac, content_hash, conflict, repeated)


def _content(parsed: Parsed, codes: Codes) -> list[Column]:
    """Return all that is kept of a row, but for what follows from it (lon, lat, metres, local date)."""
    absent = np.full(len(parsed.x), np.datetime64("NaT"), dtype="M8[us]")
    instants = [parsed.times[role].instant if role in parsed.times else absent for role in TIME_ROLES]
    day_only = parsed.times["occurred_start"].day_only
    return [
        *instants, day_only, parsed.x, parsed.y, codes.published, codes.offence, codes.origin, codes.withdrawn
    ]  # fmt: skip


def _row(published: Parsed) -> list[Column]:
    """Return the row as it was published, by values: another spelling of the same number is the same row."""
    times = [published.times[role].local for role in TIME_ROLES if role in published.times]
    return [*times, published.x, published.y, *published.words.values()]


def _within_file(keys: pa.StringArray, content: pa.StringArray) -> tuple[Flags, Flags]:
    """Return which rows have a key with several contents, and which repeat an earlier key and content."""
    given = keys.is_valid().to_numpy(zero_copy_only=False)
    groups = group_numbers(keys)
    pairs = np.unique(np.stack([groups, group_numbers(content)]), axis=1)
    contents = np.bincount(pairs[0], minlength=1)
    conflict: Flags = given & (contents[groups] > 1)
    return conflict, given & ~conflict & (ordinals(groups) > 0)


def spell(columns: Sequence[Column]) -> pa.StringArray:
    """Return one text per row that is equal for two rows only if every column is equal."""
    return pc.binary_join_element_wise(*(_spell(column) for column in columns), SEPARATOR)


def _spell(column: Column) -> pa.StringArray:
    if isinstance(column, pa.Array):
        length = pc.utf8_length(column).cast(pa.string())
        return pc.fill_null(pc.binary_join_element_wise(length, column, ":"), ABSENT)
    bits = column.astype(np.int64) if column.dtype == np.bool_ else column.view(np.int64)
    return pa.array(bits).cast(pa.string())


def fingerprints(messages: pa.StringArray, *, key: bytes, purpose: str) -> pa.StringArray:
    """Return HMAC-SHA256(key, "peelian/" purpose newline message) of every message, in hex."""
    begun = hmac.new(key, f"peelian/{purpose}\n".encode(), "sha256")

    def one(message: str) -> str:
        mac = begun.copy()
        mac.update(message.encode("utf-8"))
        return mac.hexdigest()

    return pa.array([one(message) for message in messages.to_pylist()], pa.string())


def group_numbers(values: pa.StringArray) -> Numbers:
    """Return a number per row that is equal for equal values; null is a value like any other."""
    indices = values.dictionary_encode(null_encoding="encode").indices
    numbers: Numbers = indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def ordinals(groups: Numbers) -> Numbers:
    """Return each row's place among the rows of its group, from 0, in the order of the rows."""
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups)
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    places = np.empty(len(groups), dtype=np.int64)
    places[order] = np.arange(len(groups)) - first
    return places
