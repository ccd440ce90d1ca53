"""A file under a key of its own: AES-256-GCM (NIST SP 800-38D), a fresh nonce before it, the tag behind it.

Its name is bound in, so that two files under one key cannot be exchanged. GCM seals at most 64 GiB under one nonce.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from peelian.domain.errors import PeelianError, Tampered
from peelian.domain.identity import Entropy
from peelian.storage.destroy import destroy, sync

NONCE_BYTES, TAG_BYTES, BLOCK_BYTES = 12, 16, 1 << 20


def seal_file(source: Path, target: Path, *, key: bytes, name: str, entropy: Entropy) -> None:
    """Write `source` sealed to `target`, readable by its owner alone, durably."""
    nonce = entropy(NONCE_BYTES)
    sealing = Cipher(AES(key), GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(name.encode())
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with source.open("rb") as plain, os.fdopen(_fresh(target), "wb") as sealed:
            sealed.write(nonce)
            while block := plain.read(BLOCK_BYTES):
                sealed.write(sealing.update(block))
            sealed.write(sealing.finalize() + sealing.tag)
        sync(target)
        sync(target.parent)
    except OSError as error:
        raise PeelianError(
            f"{source} could not be sealed into {target} ({error.strerror}); see to the disk and begin anew."
        ) from error


def open_file(source: Path, target: Path, *, key: bytes, name: str) -> None:
    """Write what `source` holds to `target`; what was changed, or is under another key, is refused and nothing kept."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(_fresh(target), "wb") as plain:
            plain.writelines(_opened(source, key=key, name=name))
    except InvalidTag:
        destroy([target])
        raise Tampered(f"{source} does not open under its key; it was changed. Use another backup.") from None
    sync(target)
    sync(target.parent)


def _opened(source: Path, *, key: bytes, name: str) -> Iterator[bytes]:
    left = source.stat().st_size - NONCE_BYTES - TAG_BYTES
    with source.open("rb") as sealed:
        opening = Cipher(AES(key), GCM(sealed.read(NONCE_BYTES))).decryptor()
        opening.authenticate_additional_data(name.encode())
        while left > 0:
            block = sealed.read(min(left, BLOCK_BYTES))
            left -= len(block)
            yield opening.update(block)
        yield opening.finalize_with_tag(sealed.read(TAG_BYTES))


def _fresh(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
