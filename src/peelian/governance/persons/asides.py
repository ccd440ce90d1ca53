"""Asides: what an entry must remember of a person, sealed in its side blob so that it can be destroyed with the rest.

Who was looked up, by which identifier: without it misuse could not be found later; in the clear it would outlive the
person's data. An aside lies under the subject's key, or, where the house knows nobody of that name, under one derived
from its sealing key. Its first bytes tell whose it is, so that all of one person are found when they must go; its
length tells nothing.
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import Tampered
from peelian.governance.kit import Kit
from peelian.governance.persons.sealed_body import NONCE_BYTES

MARK = b"\0peelian aside 1\0"
TOKEN_BYTES = 16
BLOCK_BYTES = 1024


@dataclass(frozen=True)
class Whose:
    """Whose aside it is: 16 bytes that find it again, and the key it is sealed under."""

    token: bytes
    key: bytes


def of_subject(subject_id: str, *, key: bytes) -> Whose:
    """Return whose an aside about a registered subject is."""
    return Whose(uuid.UUID(subject_id).bytes, key)


def of_stranger(kit: Kit, name: bytes) -> Whose:
    """Return whose an aside about somebody is whom the house does not know by this name."""
    token = hmac.digest(kit.identifiers_key, b"stranger\0" + name, "sha256")[:TOKEN_BYTES]
    return _stranger(kit, token)


def aside(kit: Kit, whose: Whose, content: Document) -> bytes:
    """Return the bytes of an aside, for the side blob of an entry."""
    plain = canonical(content)
    padded = plain + b" " * (-len(plain) % BLOCK_BYTES)
    nonce = kit.entropy(NONCE_BYTES)
    head = MARK + whose.token
    return head + nonce + AESGCM(whose.key).encrypt(nonce, padded, head)


def open_aside(kit: Kit, index: int) -> Mapping[str, Any] | None:
    """Return what the aside of an entry says; None where it has none, or none any more.

    For governance alone, which must enter whom it shows it to.
    """
    blob = kit.ledger.blob(index)
    if blob is None or not blob.startswith(MARK):
        return None
    head, rest = blob[: len(MARK) + TOKEN_BYTES], blob[len(MARK) + TOKEN_BYTES :]
    token = head[len(MARK) :]
    key = kit.subject_keys.key(str(uuid.UUID(bytes=token))) or _stranger(kit, token).key
    try:
        content: Mapping[str, Any] = json.loads(
            AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], head)
        )
    except InvalidTag:
        raise Tampered(
            f"The aside of ledger entry {index} does not open with the key it names; tell the auditor."
        ) from None
    return content


def asides_of(kit: Kit, *, subjects: frozenset[str]) -> tuple[int, ...]:
    """Return the entries with an aside about these subjects, also from before they were registered."""
    tokens = {uuid.UUID(subject_id).bytes for subject_id in subjects}
    for subject_id in subjects:
        tokens |= {of_stranger(kit, name).token for name in kit.subject_keys.names(subject_id)}
    found = (kit.ledger.blobs_headed(MARK + token) for token in tokens)
    return tuple(sorted({index for indices in found for index in indices}))


def _stranger(kit: Kit, token: bytes) -> Whose:
    return Whose(token, hmac.digest(kit.sealing_key, b"stranger\0" + token, "sha256"))
