"""One spelling for every document that is hashed or signed: canonical JSON (RFC 8785)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Document: TypeAlias = Mapping[str, Json]


def canonical(document: Document) -> bytes:
    """Return the RFC 8785 bytes of `document`: equal documents give equal bytes on every machine."""
    return rfc8785.dumps(document)


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content` in lower-case hex."""
    return hashlib.sha256(content).hexdigest()
