"""Restricting what is kept on a person, and ending that: with a notice to them first, and by two people.

Directive (EU) 2016/680, Article 16(3): data are restricted instead of erased while their accuracy is contested and
cannot be ascertained, or while they are evidence; and the person is told "before lifting the restriction". That two
people lift it, and that some days lie between the notice and the end, is the house's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput, Refused
from peelian.domain.time import iso
from peelian.governance.circumstances.own_records import OwnRecord
from peelian.governance.desk import Desk, NewRecord, Sitting
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.persons.restricted import RESTRICTION, Cause, Mark
from peelian.governance.rights.letter import Told, lifting_letter
from peelian.governance.rights.request import Outcome
from peelian.governance.rights.states import State, Step
from peelian.governance.rights.taking import CAPABILITY, EVERYBODY, OWN_WORDS, PURPOSE, REASON, case_at

TOLD_BEFORE = timedelta(days=14)
"""The house's own: time for the person to contest that the restriction ends."""


@dataclass(frozen=True)
class Restricted:
    """A person who is restricted: by which id, why, since when, and from when on it may be lifted, if that is due."""

    subject_id: str
    cause: Cause
    since: datetime
    may_end: datetime | None

    def document(self) -> Document:
        """Return it for a machine to read."""
        return {
            "subject": self.subject_id,
            "cause": self.cause.value,
            "since": iso(self.since),
            "may_end": None if self.may_end is None else iso(self.may_end),
        }


def restrict(
    desk: Desk, *, request_id: str, identifiers: Sequence[Identifier], cause: Cause
) -> tuple[Entry, ...]:
    """Restrict all that is kept on whoever has these identifiers, as was ordered upon their request.

    Returns an entry for each of their subjects, with which the request is fulfilled; none for one restricted before.
    """
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        case = case_at(sitting, request_id)
        if (case.state, case.outcome) != (State.ORDERED, Outcome.RESTRICT):
            raise BadInput(
                f"No restriction is ordered upon the request {request_id}; another rights officer decides that first."
            )
        ordered = case.last(Step.ORDER)
        assert ordered is not None
        sitting.require_independent_of([ordered.by])
        found = {
            subject.subject_id: subject
            for identifier in identifiers
            for subject in sitting.find_subjects(identifier, categories=EVERYBODY)
        }
        if not found:
            raise BadInput("Nobody is known here by these identifiers, so there is nothing to restrict.")
        body: Document = {"mark": Mark.SET.value, "cause": cause.value, "request": request_id}
        facts: Document = {"request": request_id, "cause": cause.value, "decision": ordered.entry_index}
        return tuple(
            _mark(sitting, "subject.restricted", subject_id, body, facts=facts)
            for subject_id in sorted(found)
            if sitting.restricted(subject_id) is None
        )


def propose_lifting(desk: Desk, *, subject_id: str, why: str, remedy: str) -> Told:
    """Put forward that a restriction end, and tell the person, in one act; the letter may leave once this returns.

    Parameters
    ----------
    why : for the person concerned, in plain language: what was ascertained, or why it is no longer evidence.
    """
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        mark = _standing(sitting, subject_id)
        letter = lifting_letter(
            why=why, ends=sitting.now() + TOLD_BEFORE, cause=mark.body["cause"], remedy=remedy
        )
        body: Document = {**mark.body, "mark": Mark.LIFTING_PROPOSED.value, "set": _set_by(mark)}
        told: Document = {"given": True, "ground": None, "until": None}
        notice = NewRecord(sitting.new_id(), "notice", mark.subject, told, stated=OWN_WORDS)
        _mark(sitting, "lifting.proposed", mark.subject, body, facts={}, also=(notice,))
        return Told(notice.record_id, letter)


def approve_lifting(desk: Desk, *, subject_id: str) -> Entry:
    """End a restriction, as somebody else put it forward and told the person some days ago."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        mark = _standing(sitting, subject_id)
        if mark.body["mark"] != Mark.LIFTING_PROPOSED:
            raise BadInput(
                "Nobody has told this person that the restriction is to end; put that forward first."
            )
        sitting.require_independent_of([mark.actor])
        if sitting.now() < mark.at + TOLD_BEFORE:
            raise sitting.refused(
                Refused(
                    f"The person was told less than {TOLD_BEFORE.days} days ago that the restriction is to end.",
                    rule="told-before-lifting",
                    citation="house rule, after Directive (EU) 2016/680, Article 16(3)",
                    remedy="Lift it when they have had that time to contest it.",
                ),
                facts={"proposal": mark.record_id},
            )
        signature = sitting.actor.sign({"proposal": mark.record_id}, context="restriction-lifting")
        body: Document = {**mark.body, "mark": Mark.LIFTED.value, "proposal": mark.record_id}
        return _mark(
            sitting,
            "lifting.approved",
            mark.subject,
            body,
            facts={"proposal": mark.record_id},
            approval=(mark.record_id, signature.hex),
        )


def restrictions(desk: Desk) -> tuple[Restricted, ...]:
    """Return who is restricted now, by ids that say nothing, oldest first."""
    with desk.open(purpose=PURPOSE, capability=CAPABILITY, reason=REASON) as sitting:
        marks = sitting.records(RESTRICTION)
        ids = dict.fromkeys(kept.subject for kept in marks)
        at = {kept.record_id: kept.written for kept in marks}
        standing = {mark.record_id: mark for each in ids if (mark := sitting.restricted(each)) is not None}
        return tuple(_restricted(mark, since=at[_set_by(mark)]) for mark in standing.values())


def _restricted(mark: OwnRecord, *, since: datetime) -> Restricted:
    proposed = mark.body["mark"] == Mark.LIFTING_PROPOSED
    return Restricted(
        mark.subject, Cause(mark.body["cause"]), since, mark.at + TOLD_BEFORE if proposed else None
    )


def _set_by(mark: OwnRecord) -> str:
    """Return the id of the record by which the restriction that still stands was set."""
    return str(mark.body.get("set", mark.record_id))


def _standing(sitting: Sitting, subject_id: str) -> OwnRecord:
    mark = sitting.restricted(subject_id)
    if mark is None:
        raise BadInput(
            f"The person {subject_id} is not restricted; `peelian rights restrictions` lists who is."
        )
    return mark


def _mark(
    sitting: Sitting,
    kind: str,
    subject_id: str,
    body: Document,
    *,
    facts: Document,
    also: Sequence[NewRecord] = (),
    approval: tuple[str, str] | None = None,
) -> Entry:
    return sitting.act(
        kind,
        action="submit" if approval is None else "approve",
        resource=RESTRICTION,
        facts=facts,
        records=[NewRecord(sitting.new_id(), RESTRICTION, subject_id, body), *also],
        approval=approval,
        case_facts=None if approval is None else {"self_approval": False},
    )
