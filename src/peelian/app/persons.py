"""What people do at the desk about the persons whom records are about: each act in one sitting of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from peelian.domain.section import closed
from peelian.governance.card import SubjectCategory
from peelian.governance.desk import Desk
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.persons.subject_erasure import CERTIFICATE, ORDER, Ground
from peelian.governance.persons.subjects import Subject

CAPABILITY = "governance.subjects"
ERASING = "erasure-or-correction"
"""The reason for which orders are read."""


@dataclass(frozen=True)
class Look:
    """Why a person, or a record about one, is looked at: for which purpose, in which case, with which reason."""

    purpose: str
    reason: str | None
    case: str | None
    note: str | None


@dataclass(frozen=True)
class ListedOrder:
    """An order to erase a person: whom (an id that says nothing), on which ground, and whether it was carried out."""

    order_id: str
    subject_id: str
    ground: str
    permanent: bool
    given: datetime
    done: bool


def category_named(name: str) -> SubjectCategory:
    """Return the category of person of that name; an unknown one is refused with the list."""
    known = [each.value for each in SubjectCategory if each is not SubjectCategory.NONE]
    return SubjectCategory(closed(name, known, where="--category", what="category of person"))


def register(
    desk: Desk, *, purpose: str, category: SubjectCategory, identifiers: Sequence[Identifier]
) -> Subject:
    """Register a person with what tells who they are."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        return sitting.register_subject(category=category, identifiers=identifiers)


def find(
    desk: Desk, *, look: Look, identifiers: Sequence[Identifier], categories: Collection[SubjectCategory]
) -> tuple[Subject, ...]:
    """Return whom these identifiers find, in the categories asked for; each look is entered before the answer."""
    with desk.open(
        purpose=look.purpose, capability=CAPABILITY, case=look.case, reason=look.reason, note=look.note
    ) as sitting:
        found = [
            each
            for identifier in identifiers
            for each in sitting.find_subjects(identifier, categories=categories)
        ]
        return tuple(dict.fromkeys(found))


def merge(desk: Desk, *, purpose: str, subject_id: str, into: str) -> None:
    """Enter that two subjects are one person."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        sitting.merge_subjects(subject_id, into=into)


def order_erasure(desk: Desk, *, purpose: str, subject_id: str, ground: Ground, permanent: bool) -> str:
    """Order that a person be erased, and return the order's id."""
    with desk.open(purpose=purpose, capability=CAPABILITY) as sitting:
        return sitting.order_subject_erasure(subject_id, ground=ground, permanent=permanent)


def erase(desk: Desk, *, purpose: str, order_id: str) -> tuple[Entry, ...]:
    """Erase the person whom another ordered to be erased; no entry where that was done before."""
    with desk.open(purpose=purpose, capability=CAPABILITY, reason=ERASING) as sitting:
        return sitting.erase_subject(order_id)


def orders(desk: Desk, *, purpose: str) -> tuple[ListedOrder, ...]:
    """Return every order to erase a person, oldest first."""
    with desk.open(purpose=purpose, capability=CAPABILITY, reason=ERASING) as sitting:
        done = {kept.subject for kept in sitting.records(CERTIFICATE)}
        return tuple(
            ListedOrder(
                order_id=kept.record_id,
                subject_id=kept.body["subject_id"],
                ground=kept.body["ground"],
                permanent=kept.body["permanent"],
                given=kept.written,
                done=kept.record_id in done,
            )
            for kept in sitting.records(ORDER)
        )


def validate(desk: Desk, *, look: Look, capability: str, kind: str, record_id: str, basis: str) -> str:
    """Enter that a suspicion was examined and stands; return the new id of the record, shown five more years."""
    with desk.open(
        purpose=look.purpose, capability=capability, case=look.case, reason=look.reason, note=look.note
    ) as sitting:
        return sitting.validate(sitting.record(kind, record_id), basis=basis)
