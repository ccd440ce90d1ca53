"""Ending an enrolment: an administrator puts it forward, an approver approves it, and neither is whoever leaves.

From its day on the person can do nothing, and the time begins after which their name, their key and what is filed under
them are destroyed (keeping/departed.py). Whoever comes back is enrolled anew, under another id.
Why: docs/adr/0035-witnesses-and-departures.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused
from peelian.domain.section import closed
from peelian.domain.time import iso
from peelian.governance.act import refuse
from peelian.governance.chartered import local_day
from peelian.governance.circumstances.departures import KIND, departures
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.people import people, person_of
from peelian.governance.principals import Principal, Role, Signer, check_not_same_person
from peelian.governance.stopping.two_people import PURPOSE, Matter, approve, open_proposal, propose

LEAVE = Matter(KIND, "governance.people", ("departure.proposed", "departure.approved"))
AHEAD = timedelta(days=366)


class Because(StrEnum):
    """Why an enrolment ends; no judgement of a person is a reason."""

    LEFT = "left"  # works elsewhere now, or no more
    MOVED = "moved"  # has another duty in the same authority
    TERM_OVER = "term-over"  # was enrolled for a time that is over
    IN_ERROR = "enrolled-in-error"
    DIED = "died"


@dataclass(frozen=True)
class TwoPersonAct:
    """An act on a data kind that takes two people: the roles of the first, and of the second."""

    kind: str
    first: frozenset[Role]
    second: frozenset[Role]

    def can_be_done_by(self, staff: Iterable[Principal]) -> bool:
        """Return whether there are two of these people, one for each part."""
        there = tuple(staff)
        return any(
            one.roles & self.first and other.roles & self.second
            for one in there
            for other in there
            if one.id != other.id
        )


def _act(kind: str, first: str, second: str) -> TwoPersonAct:
    return TwoPersonAct(kind, frozenset(map(Role, first.split())), frozenset(map(Role, second.split())))


NEEDED = (
    _act("witness-set", "administrator", "approver"),
    _act("departure", "administrator", "approver"),
    _act("erasure-statement", "administrator", "approver"),
    _act("charter", "analyst commander", "approver"),
    _act("plan", "analyst commander", "commander approver"),
    _act("release-statement", "analyst", "approver"),
    _act("stop", "administrator commander approver", "approver"),
    _act("suspension", "analyst commander approver", "approver"),
    _act("legal-hold", "analyst commander approver", "approver"),
    _act("authorisation", "analyst commander", "approver"),
    _act("rights-step", "rights-officer", "rights-officer"),
    _act("restriction", "rights-officer", "rights-officer"),
    _act("truth-opening", "supervisor", "supervisor"),
    _act("subject", "analyst", "approver"),
    _act("judgement", "reviewer", "reviewer"),
)
"""Every act of two people; `test_departing.py` holds it against the policy. Nobody leaves who is the last for one."""


def reason_to_end(name: str) -> Because:
    """Return the reason of that name; an unknown one is refused with the list."""
    return Because(closed(name, Because, where="the end of an enrolment", what="reason"))


def propose_departure(kit: Kit, *, actor: Signer, person: Principal, because: Because, day: date) -> Entry:
    """Put forward that somebody's enrolment end: `day` is the first on which they are enrolled no more."""
    today = local_day(kit)
    if not today <= day <= today + AHEAD:
        raise BadInput(f"An enrolment ends between {today} and {today + AHEAD}; {day} lies outside.")
    _require_possible(kit, actor, person)
    said: Document = {"because": because.value, "day": day.isoformat(), "at": iso(kit.clock.now())}
    return propose(kit, LEAVE, actor=actor, subject=person.id, said=said, facts={"day": day.isoformat()})


def approve_departure(kit: Kit, *, actor: Signer, person: Principal) -> Entry:
    """End somebody's enrolment as the second person; a day that went by meanwhile is not made up for."""
    proposal = open_proposal(kit, LEAVE, subject=person.id)
    if date.fromisoformat(proposal.body["day"]) < local_day(kit):
        raise BadInput(
            f"The enrolment of {person.name} was to end on {proposal.body['day']}, which is over; put it forward again."
        )
    _require_possible(kit, actor, person)
    return approve(kit, LEAVE, actor=actor, subject=person.id, facts={"day": proposal.body["day"]})


def _require_possible(kit: Kit, actor: Signer, person: Principal) -> None:
    """Refuse, entered, to end one's own enrolment, or that of the last who is needed; and what has ended already."""
    ended = departures(kit)
    if person.id in ended:
        raise BadInput(f"That the enrolment of {person.name} ends on {ended[person.id]} is entered already.")
    try:
        check_not_same_person(person_of(kit, person.id), actor.principal)
        _require_enough(person, [each for each in people(kit) if each.id not in ended])
    except Refused as refusal:
        standing = Standing(actor, PURPOSE, LEAVE.capability, None)
        refuse(kit, standing, refusal, facts={KIND: person.id})
        raise


def _require_enough(person: Principal, staff: list[Principal]) -> None:
    """Refuse where something that two people can do now could be done no more without this one."""
    left = [each for each in staff if each.id != person.id]
    lost = [act.kind for act in NEEDED if act.can_be_done_by(staff) and not act.can_be_done_by(left)]
    if lost:
        raise Refused(
            f"Without {person.name} there would not be two people any more for: {', '.join(lost)}.",
            rule="people-needed",
            citation="house rule, requirement S04, after Regulation (EU) 2024/1689, Article 26(2)",
            remedy="Enrol somebody else for the role first, with `peelian principal new`.",
        )
