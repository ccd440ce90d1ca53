"""Who acts here: principals with roles and Ed25519 keys, and the signatures they give.

For: enrolment, approvals and dispositions that a person can be held to, and nobody approving their own.
Not for: sign-in (a session is the console's) and what a role may do (policy.py).
"""

from __future__ import annotations

import os
import re
import stat
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput, Refused, Tampered
from peelian.domain.section import Section, closed
from peelian.governance.prohibition.names import person_key


class Role(StrEnum):
    """What a principal is there for."""

    ADMINISTRATOR = "administrator"  # enrols people and keeps the machine; sees no data
    ANALYST = "analyst"  # loads incidents, makes and scores forecasts, proposes plans, publishes figures
    COMMANDER = "commander"  # proposes, approves and sends out patrol plans
    APPROVER = "approver"  # approves charters, and plans that others proposed
    AUDITOR = "auditor"  # reads the ledger and the figures, and does nothing that is audited
    RIGHTS_OFFICER = "rights-officer"  # answers people who ask, and decides about what others did
    REVIEWER = "reviewer"  # reads findings blind and says what they are worth
    SUPERVISOR = "supervisor"  # of the supervisory authority: opens what an answer had to leave open


def role_named(name: str) -> Role:
    """Return the role of that name; an unknown one is refused with the list."""
    return Role(closed(name, Role, where="enrolment", what="role"))


_OPERATING = frozenset({Role.ANALYST, Role.COMMANDER, Role.APPROVER, Role.REVIEWER})
CONFLICTS: dict[Role, frozenset[Role]] = {
    Role.AUDITOR: _OPERATING | {Role.ADMINISTRATOR},
    Role.ADMINISTRATOR: _OPERATING,
    Role.RIGHTS_OFFICER: _OPERATING | {Role.ADMINISTRATOR, Role.AUDITOR},
    Role.SUPERVISOR: _OPERATING | {Role.ADMINISTRATOR, Role.AUDITOR, Role.RIGHTS_OFFICER},
}
"""Roles that one person may not hold together: who keeps the keys sees no data, who audits does nothing else."""


def check_roles(roles: Iterable[Role]) -> None:
    """Refuse a set of roles that one person may not hold together."""
    held = frozenset(roles)
    for role, excluded in CONFLICTS.items():
        clash = sorted(excluded & held)
        if role in held and clash:
            raise Refused(
                f"One person cannot be {role} and {' and '.join(clash)}.",
                rule="separation-of-duties",
                citation="house rule, requirement S04: no administrator reads data, no auditor acts",
                remedy="Enrol a second person for the other role.",
            )


# Keys whose signatures prove nothing, because one signature fits every message: the points of small order
# on Curve25519 in their encodings, sign bit cleared (the list libsodium refuses too).
_WORTHLESS_KEYS = frozenset(
    bytes.fromhex(encoded)
    for encoded in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)


@dataclass(frozen=True)
class Principal:
    """A person (or a demonstration's stand-in for one) who can act and be held to it.

    Parameters
    ----------
    id : UUIDv7 as text.
    name : as the person is known at work.
    roles : what the person is there for; conflicting roles are refused.
    public_key : 32 bytes, Ed25519.
    demo : made up for a demonstration; shown wherever the name is.
    """

    id: str
    name: str
    roles: frozenset[Role]
    public_key: bytes
    demo: bool = False

    def __post_init__(self) -> None:
        _check_id(self.id)
        if not person_key(self.name) or len(self.name) > 200 or not self.name.isprintable():
            raise BadInput(f"The name {self.name!r} cannot be shown; give letters, at most 200 of them.")
        if not self.roles:
            raise BadInput(f"{self.name} has no role; give at least one of: {', '.join(Role)}.")
        check_roles(self.roles)
        if len(self.public_key) != 32 or _unsigned(self.public_key) in _WORTHLESS_KEYS:
            raise BadInput(f"The public key of {self.name} is not a usable Ed25519 key; give a fresh one.")

    def document(self) -> Document:
        """Return the principal as the document that is recorded and hashed."""
        return {
            "id": self.id,
            "name": self.name,
            "roles": sorted(self.roles),
            "public_key": self.public_key.hex(),
            "demo": self.demo,
        }

    @classmethod
    def from_document(cls, document: Document) -> Principal:
        """Read what `document()` wrote; anything else is refused."""
        with Section(document, where="the record of a principal") as section:
            return cls(
                id=section.text("id"),
                name=section.text("name"),
                roles=frozenset(role_named(role) for role in section.texts("roles")),
                public_key=_from_hex(section.text("public_key"), length=32, what="public key"),
                demo=section.flag("demo"),
            )


def _check_id(name: str) -> None:
    try:
        parsed = uuid.UUID(name)
    except ValueError:
        parsed = uuid.UUID(int=0)
    if parsed.version != 7 or str(parsed) != name:
        raise BadInput(
            f"{name!r} is not a UUIDv7 in its usual spelling; ids of principals are made by uuid7()."
        )


def _unsigned(public_key: bytes) -> bytes:
    return public_key[:31] + bytes([public_key[31] & 0x7F])


def _from_hex(text: str, *, length: int, what: str) -> bytes:
    if not re.fullmatch(r"[0-9a-f]*", text) or len(text) != 2 * length:
        raise BadInput(f"A {what} is {2 * length} lower-case hex digits; this one is not.")
    return bytes.fromhex(text)


def check_not_same_person(first: Principal, second: Principal) -> None:
    """Refuse where `second` (who would approve) is, as far as can be seen, `first` (who proposed).

    The same id, the same key, or the same name with its disguises off counts as the same person. The rule is
    the house's; the idea of two natural persons is taken from Article 14(5) of the AI Act, which asks it of
    remote biometric identification only.
    """
    same = (
        first.id == second.id
        or first.public_key == second.public_key
        or person_key(first.name) == person_key(second.name)
    )
    if same:
        raise Refused(
            f"{second.name} cannot approve what {first.name} proposed: as far as can be seen, they are one person.",
            rule="two-persons",
            citation="house rule, after Regulation (EU) 2024/1689 (AI Act), Article 14(5)",
            remedy="Ask another enrolled person to decide.",
        )


@dataclass(frozen=True)
class Signature:
    """What a principal signed with: 64 bytes of Ed25519 as hex, and whose they are said to be."""

    principal_id: str
    hex: str


@dataclass(frozen=True)
class Signer:
    """A principal together with the private key that only that person holds."""

    principal: Principal
    key: Ed25519PrivateKey = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.key.public_key().public_bytes_raw() != self.principal.public_key:
            raise BadInput(f"This private key is not the one {self.principal.name} is enrolled with.")

    def sign(self, document: Document, *, context: str) -> Signature:
        """Sign `document` for one use only: a signature for another context never fits."""
        return Signature(self.principal.id, self.key.sign(_message(document, context)).hex())


def verify(principal: Principal, document: Document, signature: Signature, *, context: str) -> bool:
    """Return whether `principal` signed exactly this document for exactly this context."""
    message = _message(document, context)
    if signature.principal_id != principal.id:
        return False
    try:
        raw = _from_hex(signature.hex, length=64, what="signature")
        Ed25519PublicKey.from_public_bytes(principal.public_key).verify(raw, message)
    except (InvalidSignature, BadInput):
        return False
    return True


def check_signature(principal: Principal, document: Document, signature: Signature, *, context: str) -> None:
    """Raise `Tampered` unless `verify` holds."""
    if not verify(principal, document, signature, context=context):
        raise Tampered(
            f"The signature under this {context} is not {principal.name}'s; it does not count. "
            "Ask for it to be signed again."
        )


def _message(document: Document, context: str) -> bytes:
    """Return the signed bytes. The context cannot hold a newline, so no two contexts share a message."""
    if not re.fullmatch(r"[a-z][a-z0-9.-]*", context):
        raise BadInput(
            f"{context!r} cannot name what is signed; use lower-case letters, digits, dots, hyphens."
        )
    return b"peelian/" + context.encode() + b"/v1\n" + canonical(document)


def write_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Write a private key as PEM into a new file that only its owner can read; never over an existing one."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise BadInput(f"{path} exists already; a key is never overwritten. Choose another name.") from error
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key; a file that others can read is refused, because then others can sign."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise BadInput(
            f"No key can be read from {path}: {error.strerror}. Name the key file itself."
        ) from error
    with os.fdopen(handle, "rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        pem = file.read(10_000)
    if mode & 0o077:
        raise BadInput(
            f"{path} can be read by others than its owner (mode {mode:04o}); run `chmod 600 {path}`, and enrol "
            "a new key if somebody may have copied it."
        )
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise BadInput(f"{path} does not hold an unencrypted private key in PEM form.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"{path} holds a key of another kind; an Ed25519 key is needed.")
    return key
