"""One spelling for every document that is hashed or signed: canonical JSON (RFC 8785)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import rfc8785

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Document: TypeAlias = Mapping[str, Json]

_SAFE = 2**53


def canonical(document: Document) -> bytes:
    """Return the RFC 8785 bytes of `document`: equal documents give equal bytes on every machine.

    Where everything is ASCII text, a small whole number, true, false or nothing, as in almost every ledger entry,
    Python's own encoder spells it the same, several times as fast (a law in the tests says so).
    """
    if _is_plain(document):
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return rfc8785.dumps(document)


def _is_plain(value: Any) -> bool:
    """Return whether RFC 8785 and Python surely agree on the spelling; not so for other numbers, keys and types."""
    kind = type(value)
    if kind is str:
        return bool(value.isascii())
    if kind is int:
        return bool(-_SAFE < value < _SAFE)
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(item) for key, item in value.items())
    if kind is list or kind is tuple:
        return all(map(_is_plain, value))
    return value is None or kind is bool


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content` in lower-case hex."""
    return hashlib.sha256(content).hexdigest()
