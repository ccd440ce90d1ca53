"""Break-glass: another role for a few hours, announced to the oversight body at once and reviewed afterwards.

The announcement is an entry and a file in `reports/`, both there before the role holds. An auditor reviews it; where
none has within 72 hours it is escalated, and whoever used it is frozen until one does (requirement S05).
"""

from __future__ import annotations

from datetime import timedelta

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput, Refused
from peelian.domain.time import iso
from peelian.governance.act import authorise, carry_out, carry_out_as_house, enter, refuse
from peelian.governance.circumstances.elevations import (
    ESCALATED,
    KIND,
    OPENED,
    REVIEWED,
    Elevation,
    elevations,
)
from peelian.governance.circumstances.own_records import new_record, own_records
from peelian.governance.keeping.written import note_written
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.people import person_of
from peelian.governance.principals import Role, Signer, check_not_same_person, check_roles
from peelian.governance.reasons import reason_named
from peelian.governance.wording import check_note
from peelian.storage.parts import write_durably
from peelian.storage.rows import Writes

PURPOSE, CAPABILITY = "governance", "governance.break-glass"
LONGEST_HOURS = 4
OUTCOMES = ("justified", "unjustified")


def break_glass(kit: Kit, *, actor: Signer, role: Role, hours: int, reason: str, note: str) -> Entry:
    """Take another role for some hours; nobody gains one that their own role excludes, or while a review is overdue."""
    now, person = kit.clock.now(), actor.principal
    if not 1 <= hours <= LONGEST_HOURS:
        raise BadInput(f"Break-glass lasts 1 to {LONGEST_HOURS} hours; {hours} is not possible.")
    if role in person.roles:
        raise BadInput(f"{person.name} is {role} already; there is no glass to break.")
    earlier = [record.body["note"] for record in own_records(kit, KIND) if record.body["state"] == OPENED]
    check_note(note, where="the note", earlier=earlier)
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    facts: Document = {"person": person.id, "role": role, "reason": reason_named(reason).code, "hours": hours}
    try:
        check_roles(person.roles | {role})
        _require_reviewed(kit, role)
    except Refused as refusal:
        refuse(kit, standing, refusal, facts=facts)
        raise
    decision = authorise(kit, standing, action="submit", resource=KIND)
    ends = now + timedelta(hours=hours)
    body: Document = {**facts, "state": OPENED, "note": note, "begun": iso(now), "ends": iso(ends)}
    record = new_record(kit, KIND, subject=person.id, body=body)
    notice = kit.store.workspace.folder("reports") / f"oversight-{record.record_id}.json"
    write_durably(notice, canonical({**body, "elevation": record.record_id, "for": "the oversight body"}))
    writes = Writes(records=(record,))
    entry = carry_out(kit, standing, "glass.broken", decision=decision, facts=facts, writes=writes)
    note_written(kit, notice, of=record.record_id)
    return entry


def review_elevation(kit: Kit, *, actor: Signer, elevation_id: str, outcome: str, note: str) -> Entry:
    """Say, as an auditor and another person, whether an elevation was justified; it ends with the review."""
    found = next((each for each in elevations(kit) if each.elevation_id == elevation_id), None)
    if found is None or found.outcome is not None:
        raise BadInput(f"No elevation {elevation_id} waits for review; see `peelian break-glass list`.")
    if outcome not in OUTCOMES:
        raise BadInput(f"An elevation was {' or '.join(OUTCOMES)}; {outcome!r} is neither.")
    check_note(note, where="the note")
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    facts: Document = {"elevation": elevation_id, "outcome": outcome, "of_entry": found.entry_index}
    try:
        check_not_same_person(person_of(kit, found.person_id), actor.principal)
    except Refused as refusal:
        refuse(kit, standing, refusal, facts=facts)
        raise
    decision = authorise(kit, standing, action="audit", resource=KIND)
    body: Document = {**facts, "state": REVIEWED, "note": note}
    writes = Writes(records=(new_record(kit, KIND, subject=found.person_id, body=body),))
    return carry_out(kit, standing, "glass.reviewed", decision=decision, facts=facts, writes=writes)


def escalate(kit: Kit) -> tuple[Entry, ...]:
    """Enter each elevation whose review is overdue, once; the house does so whenever it is opened."""
    now = kit.clock.now()
    late = [each for each in elevations(kit) if each.overdue(at=now) and not each.escalated]
    return tuple(_escalate(kit, each) for each in late)


def read_elevations(kit: Kit, *, actor: Signer) -> tuple[Elevation, ...]:
    """Return every elevation to an auditor; that they looked is entered first."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="read", resource=KIND)
    found = elevations(kit)
    enter(kit, standing, "record.read", decision=decision, facts={"kind": KIND, "records": len(found)})
    return found


def _require_reviewed(kit: Kit, role: Role) -> None:
    now = kit.clock.now()
    if any(each.role is role and each.overdue(at=now) for each in elevations(kit)):
        raise Refused(
            f"An earlier elevation to {role} was not reviewed within 72 hours, so nobody takes it this way.",
            rule="break-glass-unreviewed",
            citation="house rule, requirement S05: break-glass is reviewed afterwards",
            remedy="Ask the auditor to review it with `peelian break-glass review`.",
        )


def _escalate(kit: Kit, found: Elevation) -> Entry:
    facts: Document = {"elevation": found.elevation_id, "person": found.person_id, "role": found.role}
    body: Document = {**facts, "state": ESCALATED}
    writes = Writes(records=(new_record(kit, KIND, subject=found.person_id, body=body),))
    return carry_out_as_house(kit, "glass.escalated", rule="review-overdue", facts=facts, writes=writes)
