"""What takes two people: one puts it forward with a reason, another signs that it is so, and only then it holds.

For: lifting a stop, restoring a suspended capability. The one who proposed and the one who approves must be two
persons as far as can be seen, both with roles that are in date when they act.
"""

from __future__ import annotations

from dataclasses import dataclass

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused
from peelian.domain.time import iso
from peelian.governance.act import authorise, carry_out, refuse
from peelian.governance.circumstances.countersigned import context_of, what_is_signed
from peelian.governance.circumstances.own_records import OwnRecord, new_record, own_records
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.people import person_of
from peelian.governance.principals import Signer, check_not_same_person
from peelian.storage.rows import ApprovalRow, Writes

PURPOSE = "governance"
PROPOSED, APPROVED = "proposed", "approved"


@dataclass(frozen=True)
class Matter:
    """What is decided by two people: how its record, its entries and its rights are called.

    Parameters
    ----------
    kind : the data kind of its records, which is also what the policy is asked about.
    capability : the register's capability that covers it.
    entries : the entry kind of proposing and of approving, in this order.
    """

    kind: str
    capability: str
    entries: tuple[str, str]


def propose(
    kit: Kit, matter: Matter, *, actor: Signer, subject: str, said: Document, facts: Document | None = None
) -> Entry:
    """Put something about `subject` forward; `said` is what the other person will sign, `facts` what is entered."""
    standing = Standing(actor, PURPOSE, matter.capability, None)
    decision = authorise(kit, standing, action="submit", resource=matter.kind)
    body: Document = {"state": PROPOSED, **said}
    facts = {**(facts or {}), matter.kind: subject}
    writes = Writes(records=(new_record(kit, matter.kind, subject=subject, body=body),))
    return carry_out(kit, standing, matter.entries[0], decision=decision, facts=facts, writes=writes)


def approve(kit: Kit, matter: Matter, *, actor: Signer, subject: str, facts: Document | None = None) -> Entry:
    """Approve with a signature what another person last put forward about `subject`; `facts` are entered with it."""
    proposal = open_proposal(kit, matter, subject=subject)
    author = person_of(kit, proposal.actor)
    standing = Standing(actor, PURPOSE, matter.capability, None)
    facts = {**(facts or {}), matter.kind: subject, "proposal": proposal.record_id}
    try:
        check_not_same_person(author, actor.principal)
    except Refused as refusal:
        refuse(kit, standing, refusal, facts={**facts, "author": author.id})
        raise
    own: Document = {"self_approval": author.id == actor.principal.id}
    decision = authorise(kit, standing, action="approve", resource=matter.kind, case_facts=own)
    signature = actor.sign(what_is_signed(dict(proposal.body)), context=context_of(matter.kind))
    row = ApprovalRow(proposal.record_id, actor.principal.id, signature.hex, at=iso(kit.clock.now()))
    body: Document = {**proposal.body, "state": APPROVED, "proposal": proposal.record_id}
    writes = Writes(records=(new_record(kit, matter.kind, subject=subject, body=body),), approvals=(row,))
    return carry_out(kit, standing, matter.entries[1], decision=decision, facts=facts, writes=writes)


def open_proposal(kit: Kit, matter: Matter, *, subject: str) -> OwnRecord:
    """Return what was last put forward about a subject, where nothing was decided about it since."""
    found = own_records(kit, matter.kind, subject=subject)
    if not found or found[-1].body["state"] != PROPOSED:
        when = f"since ledger entry {found[-1].entry_index} decided about it" if found else "yet"
        raise BadInput(
            f"Nobody has put forward anything about this {matter.kind} {when}; somebody must, and then another person "
            "approves it."
        )
    return found[-1]
