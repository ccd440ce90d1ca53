"""Proofs that travel with a published file: the ledger entry it stands on, and its receipt.

Whoever has the file and the log's public key can check them, and so can a house rebuilt from a backup, whose own
ledger has forgotten the entry. The receipt's head ends with the entry and bears the log's signature only, so that a
file can be written again byte for byte.
"""

from __future__ import annotations

from peelian.domain.canonical import Document
from peelian.domain.errors import Tampered
from peelian.domain.section import Section
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.note import proving
from peelian.governance.ledger.verify import Receipt, Vkey, verify_receipt


def proof_of(ledger: Ledger, index: int) -> Document:
    """Return the proof of an entry: its envelope, and its receipt (C2SP tlog-proof)."""
    return {"entry": ledger.entry(index).envelope.decode(), "receipt": ledger.receipt_at_once(index)}


def entry_proven(proof: object, *, log: Vkey) -> Entry:
    """Return the entry that a proof shows to have stood in the ledger of `log`.

    Raises `BadInput` for what is no proof, `Tampered` for one that proves nothing.
    """
    with Section(proof, where="the proof of a ledger entry") as section:
        envelope, receipt_text = section.take("entry", str), section.take("receipt", str)
    entry = Entry.read(envelope.encode())
    with proving():
        receipt = Receipt.parse(receipt_text)
        verify_receipt(receipt, leaf=entry.leaf_hash, log=log)
    if receipt.index != entry.index:
        raise Tampered(f"The receipt of entry {receipt.index} came with entry {entry.index}.")
    return entry
