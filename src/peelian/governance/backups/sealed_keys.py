"""The keys of a workspace under a passphrase: kept apart from the backup, without which it opens nothing.

scrypt (RFC 7914) with 128 MiB per guess, then AES-256-GCM (NIST SP 800-38D) over all key files at once. Whoever has
this file and the passphrase can sign as everybody whose key lay in `keys/`, and open what the backups held that day:
also what was erased since. So a copy is destroyed, and replaced by a newer one, before the shortest term of what is
kept has gone by, and after each ordered erasure.
"""

from __future__ import annotations

import base64
import json
import os
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput
from peelian.domain.identity import Entropy
from peelian.governance.ledger.note import write_durably
from peelian.storage.backup_keys import NAME as BACKUP_KEYS
from peelian.storage.backup_keys import BackupKeys
from peelian.storage.subject_keys import FILE, copied

COST = 2**17
LEAST_PASSPHRASE = 12


def seal_keys(keys: Path, target: Path, *, passphrase: str, entropy: Entropy = os.urandom) -> datetime | None:
    """Write all key files of the folder `keys` into one sealed file; never over an existing one.

    Return when this copy must be destroyed at the latest: it opens something whose term is over then. It stands in the
    file too, for whoever finds it. None where the keys open no backup.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise BadInput(
            f"A passphrase of {len(passphrase)} characters is guessed; give {LEAST_PASSPHRASE} or more."
        )
    files = {
        path.name: base64.b64encode(path.read_bytes()).decode()
        for path in sorted(keys.iterdir())
        if path.suffix in (".pem", ".key") or path.name == BACKUP_KEYS
    }
    if of_subjects := copied(keys / FILE):
        files[FILE] = base64.b64encode(of_subjects).decode()
    salt, nonce = entropy(16), entropy(12)
    end = BackupKeys(keys).first_end()
    header: Document = {
        "schema": 1,
        "scrypt_n": COST,
        "salt": salt.hex(),
        "nonce": nonce.hex(),
        "destroy_by": end,
    }
    sealed = AESGCM(_key(passphrase, salt=salt, cost=COST)).encrypt(
        nonce, canonical(files), canonical(header)
    )
    try:
        write_durably(
            target, canonical({**header, "sealed": base64.b64encode(sealed).decode()}), replace=False
        )
    except FileExistsError:
        raise BadInput(
            f"{target} exists already; sealed keys are never overwritten. Give a new name."
        ) from None
    return None if end is None else datetime.fromisoformat(end)


def open_keys(sealed: Path, folder: Path, *, passphrase: str) -> None:
    """Write the key files that `sealed` holds into a new or empty folder, readable by its owner alone."""
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"The folder {folder} is not empty; open the keys into a new one.")
    try:
        document = json.loads(sealed.read_bytes())
        content = base64.b64decode(document.pop("sealed"))
        salt, nonce, cost = (
            bytes.fromhex(document["salt"]),
            bytes.fromhex(document["nonce"]),
            document["scrypt_n"],
        )
        if document["schema"] != 1 or cost != COST:
            raise ValueError
        files = json.loads(
            AESGCM(_key(passphrase, salt=salt, cost=cost)).decrypt(nonce, content, canonical(document))
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidTag):
        raise BadInput(
            f"The keys in {sealed} cannot be opened: the passphrase is another, or the file was changed."
        ) from None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, encoded in files.items():
        write_durably(folder / Path(name).name, base64.b64decode(encoded), replace=False)


def _key(passphrase: str, *, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())
