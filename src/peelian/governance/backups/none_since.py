"""Where no list of erasures can be had: two people state that nothing was erased since a backup.

An administrator, who keeps the machine and its backups, states it and says how it is known; an approver, who carries
out erasures, looks at it and approves it by its digest. Until both have, the restored workspace stays shut. Both names
are in the ledger.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput, Refused
from peelian.domain.identity import uuid7
from peelian.domain.time import iso
from peelian.governance.act import ERASURE_STATEMENT, authorise, carry_out, enter, refuse
from peelian.governance.backups.backup import CAPABILITY, PURPOSE, open_for_work, require_awaiting
from peelian.governance.committed import committed_record
from peelian.governance.house import House
from peelian.governance.kit import Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.people import person_of, valid_approvals
from peelian.governance.principals import Principal, Signature, Signer, check_not_same_person, check_signature
from peelian.governance.service import hold_against_ledger
from peelian.storage.rows import ApprovalRow, Record, Writes

CONTEXT = "no-erasure-since-backup"


def state_none_since(house: House, *, actor: Signer, why: str) -> str:
    """Enter a person's signed statement that nothing was erased since the backup, and return its id."""
    kit, waiting = house.kit, require_awaiting(house)
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="submit", resource=ERASURE_STATEMENT)
    hold_against_ledger(kit)
    if not 10 <= len(why.strip()) <= 500:
        raise BadInput(
            "Say in 10 to 500 characters how it is known that nothing was erased since the backup."
        )
    said: Document = {"restored": waiting.backup_id, "why": why.strip()}
    signature = actor.sign(said, context=CONTEXT)
    statement_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    body = canonical({**said, "stated_by": signature.principal_id, "signature": signature.hex}).decode()
    days = timedelta(days=kit.register.data_kind(ERASURE_STATEMENT).retention_days_max)
    until = iso(kit.clock.now() + days)
    record = Record(statement_id, ERASURE_STATEMENT, waiting.backup_id, body, keep_until=until)
    facts: Document = {**said, "statement": statement_id}
    writes = Writes(records=(record,))
    carry_out(kit, standing, "statement.made", decision=decision, facts=facts, writes=writes)
    return statement_id


@dataclass(frozen=True)
class StatedNone:
    """A statement that waits for another person: `digest`, over all of it, is what is approved."""

    statement_id: str
    digest: str
    stated_by: str
    at: datetime
    restored: str
    backup_at: datetime
    why: str


def stated_none_since(house: House, *, actor: Signer) -> tuple[StatedNone, ...]:
    """Return what was stated about the backup this workspace was restored from; that it was read is entered."""
    kit, waiting = house.kit, require_awaiting(house)
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="read", resource=ERASURE_STATEMENT)
    backup_at = kit.ledger.entry(waiting.ledger_size - 1).time
    shown = []
    for record, index in kit.store.records(ERASURE_STATEMENT, subject=waiting.backup_id):
        made, why = committed_record(kit, record, index), json.loads(record.body)["why"]
        facts: Document = {"kind": ERASURE_STATEMENT, "record": record.record_id, "of_entry": index}
        enter(kit, standing, "record.read", decision=decision, facts=facts)
        name = person_of(kit, made.actor).name
        subject = digest(record.body.encode())
        shown.append(
            StatedNone(record.record_id, subject, name, made.time, waiting.backup_id, backup_at, why)
        )
    return tuple(shown)


def approve_none_since(house: House, *, actor: Signer, statement_digest: str) -> Entry:
    """Approve with a signature what another person stated, and open the workspace for work.

    `statement_digest` is that of `stated_none_since`. It can be called again where it was cut off between the two.
    """
    kit, waiting = house.kit, require_awaiting(house)
    statement_id, author, statement = _statement(house, statement_digest, backup_id=waiting.backup_id)
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    facts: Document = {"restored": waiting.backup_id, "statement": statement_id}
    try:
        check_not_same_person(author, actor.principal)
    except Refused as refusal:
        refuse(kit, standing, refusal, facts={**facts, "author": author.id})
        raise
    own: Document = {"self_approval": author.id == actor.principal.id}
    decision = authorise(kit, standing, action="approve", resource=ERASURE_STATEMENT, case_facts=own)
    hold_against_ledger(kit)
    given = valid_approvals(kit, statement_id, document=statement, context=CONTEXT, author=author)
    if actor.principal.id not in {approval.person.id for approval in given}:
        signature = actor.sign(statement, context=CONTEXT)
        approval = ApprovalRow(statement_id, actor.principal.id, signature.hex, at=iso(kit.clock.now()))
        writes = Writes(approvals=(approval,))
        carry_out(kit, standing, "statement.approved", decision=decision, facts=facts, writes=writes)
    return open_for_work(house, facts=facts)


def _statement(house: House, statement_digest: str, *, backup_id: str) -> tuple[str, Principal, Document]:
    """Return a statement about this backup: its id, who made it, and its whole body, which is what is approved."""
    for record, index in house.kit.store.records(ERASURE_STATEMENT, subject=backup_id):
        if digest(record.body.encode()) == statement_digest:
            author = person_of(house.kit, committed_record(house.kit, record, index).actor)
            body = json.loads(record.body)
            said: Document = {"restored": backup_id, "why": body["why"]}
            signature = Signature(body["stated_by"], body["signature"])
            check_signature(author, said, signature, context=CONTEXT)
            return record.record_id, author, body
    raise BadInput(
        f"Nobody made a statement with the digest {statement_digest} about the backup {backup_id} that this workspace "
        "was restored from; see `peelian backup stated`."
    )
