"""Bodies of records about a person, sealed under that person's key: AES-256-GCM (NIST SP 800-38D).

What is stored is canonical JSON of nonce and ciphertext, so a record's digest in the ledger is that of the
ciphertext. Record, kind, subject and category are bound to it: a body moved to another record does not open.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import PeelianError, Tampered
from peelian.domain.identity import Entropy
from peelian.governance.card import SubjectCategory
from peelian.storage.rows import Record, SubjectRow
from peelian.storage.subject_keys import SubjectKeys

KEY_BYTES, NONCE_BYTES = 32, 12
_PREFIX = '{"nonce":"'


def new_subject(subject_id: str, *, category: SubjectCategory, key: bytes) -> SubjectRow:
    """Return the row of a subject; its seal binds id and category, and can be recomputed only with the key."""
    return SubjectRow(subject_id, category, _seal(subject_id, category, key=key))


def key_of(row: SubjectRow, *, keys: SubjectKeys) -> bytes:
    """Return the key of a stored subject, refusing a row that the key does not fit."""
    key = keys.key(row.subject_id)
    if key is None:
        raise PeelianError(
            f"The key of the subject {row.subject_id} is missing from {keys.path}; restore that file from the sealed "
            "keys. Without it nothing about this subject can be opened."
        )
    if not hmac.compare_digest(row.seal, _seal(row.subject_id, row.category, key=key)):
        raise Tampered(
            f"The subject {row.subject_id} is not as it was registered: its category was changed past the desk. "
            "Restore the records from a backup and tell the auditor."
        )
    return key


def seal_body(record: Record, plain: Document, *, row: SubjectRow, key: bytes, entropy: Entropy) -> str:
    """Return the sealed body of a record that so far has none."""
    nonce = entropy(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, canonical(plain), _bound(record, row))
    return canonical({"nonce": nonce.hex(), "sealed": base64.b64encode(sealed).decode()}).decode()


def is_sealed(record: Record) -> bool:
    """Return whether a stored record's body is a sealed one."""
    return record.body.startswith(_PREFIX)


def open_body(record: Record, *, row: SubjectRow, key: bytes) -> Mapping[str, Any]:
    """Return what was sealed; a body that does not belong to this record and subject is refused."""
    try:
        stored = json.loads(record.body)
        nonce, sealed = bytes.fromhex(stored["nonce"]), base64.b64decode(stored["sealed"])
        opened: Mapping[str, Any] = json.loads(AESGCM(key).decrypt(nonce, sealed, _bound(record, row)))
    except (InvalidTag, ValueError, KeyError, TypeError):
        raise Tampered(
            f"The sealed {record.kind} {record.record_id} does not open with its subject's key; it was changed past "
            "the desk. Restore the records from a backup and tell the auditor."
        ) from None
    return opened


def _bound(record: Record, row: SubjectRow) -> bytes:
    return canonical(
        {"record": record.record_id, "kind": record.kind, "subject": row.subject_id, "category": row.category}
    )


def _seal(subject_id: str, category: str, *, key: bytes) -> str:
    return hmac.digest(key, f"subject\0{subject_id}\0{category}".encode(), "sha256").hex()
