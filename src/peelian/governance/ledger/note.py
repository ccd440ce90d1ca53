"""Signing: keys on disk, checkpoints signed by the log, cosignatures of the witness. Checking is in `verify`.

Sources: C2SP signed-note (type 0x01), tlog-cosignature v1 (type 0x04).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from peelian.domain.errors import BadInput, Tampered
from peelian.governance.ledger.verify import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Unproven,
    Vkey,
    cosigned_message,
)


def log_vkey(origin: str, key: Ed25519PrivateKey) -> Vkey:
    """Return the verifier key of a log called `origin`."""
    return _vkey(origin, ED25519, key)


def witness_vkey(name: str, key: Ed25519PrivateKey) -> Vkey:
    """Return the verifier key of a witness called `name`."""
    return _vkey(name, COSIGNATURE, key)


def _vkey(name: str, kind: int, key: Ed25519PrivateKey) -> Vkey:
    try:
        return Vkey(name, kind, key.public_key().public_bytes_raw())
    except Unproven as problem:
        raise BadInput(str(problem)) from None


def sign_checkpoint(head: Checkpoint, *, key: Ed25519PrivateKey) -> str:
    """Return the checkpoint as a note signed by the log's key."""
    text = head.text()
    return f"{text}\n{_line(log_vkey(head.origin, key), key.sign(text.encode()))}"


def cosign(text: str, *, name: str, key: Ed25519PrivateKey, timestamp: int) -> str:
    """Return the cosignature line over a checkpoint's text; `timestamp` is in POSIX seconds."""
    signature = key.sign(cosigned_message(text, timestamp))
    return _line(witness_vkey(name, key), timestamp.to_bytes(8, "big") + signature)


def _line(vkey: Vkey, signature: bytes) -> str:
    return f"— {vkey.name} {base64.b64encode(vkey.key_id + signature).decode()}\n"


@contextmanager
def proving() -> Iterator[None]:
    """Turn the verifier's `Unproven` into the house's `Tampered`."""
    try:
        yield
    except Unproven as problem:
        raise Tampered(str(problem)) from None


def load_or_create_key(path: Path) -> Ed25519PrivateKey:
    """Return the Ed25519 key in the PEM file `path`, creating it (mode 0600) where there is none yet."""
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Whoever else created it in the meantime was first, and theirs is used.
        with suppress(FileExistsError):
            write_durably(path, pem, replace=False)
    if path.stat().st_mode & 0o077:
        raise BadInput(f"The key file {path} can be read by others; run: chmod 600 {path}")
    try:
        kept = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError:
        raise BadInput(f"The file {path} is not an unencrypted private key in PEM form.") from None
    if not isinstance(kept, Ed25519PrivateKey):
        raise BadInput(f"The key in {path} is not an Ed25519 key; give the ledger one of its own.")
    return kept


def write_durably(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file of mode 0600 so that after a crash it is there whole or not at all.

    Without `replace` an existing file stays and FileExistsError is raised.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
