"""The stock of decoys: what the oversight body lays in, sealed, and from which the house takes one at a time.

A decoy's finding id ends in an HMAC of its stock id under the house's sealing key. To whoever lacks the key it is as
random as any other id; the house tells by it which of its stock was placed, so that none is placed twice and no row
anywhere says which they were.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from peelian.domain.canonical import Document, canonical
from peelian.domain.finding import finding_from_document
from peelian.domain.identity import uuid7
from peelian.governance.act import authorise, carry_out, enter
from peelian.governance.circumstances.own_records import OwnRecord, new_record, own_records
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.principals import Signer
from peelian.governance.review.agreement import Figure, wilson
from peelian.governance.review.decoys import BODY_BYTES, Decoy, stored
from peelian.storage.rows import Writes

KIND, PURPOSE, CAPABILITY = "decoy", "oversight", "governance.decoys"
_NONCE_BYTES = 12
_SUFFIX = 19
"""Where the part of a UUIDv7 begins that is drawn, but for its first sign, and tells no time."""


@dataclass(frozen=True)
class Stocked:
    """A decoy in stock, and the finding id under which it is placed if that is done now."""

    finding_id: str
    decoy: Decoy


@dataclass(frozen=True)
class Stock:
    """What oversight is told of its decoys: how many are left, and what share of all findings those placed are."""

    left: int
    placed: int
    findings: int
    share: Figure

    def document(self) -> Document:
        """Return the figures for machines."""
        return {
            "left": self.left,
            "placed": self.placed,
            "findings": self.findings,
            "share": self.share.document(),
        }


def lay_in(kit: Kit, *, actor: Signer, decoy: Decoy) -> Entry:
    """Lay a decoy in stock, sealed; its finding's id and instant are its own only once it is placed."""
    kit.register.capability(decoy.finding.capability)
    stored(decoy.finding, nature="0" * 120)  # refused here rather than when it is placed
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="audit", resource=KIND)
    capability = decoy.finding.capability
    body: Document = {"sealed": _sealed(kit, decoy, about=capability)}
    writes = Writes(records=(new_record(kit, KIND, subject=capability, body=body),))
    return carry_out(kit, standing, "decoy.stocked", decision=decision, facts={}, writes=writes)


def stock_figures(kit: Kit, *, actor: Signer) -> Stock:
    """Return how many decoys are left and what share was placed, to an auditor; that they asked is entered."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="audit", resource=KIND)
    enter(kit, standing, "record.read", decision=decision, facts={"kind": KIND, "figure": "stock"})
    names = kit.store.all_standing()
    taken = {name[_SUFFIX:] for name in names}
    stock = [_drawn(kit, record.record_id)[_SUFFIX:] for record in own_records(kit, KIND)]
    placed = sum(suffix in taken for suffix in stock)
    return Stock(len(stock) - placed, placed, len(names), wilson(placed, len(names)))


def untaken(kit: Kit, capability: str) -> tuple[Stocked, ...]:
    """Return the decoys of a capability that were not placed yet, oldest first."""
    taken = {name[_SUFFIX:] for name in kit.store.all_standing()}
    stock = (_opened(kit, record) for record in own_records(kit, KIND, subject=capability))
    return tuple(each for each in stock if each.finding_id[_SUFFIX:] not in taken)


def _drawn(kit: Kit, stock_id: str) -> str:
    """Return a UUIDv7 of now whose drawn part follows from the stock id."""
    mac = hmac.new(kit.sealing_key, f"decoy {stock_id}".encode(), hashlib.sha256).digest()
    return uuid7(clock=kit.clock, entropy=lambda count: mac[:count])


def _sealed(kit: Kit, decoy: Decoy, *, about: str) -> str:
    """Return the decoy sealed with the house's key, nonce first; each takes as much room as any other."""
    said: Document = {"holds": decoy.holds, "finding": decoy.finding.document()}
    nonce = kit.entropy(_NONCE_BYTES)
    plain = canonical(said).ljust(BODY_BYTES)
    return (nonce + AESGCM(kit.sealing_key).encrypt(nonce, plain, about.encode())).hex()


def _opened(kit: Kit, record: OwnRecord) -> Stocked:
    raw = bytes.fromhex(record.body["sealed"])
    cipher = AESGCM(kit.sealing_key)
    said = json.loads(cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], record.subject.encode()))
    return Stocked(
        _drawn(kit, record.record_id), Decoy(finding_from_document(said["finding"]), said["holds"])
    )
