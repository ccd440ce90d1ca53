"""Leave to identify persons: asked for by one person, decided by an authority, entered by another person.

A request says through which capability, for which purpose and in which case, and why. A prior one waits for the
decision; with any other the use begins, and its clock runs. An urgent one is told to the oversight body at once, by the
entry and by a file in `reports/`. For the law and the states see `authorisation.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput, Refused
from peelian.domain.identity import uuid7
from peelian.domain.time import iso, utc
from peelian.governance.act import authorise, carry_out, enter, refuse
from peelian.governance.authorisation import DECIDABLE, TERM_OF, Authorisation, Route, State
from peelian.governance.chartered import charters_in_force
from peelian.governance.circumstances.authorisation_records import (
    KIND,
    REQUESTED,
    RULED,
    authorisation_named,
    authorisations,
)
from peelian.governance.circumstances.found import case_book
from peelian.governance.circumstances.own_records import new_record
from peelian.governance.clocks import elapsed, term
from peelian.governance.keeping.stopped_uses import destroy_stopped
from peelian.governance.kit import Kit, Standing
from peelian.governance.people import person_of
from peelian.governance.principals import Signer, check_not_same_person
from peelian.governance.unauthorised import ABOUT
from peelian.governance.wording import check_note
from peelian.storage.parts import write_durably
from peelian.storage.rows import Writes

PURPOSE, CAPABILITY = "governance", "governance.authorisation"
LONGEST = timedelta(days=92)
"""House rule: no authorisation is relied on for longer than a quarter, whatever it says; then another is asked for."""


@dataclass(frozen=True)
class NewRequest:
    """What is asked for: leave to identify persons through one capability, for one purpose, in one case."""

    route: Route
    capability: str
    purpose: str
    case: str
    why: str


@dataclass(frozen=True)
class Decided:
    """What an authority decided: `until` is the first instant at which it is over; None where it was refused."""

    granted: bool
    authority: str
    reference: str
    until: datetime | None = None


def request_authorisation(kit: Kit, *, actor: Signer, new: NewRequest) -> Authorisation:
    """Ask for leave to identify persons; but on the prior route the use may begin when this returns."""
    _check_request(kit, new)
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="submit", resource=KIND)
    authorisation_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    within = TERM_OF.get(new.route)
    due = None if within is None else iso(elapsed(term(within), start=kit.clock.now()))
    body: Document = {
        "state": REQUESTED,
        "route": new.route,
        "capability": new.capability,
        "purpose": new.purpose,
        "case": new.case,
        "why": new.why,
        "due": due,
    }
    if new.route is Route.URGENT:
        _tell_oversight(kit, authorisation_id, by=actor.principal.id, body=body)
    facts: Document = {
        ABOUT: authorisation_id,
        "route": new.route,
        "capability": new.capability,
        "for": new.purpose,
        "case": case_book(kit).tag(new.case),
        "due": due,
    }
    writes = Writes(records=(new_record(kit, KIND, subject=authorisation_id, body=body),))
    carry_out(kit, standing, "authorisation.requested", decision=decision, facts=facts, writes=writes)
    return authorisation_named(kit, authorisation_id)


def decide_authorisation(
    kit: Kit, *, actor: Signer, authorisation_id: str, decided: Decided
) -> Authorisation:
    """Enter what the authority decided on another person's request.

    A refusal ends the use and destroys what came of it before this returns. What was granted can still be refused,
    where a court has set it aside.
    """
    known, now = authorisation_named(kit, authorisation_id), kit.clock.now()
    _check_decided(known, decided, now=now)
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    facts: Document = {ABOUT: authorisation_id, "granted": decided.granted}
    asked = person_of(kit, known.requested_by)
    try:
        check_not_same_person(asked, actor.principal)
    except Refused as refusal:
        refuse(kit, standing, refusal, facts=facts)
        raise
    own: Document = {"self_approval": asked.id == actor.principal.id}
    decision = authorise(kit, standing, action="approve", resource=KIND, case_facts=own)
    body: Document = {
        "state": RULED,
        "granted": decided.granted,
        "authority": decided.authority.strip(),
        "reference": decided.reference.strip(),
        "until": None if decided.until is None else iso(decided.until),
    }
    writes = Writes(records=(new_record(kit, KIND, subject=authorisation_id, body=body),))
    carry_out(kit, standing, "authorisation.ruled", decision=decision, facts=facts, writes=writes)
    destroy_stopped(kit)
    return authorisation_named(kit, authorisation_id)


def read_authorisations(kit: Kit, *, actor: Signer) -> tuple[Authorisation, ...]:
    """Return every authorisation, oldest first; that somebody looked is entered first."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="read", resource=KIND)
    found = authorisations(kit)
    enter(kit, standing, "record.read", decision=decision, facts={"kind": KIND, "records": len(found)})
    return found


def read_authorisation(kit: Kit, *, actor: Signer, authorisation_id: str) -> Authorisation:
    """Return one authorisation; that somebody looked is entered first."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None)
    decision = authorise(kit, standing, action="read", resource=KIND)
    found = authorisation_named(kit, authorisation_id)
    facts: Document = {"kind": KIND, "record": authorisation_id, "of_entry": found.entry_index}
    enter(kit, standing, "record.read", decision=decision, facts=facts)
    return found


def urgent_uses(found: Sequence[Authorisation]) -> int:
    """Return how many uses began before anybody could decide, life or limb being given as the reason."""
    return sum(each.route is Route.URGENT for each in found)


def _check_request(kit: Kit, new: NewRequest) -> None:
    """Refuse a request for what no authorisation can open: another's leave does not replace a charter."""
    capability = kit.register.capability(new.capability)
    if not capability.identifies:
        raise BadInput(
            f"The capability {capability.id} identifies nobody, so it needs no authorisation; name the one that does."
        )
    in_force = charters_in_force(kit)
    if not any(c.purpose == new.purpose and capability.id in c.capabilities for c in in_force):
        raise BadInput(
            f"No charter in force names {capability.id} for {new.purpose!r}, and an authorisation does not stand in "
            "for one; have a charter approved first."
        )
    case = case_book(kit).case(new.case)
    if case is None or case.closed is not None or case.purpose != new.purpose:
        raise BadInput(
            f"There is no open case {new.case!r} for {new.purpose!r}; an authorisation is asked for in one case. See "
            "`peelian case list`."
        )
    check_note(new.why, where="why it is necessary", earlier=[each.why for each in authorisations(kit)])


def _check_decided(known: Authorisation, decided: Decided, *, now: datetime) -> None:
    state, after = known.state(at=now), State.GRANTED if decided.granted else State.REFUSED
    if after not in DECIDABLE[state]:
        raise BadInput(
            f"The authorisation {known.authorisation_id} is {state} and cannot be {after}; see `peelian authorisation "
            "show`, and ask for another one where it is needed."
        )
    for name, text in (("authority", decided.authority), ("reference", decided.reference)):
        if not 3 <= len(text.strip()) <= 200:
            raise BadInput(f"Give the {name} of the decision in 3 to 200 characters; no names of persons.")
    if not decided.granted and decided.until is not None:
        raise BadInput("What was refused has no day on which it ends; leave --until out.")
    if decided.granted and (decided.until is None or not now < utc(decided.until) <= now + LONGEST):
        raise BadInput(
            f"Say until when it was granted (--until): after now, and at most {LONGEST.days} days ahead."
        )


def _tell_oversight(kit: Kit, authorisation_id: str, *, by: str, body: Document) -> None:
    """Lay the announcement of an urgent use into `reports/`, before the use can begin."""
    told: Document = {**body, "authorisation": authorisation_id, "by": by, "for": "the oversight body"}
    write_durably(
        kit.store.workspace.folder("reports") / f"oversight-{authorisation_id}.json", canonical(told)
    )
