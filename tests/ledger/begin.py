"""How these tests begin a ledger: fixed keys, a clock that can be moved, drafts that differ."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.domain.time import Clock, SimulatedClock
from peelian.governance.ledger.cosigner import Cosigner, Request
from peelian.governance.ledger.entry import Draft
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.verify import WitnessedHead
from peelian.governance.ledger.witnesses import Cosigned, Witness, Witnesses

ORIGIN = "test.example/ledger"
WITNESS = "test.example/witness-simulated"
START = datetime(2025, 3, 1, 6, tzinfo=UTC)


def key(seed: int = 1) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def clock() -> SimulatedClock:
    return SimulatedClock(START)


def ledger(path: Path, *, time: Clock | None = None, seed: int = 1) -> Ledger:
    return Ledger.open(path, origin=ORIGIN, key=key(seed), clock=time or clock())


def draft(number: int, *, sealed: bytes | None = None) -> Draft:
    facts = {"extract": "incident-counts@1", "rows": number}
    return Draft("extract.read", actor="analyst-1", purpose="burglary-prevention", facts=facts, sealed=sealed)


def drafts(count: int, *, start: int = 0) -> list[Draft]:
    return [draft(number) for number in range(start, start + count)]


def witness(home: Path, log: Ledger, *, time: Clock | None = None) -> Cosigner:
    return Cosigner(home, WITNESS, (log.vkey,), time or clock())


def cosign(log: Ledger, *witnesses: Witness, quorum: int | None = None) -> Cosigned:
    """Have the present head cosigned as a house does."""
    return Witnesses(witnesses, quorum or len(witnesses)).cosign(log)


def cosigned(log: Ledger, by: Cosigner) -> WitnessedHead:
    """Have the present head cosigned in this process, without the cost of starting another."""
    note = log.checkpoint()
    last = log.newest_witnessed()
    old = last.size if last else 0
    line = by.add_checkpoint(Request(old, log.prove_consistency(old), note).body())
    return log.witnessed(note + line, witness=by.vkey)
