"""What tells who a person is, and the keyed name it is known by here.

For: one spelling of each identifier, so that a person is found again however it was typed, and its name under a
secret of the deployment. Number plates and names can be listed, so a plain hash of one would be an open secret: only
HMAC-SHA256 (RFC 2104) of it is ever kept, in the database of keys, and nothing of it in the ledger's clear part.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from peelian.domain.errors import BadInput
from peelian.domain.section import closed
from peelian.governance.prohibition.names import person_key, unmask

LONGEST = 200
NAME_BYTES = 32
"""Of a keyed name."""


@dataclass(frozen=True)
class Identifier:
    """One thing that tells who a person is: its kind, and the text as somebody gave it."""

    kind: str
    text: str

    def __post_init__(self) -> None:
        closed(self.kind, SPELLINGS, where="An identifier", what="kind of identifier")
        if not self.spelled or len(self.text) > LONGEST:
            raise BadInput(
                f"The {self.kind} given says nothing, or has more than {LONGEST} characters; give the identifier alone."
            )

    @property
    def spelled(self) -> str:
        """Return the one spelling by which it is compared."""
        return SPELLINGS[self.kind](self.text)


def name_of(identifier: Identifier, *, secret: bytes) -> bytes:
    """Return the keyed name, 32 bytes, under which a subject is found by this identifier."""
    return hmac.digest(secret, f"name\0{identifier.kind}\0{identifier.spelled}".encode(), "sha256")


def barred_name(name: bytes, *, secret: bytes) -> str:
    """Return in hex what a name is recognised by after a permanent erasure; it is not the name and does not tell it."""
    return hmac.digest(secret, b"barred\0" + name, "sha256").hex()


def _letters_and_digits(text: str) -> str:
    return person_key(text)


def _digits(text: str) -> str:
    return "".join(sign for sign in unmask(text) if sign.isdigit())


def _address(text: str) -> str:
    return "".join(unmask(text).casefold().split())


def _name_and_birth(text: str) -> str:
    name, _, born = text.rpartition("|")
    try:
        day = date.fromisoformat(born.strip())
    except ValueError:
        raise BadInput(
            "A name+birth is written as the name, a bar, and the day of birth, such as 'Ann Example|1980-02-29'."
        ) from None
    return f"{person_key(name)}|{day.isoformat()}" if person_key(name) else ""


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plate": _letters_and_digits,
    "name+birth": _name_and_birth,
    "phone": _digits,
    "email": _address,
    "document": _letters_and_digits,
    "account": _letters_and_digits,
}
"""Every kind of identifier, and how it is spelled for comparison."""
