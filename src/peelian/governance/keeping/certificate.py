"""Certificates of erasure: entry, proof and witnessed checkpoint in one file that a stranger checks without us.

It says that an erasure happened, when, and how much was destroyed. It names nobody and nothing that was erased: a
sealed or expunged record must leave no mark by which it is known.
"""

from __future__ import annotations

from peelian.domain.canonical import Document, Json, canonical
from peelian.domain.errors import BadInput
from peelian.governance.act import authorise, enter
from peelian.governance.complete import carried_out
from peelian.governance.keeping.holds import CAPABILITY, PURPOSE
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.verify import CERTIFICATE, ERASURES, destroyed_by
from peelian.governance.principals import Signer

KIND = "erasure-certificate"


def certify(kit: Kit, *, actor: Signer, erasure: str) -> bytes:
    """Return the certificate of an erasure as a JSON file for `verify.py certificate`; that it is given is entered.

    Parameters
    ----------
    erasure : the id of an order or of an erasure, or the index of the ledger entry that erased.
    """
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="export", resource=KIND)
    if kit.witnesses is None:
        raise BadInput(
            "A certificate needs a witness, and this house has none; set PEELIAN_WITNESS to the folder of one."
        )
    found = _entries(kit, erasure)
    indices: list[Json] = [entry.index for entry in found]
    enter(kit, standing, "certificate.issued", decision=decision, facts={"of_entries": indices})
    kit.witnesses.cosign(kit.ledger)
    entries: list[Json] = [
        {"envelope": entry.envelope.decode(), "proof": kit.ledger.receipt(entry.index)} for entry in found
    ]
    counted: Document = dict(destroyed_by(dict(entry.facts) for entry in found))
    return canonical({"certificate": CERTIFICATE, "entries": entries, "destroyed": counted})


def _entries(kit: Kit, erasure: str) -> tuple[Entry, ...]:
    """Return the entries that carried an erasure out, oldest first."""
    done = (entry for entry in carried_out(tuple(kit.ledger.entries())) if entry.kind in ERASURES)
    found = tuple(
        entry
        for entry in done
        if erasure in (str(entry.index), entry.facts.get("erasure"), entry.facts.get("order"))
    )
    if not found:
        raise BadInput(
            f"Nothing was erased under {erasure!r}; give the id of an order, or the index of the entry that erased."
        )
    return found
