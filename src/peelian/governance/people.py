"""Who is enrolled, and whether a signature kept in the records is really theirs."""

from __future__ import annotations

import json

from peelian.domain.canonical import Document, digest
from peelian.domain.errors import Tampered
from peelian.governance.kit import Kit
from peelian.governance.principals import Principal, Signature, check_signature
from peelian.storage.store import ApprovalRow, PrincipalRow


def people(kit: Kit) -> tuple[Principal, ...]:
    """Return everybody enrolled, oldest first, refusing a row that is not what its ledger entry commits to."""
    return tuple(_enrolled(kit, row, index) for row, index in kit.store.principals())


def _enrolled(kit: Kit, row: PrincipalRow, entry_index: int) -> Principal:
    committed = kit.ledger.entry(entry_index).facts.get("principals")
    if committed != [[row.principal_id, digest(row.body.encode())]]:
        raise Tampered(
            f"The enrolment of {row.name!r} is not the one that ledger entry {entry_index} commits to; it was "
            "changed afterwards. Restore the records from a backup and tell the auditor."
        )
    return Principal.from_document(json.loads(row.body))


def person_of(kit: Kit, principal_id: str) -> Principal:
    """Return the enrolled person with this id, whom a record or an entry names."""
    found = next((person for person in people(kit) if person.id == principal_id), None)
    if found is None:
        raise Tampered(
            f"The principal {principal_id} is named by a record but not enrolled; tell the auditor."
        )
    return found


def checked_approval(kit: Kit, row: ApprovalRow, *, document: Document, context: str) -> Principal:
    """Return who approved, after checking the signature over `document` again."""
    person = person_of(kit, row.principal_id)
    check_signature(person, document, Signature(row.principal_id, row.signature), context=context)
    return person
