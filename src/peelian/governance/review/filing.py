"""How a finding is filed: under the person whom it is about, sealed with that person's key, or under nobody.

A finding about a person or a vehicle, what its readers say of it and what is done on it are sealed under one key; when
the person is erased, all of it goes. Where the proposer cannot say who it is, and for every decoy, the house draws a
person without a name: so nothing in the stores tells a decoy from a finding about somebody unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.finding import Finding
from peelian.governance.card import SubjectCategory
from peelian.governance.desk import Kept, NewRecord, Sitting
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.standing import SEALED
from peelian.governance.stated import Accuracy, Assertion, Source, Stated

_SEALED = "sealed-"


class Told(StrEnum):
    """What is told of a finding, each a record: itself, a judgement, a disposition."""

    FINDING = "finding"
    JUDGEMENT = "judgement"
    DISPOSITION = "disposition"


STATED = {
    Told.FINDING: Stated(Assertion.ASSESSMENT, Source.X, Accuracy.HEARSAY),
    Told.JUDGEMENT: Stated(Assertion.ASSESSMENT, Source.A, Accuracy.OWN),
    Told.DISPOSITION: Stated(Assertion.FACT, Source.A, Accuracy.CERTAIN),
}
"""How sure each is (Directive (EU) 2016/680, Article 7): a proposal of which nobody has judged anything yet, what a
reader makes of the evidence before them, and what the house itself did."""


@dataclass(frozen=True)
class Concerned:
    """Whom a finding is about, where its proposer can tell: in which category of persons, and by which identifiers."""

    category: SubjectCategory
    identifiers: tuple[Identifier, ...]

    def __post_init__(self) -> None:
        if self.category is SubjectCategory.NONE or not self.identifiers:
            raise BadInput(
                "Whom a finding is about is said with a category of person and at least one identifier; say nothing "
                "where it is not known."
            )


@dataclass(frozen=True)
class Filed:
    """Where a finding is filed: the id of the person it is about, or None; `restricted` as that person is."""

    person: str | None = None
    restricted: bool = False

    def kind(self, told: Told) -> str:
        """Return the data kind of what is told of it."""
        return told.value if self.person is None else f"{_SEALED}{told}"

    def record(self, told: Told, record_id: str, body: Document, *, about: str) -> NewRecord:
        """Return a record of it; one that is not sealed is filed under `about`."""
        if self.person is None:
            return NewRecord(record_id, told.value, about, body)
        return NewRecord(record_id, self.kind(told), self.person, body, stated=STATED[told])


def filed_from(kept: Kept) -> Filed:
    """Return where a stored finding is filed."""
    return Filed(kept.subject, kept.restricted) if kept.kind.startswith(_SEALED) else Filed()


def stored_finding(sitting: Sitting, finding_id: str) -> Kept:
    """Hand out a stored finding; one that was erased is answered like one that never was."""
    kind = SEALED if sitting.kind_of(finding_id) == SEALED else Told.FINDING.value
    found = sitting.records(kind, record_id=finding_id)
    if not found:
        raise BadInput(f"There is no finding with the id {finding_id}; check the id in the report.")
    return found[0]


def file_under(sitting: Sitting, finding: Finding, concerned: Concerned | None) -> Filed:
    """Return where a new finding is filed: its person is found, registered, or drawn without a name.

    Raises `BadInput` where it names somebody and says that it is about a place, or names several known persons.
    """
    if not finding.identifies:
        if concerned is not None:
            raise BadInput(
                f"The finding names somebody and says it is about a {finding.about}; whatever points at somebody is "
                "about a person or a vehicle, and is read by two people."
            )
        return Filed()
    sitting.require(
        action="propose", resource=f"{_SEALED}{Told.FINDING}", case_facts={"restricted": False}
    )  # before anybody is registered for it
    if concerned is None:
        return Filed(sitting.register_unnamed(category=SubjectCategory.OTHER).subject_id)
    return _under(sitting, concerned.category, concerned.identifiers)


def _under(sitting: Sitting, category: SubjectCategory, identifiers: Sequence[Identifier]) -> Filed:
    found = {
        subject.subject_id: subject
        for identifier in identifiers
        for subject in sitting.find_subjects(identifier, categories=frozenset({category}))
    }
    if len(found) > 1:
        raise BadInput(
            "These identifiers are those of several persons known here; give one, or have the persons merged first."
        )
    for known in found.values():
        return Filed(known.subject_id, known.restricted)
    return Filed(sitting.register_subject(category=category, identifiers=identifiers).subject_id)
