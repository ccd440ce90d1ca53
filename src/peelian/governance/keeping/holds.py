"""Legal holds: what an authority has ordered to be kept is not destroyed while the order stands.

One person sets a hold, naming the authority and the day it ends; another approves it within three days, or it lapses.
It works from the moment it is set, for what is destroyed meanwhile cannot be kept any more. It can be lifted early by
another person than the one who set it. It never outlives its day: nobody need do anything for that.

The three days, the two people and the longest term are the house's own rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput, Refused
from peelian.domain.identity import uuid7
from peelian.domain.time import iso, utc
from peelian.governance.act import HOLD, authorise, carry_out, enter, refuse
from peelian.governance.committed import committed_record
from peelian.governance.keeping.hold_scope import Scope, scope_from_document
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.people import person_of, valid_approvals
from peelian.governance.policy import Decision
from peelian.governance.principals import Principal, Signer, check_not_same_person
from peelian.storage.rows import ApprovalRow, Record, Writes

PURPOSE, CAPABILITY = "governance", "governance.retention"
CONTEXT = "legal-hold"
UNAPPROVED = timedelta(hours=72)
LONGEST = timedelta(days=731)
_SET, RESTORED = "set", "restored"
"""What the records of holds are about: one set here, or one taken over into a copy; what lifts one, about its id."""


@dataclass(frozen=True)
class Hold:
    """One hold as it stands in the ledger; `ends` is the instant it ends at the latest, lifted or not.

    `record_id` is the record that says so: the hold's own, or in a restored copy the one it was taken over by.
    """

    hold_id: str
    record_id: str
    scope: Scope
    authority: str
    why: str
    ends: datetime
    set_by: Principal
    set_at: datetime
    entry_index: int
    approved_by: str | None
    lifted_at: datetime | None

    def in_force(self, *, at: datetime) -> bool:
        """Return whether it keeps anything at that instant."""
        ends = self.ends if self.approved_by else min(self.ends, self.set_at + UNAPPROVED)
        return at < ends and (self.lifted_at is None or at < self.lifted_at)

    def document(self) -> Document:
        """Return the hold as it is carried from one copy of the house to another."""
        return {
            "hold": self.hold_id,
            "scope": self.scope.document(),
            "authority": self.authority,
            "why": self.why,
            "ends": iso(self.ends),
            "set_by": self.set_by.document(),
            "set_at": iso(self.set_at),
            "entry": self.entry_index,
            "approved_by": self.approved_by,
            "lifted_at": None if self.lifted_at is None else iso(self.lifted_at),
        }

    @classmethod
    def from_document(cls, body: Mapping[str, Any], *, record_id: str) -> Hold:
        """Read what `document` wrote; the person who set it may not be enrolled here."""
        lifted = body["lifted_at"]
        return cls(
            hold_id=body["hold"],
            record_id=record_id,
            scope=scope_from_document(body["scope"]),
            authority=body["authority"],
            why=body["why"],
            ends=datetime.fromisoformat(body["ends"]),
            set_by=Principal.from_document(body["set_by"]),
            set_at=datetime.fromisoformat(body["set_at"]),
            entry_index=body["entry"],
            approved_by=body["approved_by"],
            lifted_at=None if lifted is None else datetime.fromisoformat(lifted),
        )

    def state(self, *, at: datetime) -> str:
        """Return in a word how it stands."""
        if self.lifted_at is not None and self.lifted_at <= at:
            return "lifted"
        if not self.in_force(at=at):
            return "ended" if at >= self.ends else "lapsed, for nobody approved it"
        return "in force" if self.approved_by else "in force, not approved yet"


def set_hold(kit: Kit, *, actor: Signer, scope: Scope, authority: str, why: str, ends: datetime) -> Hold:
    """Enter a hold, which works at once; another person must approve it within three days.

    Parameters
    ----------
    authority : who ordered it, with the file number of the order; no names of persons concerned.
    ends : the instant until which it holds, at most two years ahead.
    """
    standing = Standing(actor, PURPOSE, CAPABILITY, None, reason="erasure-or-correction")
    decision = authorise(kit, standing, action="submit", resource=HOLD)
    now, ends = kit.clock.now(), utc(ends)
    for name, text in (("authority", authority), ("reason", why)):
        if not 5 <= len(text.strip()) <= 300:
            raise BadInput(f"Give the {name} of the hold in 5 to 300 characters.")
    if not now < ends <= now + LONGEST:
        raise BadInput(
            f"A hold ends after now and within {LONGEST.days} days; {iso(ends)} does not. Set another one when it ends."
        )
    hold_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    said: Document = {
        "scope": scope.document(),
        "authority": authority.strip(),
        "why": why.strip(),
        "ends": iso(ends),
    }
    facts: Document = {"hold": hold_id, "ends": iso(ends)}
    _keep(kit, standing, "hold.set", decision=decision, facts=facts, about=_SET, body=said, ends=ends)
    return hold_with_id(kit, hold_id)


def approve_hold(kit: Kit, *, actor: Signer, hold_id: str) -> Entry:
    """Approve, with a signature over its words, a hold that another person set."""
    hold, standing, decision = _decided(kit, actor, hold_id)
    if hold.approved_by is not None:
        raise BadInput(
            f"The hold {hold_id} was approved before by {hold.approved_by}; one approval is enough."
        )
    body = _body(kit, hold)
    signature = actor.sign(body, context=CONTEXT)
    approval = ApprovalRow(hold.record_id, actor.principal.id, signature.hex, at=iso(kit.clock.now()))
    facts: Document = {"hold": hold_id}
    writes = Writes(approvals=(approval,))
    return carry_out(kit, standing, "hold.approved", decision=decision, facts=facts, writes=writes)


def lift_hold(kit: Kit, *, actor: Signer, hold_id: str, why: str) -> Entry:
    """Lift a hold that another person set; what it kept and is over is destroyed at the next sweep."""
    hold, standing, decision = _decided(kit, actor, hold_id)
    if not 5 <= len(why.strip()) <= 300:
        raise BadInput("Say in 5 to 300 characters why the hold is lifted.")
    facts: Document = {"hold": hold_id}
    body: Document = {"lifts": hold_id, "why": why.strip()}
    return _keep(
        kit, standing, "hold.lifted", decision=decision, facts=facts, about=hold_id, body=body, ends=hold.ends
    )


def list_holds(kit: Kit, *, actor: Signer) -> tuple[Hold, ...]:
    """Return every hold on record, oldest first; that each was read is entered."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None, reason="erasure-or-correction")
    decision = authorise(kit, standing, action="read", resource=HOLD)
    found = holds(kit)
    for hold in found:
        facts: Document = {"kind": HOLD, "record": hold.hold_id, "of_entry": hold.entry_index}
        enter(kit, standing, "record.read", decision=decision, facts=facts)
    if not found:
        enter(kit, standing, "record.read", decision=decision, facts={"kind": HOLD, "record": None})
    return found


def holds(kit: Kit) -> tuple[Hold, ...]:
    """Return every hold on record, each held against the ledger (governance's own table)."""
    found = [_hold(kit, *each) for each in kit.store.records(HOLD, subject=_SET)]
    found += [_taken_over(kit, *each) for each in kit.store.records(HOLD, subject=RESTORED)]
    return tuple({hold.hold_id: hold for hold in found}.values())


def holds_in_force(kit: Kit, *, at: datetime) -> tuple[Hold, ...]:
    """Return the holds that keep something at an instant."""
    return tuple(hold for hold in holds(kit) if hold.in_force(at=at))


def hold_with_id(kit: Kit, hold_id: str) -> Hold:
    """Return one hold on record."""
    found = next((hold for hold in holds(kit) if hold.hold_id == hold_id), None)
    if found is None:
        raise BadInput(f"There is no hold {hold_id}; see `peelian hold list`.")
    return found


def _decided(kit: Kit, actor: Signer, hold_id: str) -> tuple[Hold, Standing, Decision]:
    """Return a hold that still works, and the decision that this person, who did not set it, may act on it."""
    hold = hold_with_id(kit, hold_id)
    standing = Standing(actor, PURPOSE, CAPABILITY, None, reason="erasure-or-correction")
    try:
        check_not_same_person(hold.set_by, actor.principal)
    except Refused as refusal:
        refuse(kit, standing, refusal, facts={"hold": hold_id, "author": hold.set_by.id})
        raise
    own: Document = {"self_approval": hold.set_by.id == actor.principal.id}
    decision = authorise(kit, standing, action="approve", resource=HOLD, case_facts=own)
    if not hold.in_force(at=kit.clock.now()):
        raise BadInput(
            f"The hold {hold_id} is {hold.state(at=kit.clock.now())}; set another one if it is needed."
        )
    return hold, standing, decision


def _keep(
    kit: Kit,
    standing: Standing,
    kind: str,
    *,
    decision: Decision,
    facts: Mapping[str, Any],
    about: str,
    body: Document,
    ends: datetime,
) -> Entry:
    """Carry out an act that leaves one record; its own term begins when the hold ends."""
    fresh = uuid7(clock=kit.clock, entropy=kit.entropy)
    record_id = str(facts["hold"]) if about == _SET else fresh
    days = timedelta(days=kit.register.data_kind(HOLD).retention_days_max)
    record = Record(record_id, HOLD, about, canonical(body).decode(), keep_until=iso(ends + days))
    writes = Writes(records=(record,))
    return carry_out(kit, standing, kind, decision=decision, facts=dict(facts), writes=writes)


def _hold(kit: Kit, record: Record, index: int) -> Hold:
    entry = committed_record(kit, record, index)
    body = json.loads(record.body)
    author = person_of(kit, entry.actor)
    given = valid_approvals(kit, record.record_id, document=body, context=CONTEXT, author=author)
    return Hold(
        hold_id=record.record_id,
        record_id=record.record_id,
        scope=scope_from_document(body["scope"]),
        authority=body["authority"],
        why=body["why"],
        ends=datetime.fromisoformat(body["ends"]),
        set_by=author,
        set_at=entry.time,
        entry_index=index,
        approved_by=given[0].person.name if given else None,
        lifted_at=_lifted_at(kit, record.record_id),
    )


def _taken_over(kit: Kit, record: Record, index: int) -> Hold:
    """Return a hold that a restored copy took over, with what was approved and lifted here since."""
    committed_record(kit, record, index)
    body = json.loads(record.body)
    listed = Hold.from_document(body, record_id=record.record_id)
    given = valid_approvals(kit, record.record_id, document=body, context=CONTEXT, author=listed.set_by)
    return replace(
        listed,
        approved_by=listed.approved_by or (given[0].person.name if given else None),
        lifted_at=listed.lifted_at or _lifted_at(kit, listed.hold_id),
    )


def _lifted_at(kit: Kit, hold_id: str) -> datetime | None:
    lifts = (committed_record(kit, *each).time for each in kit.store.records(HOLD, subject=hold_id))
    return min(lifts, default=None)


def _body(kit: Kit, hold: Hold) -> Document:
    ((record, _),) = kit.store.records(HOLD, record_id=hold.record_id)
    body: Document = json.loads(record.body)
    return body
