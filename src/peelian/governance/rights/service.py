"""The door to rights: ask, prove, answer, decide, fulfil, close; every step an act with its ledger entry.

It needs no charter: a right does not depend on the agency's leave. What rooms keep is read through their own doors,
under their charters, and handed in.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from peelian.domain.canonical import Document, digest
from peelian.domain.errors import BadInput
from peelian.domain.statement import PlaceStatement
from peelian.domain.time import iso
from peelian.governance.clocks import due, term
from peelian.governance.desk import Desk, Kept, NewRecord, Sitting
from peelian.governance.ledger.entry import Entry
from peelian.governance.rights.case import RightsCase, Taken
from peelian.governance.rights.letter import Letter, place_letter, place_reasons
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
from peelian.governance.rights.states import State, Step, transition

__all__ = [
    "About",
    "Asks",
    "Certificate",
    "Letter",
    "Outcome",
    "PlaceStatement",
    "Point",
    "Proof",
    "Reasons",
    "RightsCase",
    "State",
    "Step",
    "answer_place",
    "ask",
    "case_of",
    "cases",
    "close",
    "contest",
    "decide",
    "fulfil",
    "prove",
    "withdraw",
]

PURPOSE = "rights"
CAPABILITY = "governance.rights"


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
    desk: Desk, *, about: About, asks: Asks = Asks.ACCESS, point: Point | None = None, zone: str
) -> RightsCase:
    """Take in a request; the clock starts now. About a place anybody may ask, and need not say who they are."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
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
            records=[NewRecord(request.request_id, "rights-request", request.request_id, request.document())],
        )
        return RightsCase(request, begins, entry.index, sitting.actor.principal.id, steps=())


def prove(desk: Desk, *, request_id: str, how: Proof) -> RightsCase:
    """Record that it was shown who asks about a person, and how; no copy of the paper is kept."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
        case = _case(sitting, request_id)
        return _take(sitting, case, Step.PROVE, body={"how": how.value})


def answer_place(
    desk: Desk, *, request_id: str, statements: Sequence[PlaceStatement], remedy: str
) -> tuple[RightsCase, Letter]:
    """Answer about a place with all that rooms said of it; the letter may leave once this returns.

    Every statement must stand on a ledger entry, whose charter the answer names.
    """
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
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
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
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
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
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
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
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
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
        case = _case(sitting, request_id)
        body: Document = {"due": iso(due(term("answer"), start=sitting.now(), zone=zone))}
        return _take(sitting, case, Step.CONTEST, body=body, facts=body)


def withdraw(desk: Desk, *, request_id: str) -> RightsCase:
    """Take in that whoever asked took the request back."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
        return _take(sitting, _case(sitting, request_id), Step.WITHDRAW, body={})


def case_of(desk: Desk, *, request_id: str) -> RightsCase:
    """Return a request and what became of it."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
        return _case(sitting, request_id)


def cases(desk: Desk) -> tuple[RightsCase, ...]:
    """Return every request, the one due first before the others."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY) as sitting:
        steps = sitting.records("rights-step")
        found = (
            _put_together(sitting, kept, [step for step in steps if step.subject == kept.record_id])
            for kept in sitting.records("rights-request")
        )
        return tuple(sorted(found, key=lambda case: case.due))


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
