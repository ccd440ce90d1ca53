"""Whether a second person's signature stands under what two people decided; without it nothing is given back.

For: lifting a stop, restoring a capability, another set of witnesses. They are put forward and approved in
stopping/two_people.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import Tampered
from peelian.governance.circumstances.own_records import OwnRecord, own_records
from peelian.governance.kit import Kit
from peelian.governance.people import person_of, valid_approvals


def countersigned(record: OwnRecord, kit: Kit) -> OwnRecord:
    """Return an approved record, refusing one whose proposal nobody signed in the very act that made it.

    A proposal whose term is over took its signatures with it; what is left then is the record as its entry names it.
    """
    signed = kit.remembered.recall(
        f"countersigned {record.record_id}",
        stamp=kit.store.newest_act(),
        read=lambda: _stands(kit, record),
    )
    if not signed:
        raise Tampered(
            f"What ledger entry {record.entry_index} says two people decided was signed by no second person; it was "
            "written past the desk. Tell the auditor; it does not count."
        )
    return record


def what_is_signed(proposed: Document) -> Document:
    """Return what the second person signs: the digest of all that was put forward."""
    return {"proposal": digest(canonical(proposed))}


def context_of(kind: str) -> str:
    """Return what a signature under a proposal of this kind is for."""
    return f"{kind}-approval"


def _stands(kit: Kit, record: OwnRecord) -> bool:
    named, proposed_at = record.body.get("proposal"), record.body.get("at")
    proposal = next((each for each in own_records(kit, record.kind) if each.record_id == named), None)
    if proposal is None:
        days = timedelta(days=kit.register.data_kind(record.kind).retention_days_max)
        return proposed_at is not None and datetime.fromisoformat(proposed_at) + days <= kit.clock.now()
    given = valid_approvals(
        kit,
        proposal.record_id,
        document=what_is_signed(dict(proposal.body)),
        context=context_of(record.kind),
        author=None if kit.store.principal(proposal.actor) is None else person_of(kit, proposal.actor),
    )
    return [(each.person.id, each.entry_index) for each in given] == [(record.actor, record.entry_index)]
