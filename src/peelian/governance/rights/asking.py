"""Asking: a request taken in, who asks shown, and what becomes of it looked at, contested or taken back."""

from __future__ import annotations

from peelian.domain.canonical import Document
from peelian.domain.time import iso
from peelian.governance.card import SubjectCategory
from peelian.governance.clocks import due, term
from peelian.governance.desk import Desk, NewRecord, Sitting
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.rights.case import RightsCase
from peelian.governance.rights.request import About, Asks, Point, Proof, RightsRequest
from peelian.governance.rights.restriction import Restriction
from peelian.governance.rights.states import State, Step
from peelian.governance.rights.taking import (
    CAPABILITY,
    OWN_WORDS,
    PURPOSE,
    REASON,
    case_at,
    put_together,
    take,
)


def ask(
    desk: Desk,
    *,
    about: About,
    asks: Asks = Asks.ACCESS,
    point: Point | None = None,
    zone: str,
    contact: str | None = None,
) -> RightsCase:
    """Take in a request; the clock starts now. About a place anybody may ask, and need not say who they are.

    `contact` is name and address of whoever asks. It is sealed under a key of the request's own, and tied to nothing
    else that may be held on the person.
    """
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        received = sitting.now()
        request = RightsRequest(
            request_id=sitting.new_id(),
            about=about,
            asks=asks,
            point=point,
            received=received,
            due=due(term("answer"), start=received, zone=zone),
        )
        begins = State.IDENTIFIED if about is About.PLACE else State.RECEIVED
        facts = {
            "request": request.request_id,
            "about": about.value,
            "asks": asks.value,
            "due": iso(request.due),
        }
        entry = sitting.act(
            "rights.requested",
            action="submit",
            resource="rights-request",
            facts=facts,
            records=[
                NewRecord(request.request_id, "rights-request", request.request_id, request.document()),
                *_contacts(sitting, request.request_id, contact),
            ],
        )
        return RightsCase(request, begins, entry.index, sitting.actor.principal.id, steps=())


def prove(desk: Desk, *, request_id: str, how: Proof, restricted: Restriction | None = None) -> RightsCase:
    """Record that it was shown who asks about a person, and how; no copy of the paper is kept.

    Where `restricted`, the answer will neither confirm nor deny. That is laid down here, before anything is searched,
    so that the manner of an answer cannot follow from what there is.
    """
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = case_at(sitting, request_id)
        body: Document = {"how": how.value, "restricted": None if restricted is None else restricted.value}
        return take(sitting, case, Step.PROVE, body=body, facts={"restricted": restricted is not None})


def contact_of(desk: Desk, *, request_id: str) -> str | None:
    """Return name and address of whoever asked; None where nobody left any, or they were erased."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        asker = sitting.find_subject(_asker(request_id))
        kept = () if asker is None else sitting.records("contact", subject=asker.subject_id)
        return str(kept[0].body["contact"]) if kept else None


def contest(desk: Desk, *, request_id: str, zone: str) -> RightsCase:
    """Take in that whoever asked does not accept what was decided; others answer and decide anew, on a new clock."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = case_at(sitting, request_id)
        body: Document = {"due": iso(due(term("answer"), start=sitting.now(), zone=zone))}
        return take(sitting, case, Step.CONTEST, body=body, facts=body)


def withdraw(desk: Desk, *, request_id: str) -> RightsCase:
    """Take in that whoever asked took the request back."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        return take(sitting, case_at(sitting, request_id), Step.WITHDRAW, body={})


def case_of(desk: Desk, *, request_id: str) -> RightsCase:
    """Return a request and what became of it."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        return case_at(sitting, request_id)


def cases(desk: Desk) -> tuple[RightsCase, ...]:
    """Return every request, the one due first before the others."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        steps = sitting.records("rights-step")
        found = (
            put_together(sitting, kept, [step for step in steps if step.subject == kept.record_id])
            for kept in sitting.records("rights-request")
        )
        return tuple(sorted(found, key=lambda case: case.due))


def _asker(request_id: str) -> Identifier:
    """Return by what the sealed contact of a request is found: the request itself, and nothing about the person."""
    return Identifier("document", request_id)


def _contacts(sitting: Sitting, request_id: str, contact: str | None) -> list[NewRecord]:
    if contact is None:
        return []
    asker = sitting.register_subject(category=SubjectCategory.OTHER, identifiers=[_asker(request_id)])
    body: Document = {"contact": contact}
    return [NewRecord(sitting.new_id(), "contact", asker.subject_id, body, stated=OWN_WORDS)]
