"""Who is enrolled, and whether a signature kept in the records is really theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from peelian.domain.canonical import Document, digest
from peelian.domain.errors import Refused, Tampered
from peelian.governance.kit import Kit
from peelian.governance.principals import Principal, Signature, check_not_same_person, check_signature
from peelian.storage.rows import ApprovalRow, PrincipalRow


def people(kit: Kit) -> tuple[Principal, ...]:
    """Return everybody enrolled, oldest first, refusing a row that is not what its ledger entry commits to."""
    return tuple(_enrolled(kit, row, index) for row, index in kit.store.principals())


def _enrolled(kit: Kit, row: PrincipalRow, entry_index: int) -> Principal:
    committed = kit.ledger.proven(entry_index).facts.get("principals")
    if committed != [[row.principal_id, digest(row.body.encode())]]:
        raise Tampered(
            f"The enrolment of {row.name!r} is not the one that ledger entry {entry_index} commits to; it was "
            "changed afterwards. Restore the records from a backup and tell the auditor."
        )
    return Principal.from_document(json.loads(row.body))


def person_of(kit: Kit, principal_id: str) -> Principal:
    """Return the enrolled person with this id, whom a record or an entry names."""
    found = kit.store.principal(principal_id)
    if found is None:
        raise Tampered(
            f"The principal {principal_id} is named by a record but not enrolled; where their departure is over, have "
            "it put forward again by somebody who is, else tell the auditor."
        )
    return _enrolled(kit, *found)


@dataclass(frozen=True)
class Approved:
    """One valid approval: who gave it, when and in which ledger entry, and the signature."""

    person: Principal
    at: datetime
    entry_index: int
    signature: str


def valid_approvals(
    kit: Kit, subject: str, *, document: Document, context: str, author: Principal | None
) -> tuple[Approved, ...]:
    """Return the approvals of a digest, refusing any that does not hold in every respect.

    The signature must be that person's over `document`, the ledger entry must be an approval made by the same
    person and name exactly this signature, and the person must not be the author of what is approved.
    """
    return tuple(
        _valid(kit, row, index, document=document, context=context, author=author)
        for row, index in kit.store.approvals(subject)
    )


def _valid(
    kit: Kit, row: ApprovalRow, index: int, *, document: Document, context: str, author: Principal | None
) -> Approved:
    person = person_of(kit, row.principal_id)
    check_signature(person, document, Signature(row.principal_id, row.signature), context=context)
    entry = kit.ledger.proven(index)
    listed = entry.facts.get("approvals")
    named = isinstance(listed, list) and [row.subject, row.principal_id, row.signature] in listed
    if not (entry.kind.endswith(".approved") and entry.actor == person.id and named):
        raise Tampered(
            f"The approval of {row.subject[:16]} by {person.name} is not the act of ledger entry {index}; it was "
            "written past the desk. Tell the auditor; it does not count."
        )
    try:
        if author is not None:
            check_not_same_person(author, person)
    except Refused as refusal:
        raise Tampered(
            f"An approval stands in the records that no one could have given: {refusal}"
        ) from refusal
    return Approved(person, entry.time, index, row.signature)
