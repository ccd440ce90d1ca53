"""Answering: what was said of a place, what is held on a person, or the letter that says neither yes nor no."""

from __future__ import annotations

from collections.abc import Sequence

from peelian.domain.canonical import Document, digest
from peelian.domain.errors import BadInput
from peelian.domain.statement import PlaceStatement
from peelian.governance.desk import Desk, NewRecord
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.rights.case import RightsCase
from peelian.governance.rights.holding import OWN, Holding, unanswered
from peelian.governance.rights.letter import (
    Letter,
    neither_letter,
    person_letter,
    place_letter,
    place_reasons,
)
from peelian.governance.rights.states import Step, transition
from peelian.governance.rights.taking import CAPABILITY, PURPOSE, REASON, case_at, take


def answer_person(
    desk: Desk,
    *,
    request_id: str,
    identifiers: Sequence[Identifier],
    remedy: str,
    rooms: Sequence[Holding] = (),
) -> tuple[RightsCase, Letter]:
    """Answer whoever asked about themselves; the letter may leave once this returns.

    Where the manner laid down is to neither confirm nor deny, everything is searched, what was found is sealed away
    from whoever answers, and the letter is the same for everybody. Else it says what is held under these identifiers.

    Parameters
    ----------
    identifiers : what tells who the person is, at least one; they are kept nowhere.
    rooms : what each room holds on persons. Where a kind about persons is answered for by none of them, no open answer
        is given: it would leave something out. They are asked for an open answer alone.
    """
    if not identifiers:
        raise BadInput(
            "Give at least one identifier of the person, such as name+birth; nothing is found without."
        )
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = case_at(sitting, request_id)
        transition(case.state, Step.ANSWER)
        proven = case.last(Step.PROVE)
        if proven is None:
            raise BadInput(f"The request {request_id} is about a place; it is not answered about a person.")
        if proven.body["restricted"] is not None:
            sitting.search_silently(request_id, identifiers)
            letter = neither_letter(request_id, remedy=remedy)
        else:
            holdings = (OWN, *rooms)
            if unasked := unanswered(sitting.kinds_about_persons(), holdings):
                raise BadInput(
                    f"No room answers for what is kept as {unasked[0]!r} about this person; an answer without it would "
                    "be wrong. Have the room that keeps it declare what it holds."
                )
            held = [each for room in holdings for each in room.about(desk, identifiers=identifiers)]
            letter = person_letter(request_id, held=held, remedy=remedy)
        return take(sitting, case, Step.ANSWER, body={}), letter


def answer_place(
    desk: Desk, *, request_id: str, statements: Sequence[PlaceStatement], remedy: str
) -> tuple[RightsCase, Letter]:
    """Answer about a place with all that rooms said of it; the letter may leave once this returns.

    Every statement must stand on a ledger entry, whose charter the answer names.
    """
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = case_at(sitting, request_id)
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
        case = take(sitting, case, Step.ANSWER, body=slim, also=(record,), facts=entries)
        return case, letter
