"""The door to governance's own business: who the people are, which charters stand, what the ledger proves.

Principals, charters and their approvals are governance's own tables: they are what the desk decides by, so
they cannot themselves be read through it. Every change to them is an act with its entry all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput, PeelianError, Refused
from peelian.domain.identity import uuid7
from peelian.domain.time import iso
from peelian.governance.act import authorise, carry_out, enter, refuse
from peelian.governance.charter import Charter, read_charter
from peelian.governance.chartered import (
    CONTEXT,
    Chartered,
    charter_path,
    charters,
    charters_in_force,
    local_day,
)
from peelian.governance.circumstances.departures import has_left
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.kinds import KINDS
from peelian.governance.people import people
from peelian.governance.principals import (
    Principal,
    Role,
    Signer,
    check_not_same_person,
    write_key,
)
from peelian.governance.prohibition.names import person_key
from peelian.governance.reconciled import Reconciled, hold_against_ledger
from peelian.storage.parts import write_durably
from peelian.storage.rows import ApprovalRow, CharterRow, PrincipalRow, Writes

__all__ = [
    "Receipt",
    "Reconciled",
    "approve_charter",
    "charter_of",
    "charters",
    "charters_in_force",
    "enrol",
    "hold_against_ledger",
    "people",
    "person_named",
    "receipt",
    "signer_for",
    "submit_charter",
]

PURPOSE = "governance"


def enrol(
    kit: Kit, *, actor: Signer | None, name: str, roles: Sequence[Role], keys: Path, demo: bool = False
) -> Signer:
    """Enrol a person with a fresh signing key in `keys`; the first of all enrols themselves as administrator.

    Whoever left may be enrolled again under their name, and is another principal then.
    """
    known, today = people(kit), local_day(kit)
    named = [person for person in known if person_key(person.name) == person_key(name)]
    if any(not has_left(kit, person.id, today=today) for person in named):
        raise BadInput(f"There is already a principal named like {name!r}; names are unique, choose another.")
    if actor is None and (known or Role.ADMINISTRATOR not in roles):
        raise BadInput("The first principal must be an administrator; say who enrols the others with --as.")
    key = Ed25519PrivateKey.generate()
    person = Principal(
        id=uuid7(clock=kit.clock, entropy=kit.entropy),
        name=name,
        roles=frozenset(roles),
        public_key=key.public_key().public_bytes_raw(),
        demo=demo,
    )
    signer = Signer(principal=person, key=key)
    standing = Standing(actor or signer, PURPOSE, "governance.people", None)
    decision = authorise(kit, standing, action="enroll", resource="principal")
    if actor is None:
        settings: Document = dict(vars(kit.store.workspace.settings))
        enter(kit, standing, "workspace.opened", decision=decision, facts={"settings": settings})
    write_key(keys / f"{person.id}.pem", key)
    row = PrincipalRow(person.id, person.name, canonical(person.document()).decode())
    facts: Document = {"principal": person.id, "roles": sorted(role.value for role in roles), "demo": demo}
    carry_out(
        kit, standing, "principal.enrolled", decision=decision, facts=facts, writes=Writes(principals=(row,))
    )
    return signer


def submit_charter(kit: Kit, *, actor: Signer, text: str) -> Charter:
    """Submit a charter: it is read strictly, kept under its digest, and waits for another person."""
    charter = read_charter(text, register=kit.register)
    known = [(row.charter_id, row.version) for row, _ in kit.store.charters()]
    if (charter.id, charter.version) in known:
        raise BadInput(
            f"Version {charter.version} of the charter {charter.id!r} was submitted before and cannot change; "
            "raise `version` in the file and submit that."
        )
    standing = Standing(actor, PURPOSE, "governance.charter", None)
    decision = authorise(kit, standing, action="submit", resource="charter")
    write_durably(charter_path(kit, charter.digest), text.encode())
    row = CharterRow(charter.digest, charter.id, charter.version, actor.principal.id)
    facts: Document = {"charter": charter.id, "version": charter.version, "digest": charter.digest}
    carry_out(
        kit, standing, "charter.submitted", decision=decision, facts=facts, writes=Writes(charters=(row,))
    )
    return charter


def approve_charter(kit: Kit, *, actor: Signer, charter_digest: str) -> Entry:
    """Approve a submitted charter with a signature; its author cannot, and nobody can twice."""
    found = charter_of(kit, charter_digest)
    if found.objection is not None:
        raise found.objection
    standing = Standing(actor, PURPOSE, "governance.charter", None)
    try:
        check_not_same_person(found.author, actor.principal)
    except Refused as refusal:
        refuse(kit, standing, refusal, facts={"author": found.author.id, "digest": charter_digest})
        raise
    if any(approval.person.id == actor.principal.id for approval in found.approvals):
        raise BadInput(
            f"{actor.principal.name} approved {found.charter} before; one approval each is enough."
        )
    decision = authorise(
        kit,
        standing,
        action="approve",
        resource="charter",
        case_facts={"self_approval": found.author.id == actor.principal.id},
    )
    signature = actor.sign({"digest": charter_digest}, context=CONTEXT)
    approval = ApprovalRow(charter_digest, actor.principal.id, signature.hex, at=iso(kit.clock.now()))
    charter = found.charter
    facts: Document = {"charter": charter.id, "version": charter.version, "digest": charter_digest}
    writes = Writes(approvals=(approval,))
    return carry_out(kit, standing, "charter.approved", decision=decision, facts=facts, writes=writes)


def charter_of(kit: Kit, charter_digest: str) -> Chartered:
    """Return the submitted charter with this digest."""
    found = next((each for each in charters(kit) if each.charter.digest == charter_digest), None)
    if found is None:
        raise BadInput(f"No submitted charter has the digest {charter_digest}; see `peelian charter list`.")
    return found


def person_named(kit: Kit, name: str) -> Principal:
    """Return the person of this name; of several enrolments, one after another, the last."""
    person = next((person for person in reversed(people(kit)) if person.name == name), None)
    if person is None:
        raise BadInput(f"Nobody named {name!r} is enrolled; see `peelian principal list`.")
    return person


def signer_for(person: Principal, key: Ed25519PrivateKey) -> Signer:
    """Return the signer of an enrolled person, refusing a key that is not theirs."""
    if person.public_key != key.public_key().public_bytes_raw():
        raise PeelianError(f"The key for {person.name!r} is not the one enrolled; ask the administrator.")
    return Signer(principal=person, key=key)


@dataclass(frozen=True)
class Receipt:
    """One entry as an outsider may see it; `proof` is its C2SP tlog-proof, None until a witness covers it."""

    index: int
    kind: str
    meaning: str
    time: datetime
    leaf_hash: str
    proof: str | None


def receipt(kit: Kit, index: int) -> Receipt:
    """Return the receipt of an entry that the caller's own act or disclosure made."""
    entry = kit.ledger.entry(index)
    covered = kit.ledger.first_witnessed(index) is not None
    return Receipt(
        index=index,
        kind=entry.kind,
        meaning=KINDS[entry.kind].meaning,
        time=entry.time,
        leaf_hash=entry.leaf_hash.hex(),
        proof=kit.ledger.receipt(index) if covered else None,
    )
