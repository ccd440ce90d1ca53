"""Recording who was trained for which role, and who belongs to which unit; nobody records their own.

A house in which nobody's training is in date can always be put right: whoever records training may do so with a role
that has run out, if a third person signs beside them. A role that is in date needs nobody beside it.
"""

from __future__ import annotations

from datetime import date, timedelta

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused
from peelian.governance.act import authorise, carry_out, refuse
from peelian.governance.chartered import local_day
from peelian.governance.circumstances.departures import require_enrolled
from peelian.governance.circumstances.own_records import new_record
from peelian.governance.circumstances.roles_today import POSTING, TRAINING
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.principals import Principal, Role, Signer, check_not_same_person
from peelian.storage.rows import Writes

PURPOSE, CAPABILITY = "governance", "governance.staff"
LONGEST = timedelta(days=366)
"""House rule: no training counts for longer, whatever its certificate says."""


def record_training(
    kit: Kit,
    *,
    actor: Signer,
    person: Principal,
    role: Role,
    course: str,
    until: date,
    beside: Signer | None = None,
) -> Entry:
    """Record that somebody was trained for a role; it is in date up to the day before `until`.

    `beside` signs it too: somebody enrolled who is neither `actor` nor `person`, in date or not. Without them it is
    refused where no role of the actor's is in date.
    """
    today = local_day(kit)
    if role not in person.roles:
        raise BadInput(f"{person.name} is not enrolled as {role}; training gives nobody a role.")
    if not today < until <= today + LONGEST:
        raise BadInput(f"Training lasts from tomorrow to {today + LONGEST} at most; {until} lies outside.")
    if not course.strip():
        raise BadInput("Name the course, so that an auditor can ask for its record.")
    body: Document = {"role": role, "course": course.strip(), "until": until.isoformat()}
    facts: Document = {"person": person.id, "role": role, "until": until.isoformat()}
    if beside is not None:
        signature = beside.sign({"person": person.id, **body}, context=TRAINING)
        body, facts = (
            {**body, "beside": beside.principal.id, "signature": signature.hex},
            {**facts, "beside": beside.principal.id},
        )
    return _record(kit, actor, (person, beside), "training.recorded", kind=TRAINING, body=body, facts=facts)


def post(kit: Kit, *, actor: Signer, person: Principal, unit: str) -> Entry:
    """Post somebody to a unit; from now on they belong to this one and no other."""
    if not unit.strip():
        raise BadInput(f"Name the unit that {person.name} belongs to.")
    body: Document = {"unit": unit.strip()}
    facts: Document = {"person": person.id}
    return _record(kit, actor, (person, None), "person.posted", kind=POSTING, body=body, facts=facts)


def _record(
    kit: Kit,
    actor: Signer,
    about: tuple[Principal, Signer | None],
    entry_kind: str,
    *,
    kind: str,
    body: Document,
    facts: Document,
) -> Entry:
    """Record something of the first of `about`, with the second, if anybody, signing beside the actor."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    person, beside = about
    for one in (person, *(() if beside is None else (beside.principal,))):
        require_enrolled(kit, one, today=local_day(kit))
    try:
        check_not_same_person(person, actor.principal)
        if beside is not None:
            check_not_same_person(actor.principal, beside.principal)
            check_not_same_person(person, beside.principal)
    except Refused as refusal:
        refuse(kit, standing, refusal, facts=facts)
        raise
    signed: Document = {"approved": beside is not None}
    decision = authorise(kit, standing, action="enroll", resource=kind, case_facts=signed)
    writes = Writes(records=(new_record(kit, kind, subject=person.id, body=body),))
    return carry_out(kit, standing, entry_kind, decision=decision, facts=facts, writes=writes)
