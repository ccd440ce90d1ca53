"""The door to rights: ask, prove, answer, decide, fulfil, close; every step an act with its ledger entry.

It needs no charter: a right does not depend on the agency's leave. What rooms keep is read through their own doors,
under their charters, and handed in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput
from peelian.domain.statement import PlaceStatement
from peelian.domain.time import iso
from peelian.governance.card import SubjectCategory
from peelian.governance.clocks import due, term
from peelian.governance.desk import Desk, Kept, NewRecord, Sitting
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.rights.case import RightsCase, Taken
from peelian.governance.rights.letter import (
    Held,
    Letter,
    neither_letter,
    person_letter,
    place_letter,
    place_reasons,
)
from peelian.governance.rights.notice import Deferral, Notice, awaiting, deferred
from peelian.governance.rights.reasons import Reasons
from peelian.governance.rights.request import (
    FULFILLING,
    About,
    Asks,
    Outcome,
    Point,
    Proof,
    RightsRequest,
    request_from,
)
from peelian.governance.rights.restriction import Restriction
from peelian.governance.rights.states import State, Step, transition
from peelian.governance.stated import Accuracy, Assertion, Source, Stated

__all__ = [
    "About",
    "Asks",
    "Certificate",
    "Deferral",
    "Held",
    "Identifier",
    "Letter",
    "Notice",
    "Outcome",
    "PlaceStatement",
    "Point",
    "Proof",
    "Reasons",
    "Restriction",
    "RightsCase",
    "State",
    "Step",
    "answer_person",
    "answer_place",
    "ask",
    "case_of",
    "cases",
    "close",
    "contact_of",
    "contest",
    "decide",
    "defer_notice",
    "fulfil",
    "give_notice",
    "notices_due",
    "prove",
    "withdraw",
]

PURPOSE = "rights"
CAPABILITY = "governance.rights"
REASON = "request-of-the-person"
EVERYBODY = frozenset(SubjectCategory) - {SubjectCategory.NONE}
NOTHING_ELSEWHERE: Mapping[str, Sequence[Held]] = {}
HELD_HERE = ("contact", "notice")
"""Sealed kinds that governance keeps without a charter; what rooms hold on persons they must answer for themselves."""
OWN_WORDS = Stated(Assertion.FACT, Source.A, Accuracy.CERTAIN)
"""What somebody says of themselves, or the house of what it did itself."""


@dataclass(frozen=True)
class Certificate:
    """What became of a request, for whoever asked: `document` names every entry, `proof` shows the last of them."""

    request_id: str
    document: Document
    proof: Document

    def text(self) -> str:
        """Return the certificate as the JSON text that is handed out."""
        whole: Document = {"certificate": self.document, "proof": self.proof}
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


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
        case = _case(sitting, request_id)
        body: Document = {"how": how.value, "restricted": None if restricted is None else restricted.value}
        return _take(sitting, case, Step.PROVE, body=body, facts={"restricted": restricted is not None})


def contact_of(desk: Desk, *, request_id: str) -> str | None:
    """Return name and address of whoever asked; None where nobody left any, or they were erased."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        asker = sitting.find_subject(_asker(request_id))
        kept = () if asker is None else sitting.records("contact", subject=asker.subject_id)
        return str(kept[0].body["contact"]) if kept else None


def answer_person(
    desk: Desk,
    *,
    request_id: str,
    identifiers: Sequence[Identifier],
    remedy: str,
    elsewhere: Mapping[str, Sequence[Held]] = NOTHING_ELSEWHERE,
) -> tuple[RightsCase, Letter]:
    """Answer whoever asked about themselves; the letter may leave once this returns.

    Where the manner laid down is to neither confirm nor deny, everything is searched, what was found is sealed away
    from whoever answers, and the letter is the same for everybody. Else it says what is held under these identifiers.

    Parameters
    ----------
    identifiers : what tells who the person is, at least one; they are kept nowhere.
    elsewhere : by data kind, what rooms hold on the person and handed in. Each sealed kind that is not governance's
        own must be among them, be it with nothing, or no open answer is given: it would leave something out.
    """
    if not identifiers:
        raise BadInput(
            "Give at least one identifier of the person, such as name+birth; nothing is found without."
        )
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = _case(sitting, request_id)
        transition(case.state, Step.ANSWER)
        proven = case.last(Step.PROVE)
        if proven is None:
            raise BadInput(f"The request {request_id} is about a place; it is not answered about a person.")
        if proven.body["restricted"] is not None:
            sitting.search_silently(request_id, identifiers)
            letter = neither_letter(request_id, remedy=remedy)
        else:
            if unasked := sitting.kinds_about_persons() - {*HELD_HERE, *elsewhere}:
                raise BadInput(
                    f"Nobody asked the room that keeps {sorted(unasked)[0]!r} about this person; an answer that leaves "
                    "it out would be wrong. Ask every room, and hand in what each holds."
                )
            told = [each for kind in sorted(elsewhere) for each in elsewhere[kind]]
            held = (*_held(sitting, identifiers), *told)
            letter = person_letter(request_id, held=held, remedy=remedy)
        return _take(sitting, case, Step.ANSWER, body={}), letter


def give_notice(desk: Desk, *, subject_id: str, notice: Notice) -> Letter:
    """Enter that a person is told of data on them; the letter may leave once this returns."""
    letter = notice.letter()
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        _note(sitting, "notice.given", subject_id, {"given": True, "ground": None, "until": None})
    return letter


def defer_notice(desk: Desk, *, subject_id: str, ground: Restriction, until: datetime) -> Deferral:
    """Enter that telling a person is put off, on which ground and until when."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        put_off = deferred(ground, until=until, now=sitting.now())
        _note(sitting, "notice.deferred", subject_id, put_off.document())
        return put_off


def notices_due(desk: Desk) -> tuple[str, ...]:
    """Return the subjects who must be told now, the time being over for which their notice was put off."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        return awaiting(sitting.records("notice", categories=EVERYBODY), now=sitting.now())


def answer_place(
    desk: Desk, *, request_id: str, statements: Sequence[PlaceStatement], remedy: str
) -> tuple[RightsCase, Letter]:
    """Answer about a place with all that rooms said of it; the letter may leave once this returns.

    Every statement must stand on a ledger entry, whose charter the answer names.
    """
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = _case(sitting, request_id)
        point = case.request.point
        if point is None:
            raise BadInput(f"The request {request_id} is about a person; it is not answered with a place.")
        stands_on = [sitting.entered(each.entry_index) for each in statements]
        charters = sorted({entry.charter for entry in stands_on if entry.charter})
        reasons = place_reasons(
            statements,
            charters=[charter[:16] for charter in charters],
            decider="The people who acted by the ledger entries named above; none of them decides about this request.",
            remedy=remedy,
        )
        letter = place_letter(request_id, point=point, statements=statements, reasons=reasons)
        body: Document = {
            "statements": [each.document() for each in statements],
            "charters": charters,
            "reasons": reasons.document(),
            "involved": sorted({who for each in statements for who in each.involved}),
            "letter": digest(letter.text().encode()),
        }
        record = NewRecord(sitting.new_id(), "rights-answer", request_id, body)
        slim: Document = {"involved": body["involved"], "letter": body["letter"]}
        entries: Document = {"statements": [each.entry_index for each in statements]}
        case = _take(sitting, case, Step.ANSWER, body=slim, also=(record,), facts=entries)
        return case, letter


def decide(desk: Desk, *, request_id: str, outcome: Outcome, reasons: Reasons) -> RightsCase:
    """Decide as somebody independent: not who answered, nor who made or approved what the request is about."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = _case(sitting, request_id)
        sitting.require_independent_of(sorted(case.involved))
        step = Step.ORDER if outcome.orders else Step.DECIDE
        body: Document = {"outcome": outcome.value, "reasons": reasons.document()}
        return _take(sitting, case, step, body=body, facts={"outcome": outcome.value}, independent=True)


def fulfil(
    desk: Desk,
    *,
    request_id: str,
    entries: Sequence[int],
    before: Sequence[PlaceStatement] = (),
    after: Sequence[PlaceStatement] = (),
) -> RightsCase:
    """Record what was done of what was ordered, and what was made anew from it.

    Parameters
    ----------
    entries : the ledger entries of the acts that corrected, erased or restricted; each later than the order.
    before, after : what was said about the place by one work made before, and by one made after them.
    """
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = _case(sitting, request_id)
        ordered, outcome = case.last(Step.ORDER), case.outcome
        if ordered is None or outcome is None:
            transition(case.state, Step.FULFIL)
            raise BadInput(f"Nothing was ordered for the request {request_id}.")
        acts = [_fulfilling(sitting.entered(index), outcome, ordered) for index in entries]
        if not acts:
            raise BadInput(
                "Name the ledger entries by which the order was carried out; there is none without."
            )
        anew = _anew(before, after, since=acts)
        body: Document = {"acts": [[entry.index, entry.kind] for entry in acts], "recomputed": anew}
        facts: Document = {"acts": [entry.index for entry in acts], "recomputed": anew}
        return _take(sitting, case, Step.FULFIL, body=body, facts=facts)


def close(desk: Desk, *, request_id: str) -> tuple[RightsCase, Certificate]:
    """Close a request with a certificate that names every entry of it, and proves the last."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = _case(sitting, request_id)
        case = _take(sitting, case, Step.CLOSE, body={})
        sitting.witness()
        steps: list[Document] = [
            {"step": taken.step.value, "at": iso(taken.at), "entry": taken.entry_index}
            for taken in case.steps
        ]
        document: Document = {
            **case.document(),
            "steps": steps,
            "late": case.steps[-1].at >= case.due,
            "reasons": None if case.reasons is None else case.reasons.document(),
        }
        return case, Certificate(request_id, document, sitting.proof(case.steps[-1].entry_index))


def contest(desk: Desk, *, request_id: str, zone: str) -> RightsCase:
    """Take in that whoever asked does not accept what was decided; others answer and decide anew, on a new clock."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = _case(sitting, request_id)
        body: Document = {"due": iso(due(term("answer"), start=sitting.now(), zone=zone))}
        return _take(sitting, case, Step.CONTEST, body=body, facts=body)


def withdraw(desk: Desk, *, request_id: str) -> RightsCase:
    """Take in that whoever asked took the request back."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        return _take(sitting, _case(sitting, request_id), Step.WITHDRAW, body={})


def case_of(desk: Desk, *, request_id: str) -> RightsCase:
    """Return a request and what became of it."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        return _case(sitting, request_id)


def cases(desk: Desk) -> tuple[RightsCase, ...]:
    """Return every request, the one due first before the others."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        steps = sitting.records("rights-step")
        found = (
            _put_together(sitting, kept, [step for step in steps if step.subject == kept.record_id])
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


def _note(sitting: Sitting, kind: str, subject_id: str, body: Document) -> None:
    record = NewRecord(sitting.new_id(), "notice", subject_id, body, stated=OWN_WORDS)
    sitting.act(kind, action="submit", resource="notice", facts={}, records=[record])


def _held(sitting: Sitting, identifiers: Sequence[Identifier]) -> tuple[Held, ...]:
    """Return what governance itself holds on a person; each look and each record is entered before it is shown."""
    subjects = {
        subject.subject_id: subject
        for identifier in identifiers
        for subject in sitting.find_subjects(identifier, categories=EVERYBODY)
    }
    return tuple(
        Held(kind, subject.category.value, kept.written, canonical(kept.body).decode())
        for subject in subjects.values()
        for kind in HELD_HERE
        for kept in sitting.records(kind, subject=subject.subject_id)
    )


def _case(sitting: Sitting, request_id: str) -> RightsCase:
    kept = sitting.record("rights-request", request_id)
    return _put_together(sitting, kept, sitting.records("rights-step", subject=request_id))


def _put_together(sitting: Sitting, kept: Kept, steps: Sequence[Kept]) -> RightsCase:
    request = request_from(kept.body)
    return RightsCase(
        request=request,
        begins=State.IDENTIFIED if request.about is About.PLACE else State.RECEIVED,
        first_entry=kept.entry_index,
        taken_in_by=sitting.author_of(kept).id,
        steps=tuple(_taken(sitting, step) for step in steps),
    )


def _taken(sitting: Sitting, kept: Kept) -> Taken:
    step, after = Step(kept.body["step"]), State(kept.body["after"])
    return Taken(step, after, kept.written, sitting.author_of(kept).id, kept.entry_index, kept.body)


def _take(
    sitting: Sitting,
    case: RightsCase,
    step: Step,
    *,
    body: Document,
    facts: Document | None = None,
    also: Sequence[NewRecord] = (),
    independent: bool = False,
) -> RightsCase:
    """Take one step of the table: its entry, its record, and what else belongs to it, together or not at all."""
    line = transition(case.state, step)
    request_id = case.request.request_id
    whole: Document = {**body, "step": step.value, "after": line.after.value}
    entry = sitting.act(
        line.kind,
        action="approve" if independent else "submit",
        resource="rights-step",
        facts={**(facts or {}), "request": request_id, "step": step.value},
        records=[NewRecord(sitting.new_id(), "rights-step", request_id, whole), *also],
        case_facts={"self_approval": False} if independent else None,
    )
    taken = Taken(step, line.after, entry.time, sitting.actor.principal.id, entry.index, whole)
    return RightsCase(
        case.request, case.begins, case.first_entry, case.taken_in_by, steps=(*case.steps, taken)
    )


def _fulfilling(entry: Entry, outcome: Outcome, ordered: Taken) -> Entry:
    """Return the entry if it can have carried out the order; say why not otherwise."""
    if entry.kind not in FULFILLING[outcome] or entry.index < ordered.entry_index:
        raise BadInput(
            f"Ledger entry {entry.index} ({entry.kind}) cannot have carried out the order to {outcome} of entry "
            f"{ordered.entry_index}; name a later one of: {', '.join(sorted(FULFILLING[outcome]))}."
        )
    return entry


def _anew(
    before: Sequence[PlaceStatement], after: Sequence[PlaceStatement], *, since: Sequence[Entry]
) -> Document | None:
    """Return how what is said after the acts differs from before; None where nothing was made from what they changed.

    The ledger tells that it differs, not by how much: exact expectations may speak of single incidents.
    """
    if not before or not after:
        return None
    first, last = min(entry.index for entry in since), max(entry.index for entry in since)
    if not before[0].entry_index < first <= last < after[0].entry_index:
        raise BadInput(
            f"Ledger entry {after[0].entry_index} does not come after the acts that carried out the order, or "
            f"{before[0].entry_index} not before them; forecast anew and name that."
        )
    expected = [{(each.offence, each.expected) for each in statements} for statements in (before, after)]
    return {
        "before": before[0].entry_index,
        "after": after[0].entry_index,
        "same_period": before[0].period == after[0].period,
        "differs": expected[0] != expected[1],
    }
