"""Which columns a row of a kind has: what differs between an incident and a call, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

HASH_BYTES = 16

INSTANT = pa.timestamp("us", tz="UTC")
NAME = pa.binary(HASH_BYTES)
"""A UUIDv7, or a keyed hash of 128 bits, as bytes."""
WORD = pa.dictionary(pa.int32(), pa.string())
"""A word of a few; each is held once. The engine hands it out as plain text."""


@dataclass(frozen=True)
class Shape:
    """The columns of one data kind that is filled from publishers' rows.

    Parameters
    ----------
    kind : the data kind.
    id : column of the id given here.
    schema : all columns at rest, the id first.
    times : column by role of the mapping, for the times this kind has; the first is when it began.
    published, group : columns of the published code and of the group it is counted in.
    words : columns of further words as published, called like their roles.
    end : role of the time that cannot lie before the first.
    """

    kind: str
    id: str
    schema: pa.Schema
    times: Mapping[str, str]
    published: str
    group: str
    words: tuple[str, ...]
    end: str

    @property
    def always(self) -> tuple[str, ...]:
        """Return the roles of the times that every row's content is made of; `revised` is, where it is mapped."""
        return tuple(role for role in self.times if role != "revised")

    @property
    def keys(self) -> pa.Schema:
        """Return what must be known of the stored rows to tell new ones from corrections."""
        names = (self.id, "version", "key_hmac", "content_hash", "revised")
        return pa.schema([self.schema.field(name) for name in names])

    @property
    def accepted(self) -> pa.Schema:
        """Return the columns of a cleaned row before it has an id and a version."""
        return pa.schema([field for field in self.schema if field.name not in (self.id, "version")])


def handed_out(schema: pa.Schema) -> pa.Schema:
    """Return the schema as the engine hands such columns out: words as text, names as bytes."""
    plain = {WORD: pa.string(), NAME: pa.binary()}
    return pa.schema([field.with_type(plain.get(field.type, field.type)) for field in schema])
