"""Small sealed notes: a few bytes that lie in a record and say nothing to whoever reads the record.

All notes have one length, and each is bound to the name of what it speaks about, so that none can be moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peelian.domain.errors import BadInput, Tampered
from peelian.domain.identity import Entropy

NOTE_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True)
class Notes:
    """Seals and opens notes with the house's sealing key (AES-256-GCM, a fresh nonce for each)."""

    key: bytes = field(repr=False)
    entropy: Entropy = field(repr=False)

    def seal(self, text: str, *, about: str) -> str:
        """Return the sealed note in hex; every note has the same length."""
        note = text.encode()
        if len(note) > NOTE_BYTES:
            raise BadInput(f"A note of {len(note)} bytes is longer than {NOTE_BYTES}; say less.")
        nonce = self.entropy(_NONCE_BYTES)
        return (nonce + AESGCM(self.key).encrypt(nonce, note.ljust(NOTE_BYTES), about.encode())).hex()

    def open(self, sealed: str, *, about: str) -> str:
        """Return what a note says; one that was changed, or moved from another thing, is refused."""
        try:
            raw = bytes.fromhex(sealed)
            note = AESGCM(self.key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError):
            raise Tampered(
                f"The sealed note about {about} is not the one it was stored with; tell the auditor."
            ) from None
        return note.decode().rstrip()
