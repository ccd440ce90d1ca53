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
_SPELLED_ALIKE = frozenset((str, bool, type(None)))
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical(document: Document) -> bytes:
    """Return the RFC 8785 bytes of `document`: equal documents give equal bytes on every machine.

    Where everything is ASCII text, a small whole number, true, false or nothing, as in almost every ledger entry,
    Python's own encoder spells it the same, several times as fast (a law in the tests says so).
    """
    if _is_plain(document) and (spelled := _encode(document)).isascii():
        return spelled.encode()
    return rfc8785.dumps(document)


def _is_plain(value: Any) -> bool:
    """Return whether RFC 8785 and Python agree on the spelling, if it is ASCII; not so for other numbers and types."""
    kind = type(value)
    if kind in _SPELLED_ALIKE:
        return True
    if kind is int:
        return bool(-_SAFE < value < _SAFE)
    if kind is dict:
        # a loop, not all(): every entry that is written or read passes here
        for key, item in value.items():
            if type(key) is not str or (type(item) not in _SPELLED_ALIKE and not _is_plain(item)):
                return False
        return True
    return (kind is list or kind is tuple) and all(map(_is_plain, value))


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content` in lower-case hex."""
    return hashlib.sha256(content).hexdigest()
