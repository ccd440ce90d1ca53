"""Who is enrolled, and whether a signature kept in the records is really theirs."""

from __future__ import annotations

import json

from peelian.domain.canonical import Document
from peelian.domain.errors import Tampered
from peelian.governance.kit import Kit
from peelian.governance.principals import Principal, Signature, verify
from peelian.storage.store import ApprovalRow


def people(kit: Kit) -> tuple[Principal, ...]:
    """Return everybody enrolled, oldest first."""
    return tuple(Principal.from_document(json.loads(row.body)) for row in kit.store.principals())


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
    if not verify(person, document, Signature(person.id, row.signature), context=context):
        raise Tampered(
            f"The approval of {row.subject} by {person.name} bears a signature that is not theirs."
        )
    return person
