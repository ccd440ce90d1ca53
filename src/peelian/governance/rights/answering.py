"""Answering: what was said of a place, what is held on a person, or the letter that says neither yes nor no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput
from peelian.domain.statement import PlaceStatement
from peelian.governance.desk import Desk, NewRecord, Sitting
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.rights.case import RightsCase
from peelian.governance.rights.letter import (
    Held,
    Letter,
    neither_letter,
    person_letter,
    place_letter,
    place_reasons,
)
from peelian.governance.rights.states import Step, transition
from peelian.governance.rights.taking import CAPABILITY, EVERYBODY, PURPOSE, REASON, case_at, take

NOTHING_ELSEWHERE: Mapping[str, Sequence[Held]] = {}
HELD_HERE = ("contact", "notice")
"""Sealed kinds that governance keeps without a charter; what rooms hold on persons they must answer for themselves."""


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
        case = case_at(sitting, request_id)
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
