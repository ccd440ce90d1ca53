"""Recording who was trained for which role, and who belongs to which unit; nobody records their own."""

from __future__ import annotations

from datetime import date, timedelta

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused
from peelian.governance.act import authorise, carry_out, refuse
from peelian.governance.chartered import local_day
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
    kit: Kit, *, actor: Signer, person: Principal, role: Role, course: str, until: date
) -> Entry:
    """Record that somebody was trained for a role; it is in date up to the day before `until`."""
    today = local_day(kit)
    if role not in person.roles:
        raise BadInput(f"{person.name} is not enrolled as {role}; training gives nobody a role.")
    if not today < until <= today + LONGEST:
        raise BadInput(f"Training lasts from tomorrow to {today + LONGEST} at most; {until} lies outside.")
    if not course.strip():
        raise BadInput("Name the course, so that an auditor can ask for its record.")
    body: Document = {"role": role, "course": course.strip(), "until": until.isoformat()}
    facts: Document = {"person": person.id, "role": role, "until": until.isoformat()}
    return _record(kit, actor, person, "training.recorded", kind=TRAINING, body=body, facts=facts)


def post(kit: Kit, *, actor: Signer, person: Principal, unit: str) -> Entry:
    """Post somebody to a unit; from now on they belong to this one and no other."""
    if not unit.strip():
        raise BadInput(f"Name the unit that {person.name} belongs to.")
    body: Document = {"unit": unit.strip()}
    return _record(kit, actor, person, "person.posted", kind=POSTING, body=body, facts={"person": person.id})


def _record(
    kit: Kit, actor: Signer, person: Principal, entry_kind: str, *, kind: str, body: Document, facts: Document
) -> Entry:
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    try:
        check_not_same_person(person, actor.principal)
    except Refused as refusal:
        refuse(kit, standing, refusal, facts=facts)
        raise
    decision = authorise(kit, standing, action="enroll", resource=kind)
    writes = Writes(records=(new_record(kit, kind, subject=person.id, body=body),))
    return carry_out(kit, standing, entry_kind, decision=decision, facts=facts, writes=writes)
