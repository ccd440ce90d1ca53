"""What the supervisory authority sees where a person was told neither yes nor no: what the search had sealed away.

Directive (EU) 2016/680, Article 17: the person's rights "may also be exercised through the competent supervisory
authority", which then tells them "at least that all necessary verifications or a review ... have taken place". Two
people of the authority open it, one who asks and one who opens: nobody here has a say in it (Article 47(1)), and no one
person can do it. What was answered stays as it is, byte for byte; that it was opened is entered, what was seen is not.
"""

from __future__ import annotations

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.governance.desk import Desk, NewRecord, Sitting
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.silence import Truth
from peelian.governance.rights.case import RightsCase
from peelian.governance.rights.states import Step
from peelian.governance.rights.taking import REASON, case_at

PURPOSE, CAPABILITY = "supervision", "governance.supervision"
KIND = "truth-opening"
_LONGEST = 200


def ask_to_open(desk: Desk, *, request_id: str, reference: str) -> str:
    """Ask, for the supervisory authority, to see what was sealed; return the id under which a colleague opens it.

    `reference` is the authority's own file number; it names nobody.
    """
    if not 3 <= len(reference.strip()) <= _LONGEST:
        raise BadInput(f"Give the authority's reference in 3 to {_LONGEST} characters, with no name in it.")
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        _require_silent(case_at(sitting, request_id))
        opening_id = sitting.new_id()
        body: Document = {"reference": reference.strip(), "opening": None}
        _keep(sitting, "opening.asked", NewRecord(opening_id, KIND, request_id, body), facts={})
        return opening_id


def open_truth(desk: Desk, *, opening_id: str) -> tuple[Entry, tuple[Truth, ...]]:
    """Open what another person of the authority asked to see; that is entered, and signed, before it is shown."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        asked = sitting.record(KIND, opening_id)
        if asked.body["opening"] is not None:
            raise BadInput(
                f"{opening_id} is not something that was asked for, but something that was opened."
            )
        sitting.require_other_person(sitting.author_of(asked))
        signature = sitting.actor.sign({"opening": opening_id}, context="truth-opening")
        body: Document = {"reference": asked.body["reference"], "opening": opening_id}
        entry = _keep(
            sitting,
            "truth.opened",
            NewRecord(sitting.new_id(), KIND, asked.subject, body),
            facts={"opening": opening_id},
            approval=(opening_id, signature.hex),
        )
        return entry, sitting.sealed_truths(asked.subject, opened=entry)


def _require_silent(case: RightsCase) -> None:
    proven = case.last(Step.PROVE)
    silent = proven is not None and proven.body["restricted"] is not None
    if not silent or case.last(Step.ANSWER) is None:
        raise BadInput(
            f"Upon the request {case.request.request_id} nothing was sealed: it was answered openly, or not yet. What "
            "it says stands in its letter."
        )


def _keep(
    sitting: Sitting,
    kind: str,
    record: NewRecord,
    *,
    facts: Document,
    approval: tuple[str, str] | None = None,
) -> Entry:
    told: Document = {**facts, "request": record.subject}
    return sitting.act(
        kind,
        action="submit" if approval is None else "approve",
        resource=KIND,
        facts=told,
        records=[record],
        approval=approval,
        case_facts=None if approval is None else {"self_approval": False},
    )
