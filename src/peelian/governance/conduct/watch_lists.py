"""The oversight body's lists of people whose look-up it wants to see: keyed names, which only its key can make.

For: relatives of an officer, colleagues, public figures, the officers themselves. The house keeps HMACs under a key
that the oversight body holds in a file of its own; without it nobody can tell who stands on a list.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput
from peelian.domain.identity import Entropy
from peelian.governance.ledger.note import write_durably
from peelian.governance.persons.identifiers import Identifier

KEY_BYTES = 32
OF_ONE = ":"
"""A list `relatives:<id of an officer>` is about that officer's look-ups; one without a colon about everybody's."""


@dataclass(frozen=True)
class WatchLists:
    """The lists as kept: name of the list -> keyed names on it."""

    tags: Mapping[str, frozenset[str]]

    def hits(self, tag: str, *, officer: str) -> frozenset[str]:
        """Return the lists on which a keyed name stands, of those that hold for an officer's look-ups."""
        return frozenset(
            name.partition(OF_ONE)[0]
            for name, tags in self.tags.items()
            if tag in tags and name.partition(OF_ONE)[2] in ("", officer)
        )


def watch_tag(key: bytes, identifier: Identifier) -> str:
    """Return the keyed name of an identifier, the same however it is spelled."""
    named: Document = {"kind": identifier.kind, "text": identifier.spelled}
    return hmac.new(key, canonical(named), hashlib.sha256).hexdigest()


def tags_of(key: bytes, identifiers: Iterable[Identifier]) -> list[str]:
    """Return the keyed names of identifiers, sorted so that their order tells nothing."""
    return sorted({watch_tag(key, identifier) for identifier in identifiers})


def watch_key(path: Path, *, entropy: Entropy = os.urandom) -> bytes:
    """Return the oversight body's key in the file `path`, making it (mode 0600) where there is none yet."""
    if not path.exists():
        with suppress(FileExistsError):  # somebody else made it meanwhile: theirs is the key
            write_durably(path, entropy(KEY_BYTES), replace=False)
    key = path.read_bytes()
    if len(key) != KEY_BYTES or path.stat().st_mode & 0o077:
        raise BadInput(
            f"{path} is no key of the oversight body that only it can read; give its own file, mode 0600."
        )
    return key
