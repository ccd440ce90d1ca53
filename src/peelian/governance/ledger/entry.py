"""A ledger entry: a small clear envelope that every auditor may read, and perhaps a sealed side blob.

The leaf of the Merkle tree is the hash of the envelope's bytes. The envelope commits to the blob through a
random nonce: once nonce and blob are destroyed the entry still verifies, and its content cannot be guessed
by trying (number plates and names can be listed; a bare hash of one would be an open secret).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput, Tampered
from peelian.domain.time import iso
from peelian.governance.ledger.kinds import KINDS
from peelian.governance.ledger.verify import leaf_hash

VERSION = 1
NONCE_BYTES = 32
FACTS_LIMIT_BYTES = 16_384

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z").fullmatch
_HASH = re.compile("[0-9a-f]{64}").fullmatch


@dataclass(frozen=True)
class Draft:
    """What a room wants written down.

    Parameters
    ----------
    kind : a name from the table of kinds.
    actor : id of the principal who acts.
    purpose : for which purpose, where one is named.
    charter : content hash of the charter relied on.
    rule : id of the policy rule that allowed or refused.
    facts : small clear facts, public to every auditor: counts, versions, hashes. No personal data.
        Kept as a canonical copy, so nobody can alter them afterwards.
    sealed : bytes for the side blob, already sealed by the caller; only its nonce'd hash enters the log.
    """

    kind: str
    _: KW_ONLY
    actor: str
    purpose: str | None = None
    charter: str | None = None
    rule: str | None = None
    facts: Document = field(default_factory=dict)
    sealed: bytes | None = None
    wording: tuple[str, str, str] = field(init=False, repr=False, compare=False)
    """The envelope's canonical text up to its blob, from there to its index, and from there to its time."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadInput(f"There is no ledger entry of kind {self.kind!r}; the kinds are in kinds.py.")
        if not self.actor:
            raise BadInput(f"A ledger entry of kind {self.kind} needs an actor.")
        try:
            content = canonical(self.facts)
            facts = _decode_safe(content.decode())
            wording = _wording(
                actor=self.actor,
                charter=self.charter,
                facts=content,
                kind=self.kind,
                purpose=self.purpose,
                rule=self.rule,
            )
            "".join(wording).encode()
        except ValueError as problem:
            raise BadInput(f"The {self.kind} entry cannot be written as canonical JSON: {problem}.") from None
        if len(content) > FACTS_LIMIT_BYTES:
            raise BadInput(
                f"The facts of the {self.kind} entry take {len(content)} bytes; at most {FACTS_LIMIT_BYTES} "
                "are kept in the clear, so put a hash there and the rest into the sealed blob."
            )
        object.__setattr__(self, "facts", facts)
        object.__setattr__(self, "wording", wording)


@dataclass(frozen=True)
class Blob:
    """A sealed side blob as stored: both parts go when it is destroyed."""

    nonce: bytes
    body: bytes

    def commitment(self) -> str:
        """Return SHA-256(nonce || body) in hex, the only trace of it in the log."""
        return digest(self.nonce + self.body)


@dataclass(frozen=True)
class Entry:
    """One line of the ledger, as written.

    `time` is an aware UTC instant in whole milliseconds, `blob` the hex commitment to the side blob,
    `envelope` the exact canonical bytes, `leaf_hash` their hash in the tree.
    """

    index: int
    time: datetime
    kind: str
    actor: str
    purpose: str | None
    charter: str | None
    rule: str | None
    facts: Document
    blob: str | None
    envelope: bytes
    leaf_hash: bytes

    @classmethod
    def write(cls, draft: Draft, *, index: int, time: datetime, blob: str | None) -> Entry:
        """Give a draft its place and time and fix its bytes."""
        written, instant = _stamp(time)
        envelope = _envelope(draft.wording, blob=blob, index=index, time=written)
        entry = object.__new__(cls)
        # as the frozen class's own __init__ does, but at once: field by field it was half of the work
        entry.__dict__.update(
            index=index,
            time=instant,
            kind=draft.kind,
            actor=draft.actor,
            purpose=draft.purpose,
            charter=draft.charter,
            rule=draft.rule,
            facts=draft.facts,
            blob=blob,
            envelope=envelope,
            leaf_hash=leaf_hash(envelope),
        )
        return entry

    @classmethod
    def read(cls, envelope: bytes) -> Entry:
        """Read stored bytes back; anything but one canonical version-1 envelope is refused."""
        document = _document(envelope)
        wrong = [name for name, fits in _FIELDS.items() if not fits(document[name])]
        if wrong:
            raise Tampered(f"The ledger entry {document['index']!r} has an impossible {', '.join(wrong)}.")
        if not _is_spelled(document, envelope):
            raise _not_canonical(envelope)
        time = _instant(document.pop("time"))
        return cls(time=time, **document, envelope=envelope, leaf_hash=leaf_hash(envelope))


def _wording(
    *, actor: str, charter: str | None, facts: bytes, kind: str, purpose: str | None, rule: str | None
) -> tuple[str, str, str]:
    """Spell what a draft already decides, in the one order of names; blob, index and time come at the writing."""
    return (
        f'{{"actor":{_text(actor)},"blob":',
        f',"charter":{_text(charter)},"facts":{facts.decode()},"index":',
        f',"kind":{_text(kind)},"purpose":{_text(purpose)},"rule":{_text(rule)},"time":"',
    )


def _envelope(wording: tuple[str, str, str], *, blob: str | None, index: int, time: str) -> bytes:
    to_blob, to_index, to_time = wording
    committed = "null" if blob is None else f'"{blob}"'
    return f'{to_blob}{committed}{to_index}{index}{to_time}{time}","v":{VERSION}}}'.encode()


@lru_cache(maxsize=8)
def _stamp(time: datetime) -> tuple[str, datetime]:
    """Return a time as it is spelled and as it is read back; all entries of one commit ask for the same."""
    written = iso(time)
    return written, _instant(written)


def _text(value: str | None) -> str:
    """Spell a text as RFC 8785 does, which is as Python's own encoder does without escaping beyond ASCII."""
    return "null" if value is None else encode_basestring(value)


def _document(envelope: bytes) -> dict[str, Any]:
    """Decode the fields of a version-1 envelope; what stands in them, and how it is spelled, is not yet checked."""
    try:
        document = json.loads(envelope.decode())
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _not_canonical(envelope)
    odd = document.keys() ^ _NAMES
    if odd:
        raise Tampered(f"A ledger entry has unknown or missing fields: {', '.join(sorted(odd))}.")
    version = document.pop("v")
    if version != VERSION:
        raise Tampered(f"A ledger entry has version {version!r}; this house reads version {VERSION}.")
    return document


def _is_spelled(document: dict[str, Any], envelope: bytes) -> bool:
    """Return whether writing these fields gives these bytes, which also rules out a name given twice."""
    try:
        wording = _wording(
            actor=document["actor"],
            charter=document["charter"],
            facts=canonical(document["facts"]),
            kind=document["kind"],
            purpose=document["purpose"],
            rule=document["rule"],
        )
        again = _envelope(wording, blob=document["blob"], index=document["index"], time=document["time"])
    except (ValueError, RecursionError):
        return False
    return again == envelope


def _not_canonical(envelope: bytes) -> Tampered:
    return Tampered(f"A ledger entry is not canonical JSON: {envelope[:60]!r}.")


def _safe(text: str) -> int:
    """Refuse 2.0**53 and its like, which are spelled as integers that not every JSON reader can hold."""
    number = int(text)
    if abs(number) >= 2**53:
        raise ValueError(f"{number} exceeds what every reader of JSON can hold")
    return number


_decode_safe = json.JSONDecoder(parse_int=_safe).decode


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _is_instant(value: object) -> bool:
    try:
        return isinstance(value, str) and _INSTANT(value) is not None and _instant(value) is not None
    except ValueError:
        return False


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_hash(value: object) -> bool:
    return value is None or (isinstance(value, str) and _HASH(value) is not None)


_FIELDS: dict[str, Callable[[Any], bool]] = {
    "index": lambda value: type(value) is int and 0 <= value < 2**53,
    "time": _is_instant,
    "kind": lambda value: isinstance(value, str) and value in KINDS,
    "actor": lambda value: isinstance(value, str) and value != "",
    "purpose": _is_text,
    "charter": _is_text,
    "rule": _is_text,
    "facts": lambda value: isinstance(value, dict),
    "blob": _is_hash,
}
_NAMES = frozenset(("v", *_FIELDS))
