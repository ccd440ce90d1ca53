"""The steps of a request at a sitting: the request put together from its records, and one step more taken."""

from __future__ import annotations

from collections.abc import Sequence

from peelian.domain.canonical import Document
from peelian.governance.card import SubjectCategory
from peelian.governance.desk import Kept, NewRecord, Sitting
from peelian.governance.rights.case import RightsCase, Taken
from peelian.governance.rights.request import About, request_from
from peelian.governance.rights.states import State, Step, transition
from peelian.governance.stated import Accuracy, Assertion, Source, Stated

PURPOSE = "rights"
CAPABILITY = "governance.rights"
REASON = "request-of-the-person"
EVERYBODY = frozenset(SubjectCategory) - {SubjectCategory.NONE}
OWN_WORDS = Stated(Assertion.FACT, Source.A, Accuracy.CERTAIN)
"""What somebody says of themselves, or the house of what it did itself."""


def case_at(sitting: Sitting, request_id: str) -> RightsCase:
    """Return a request with its steps, at a sitting that is open."""
    kept = sitting.record("rights-request", request_id)
    return put_together(sitting, kept, sitting.records("rights-step", subject=request_id))


def put_together(sitting: Sitting, kept: Kept, steps: Sequence[Kept]) -> RightsCase:
    """Return a request from its record and those of its steps."""
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


def take(
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
