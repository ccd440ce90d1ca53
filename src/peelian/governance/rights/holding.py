"""What each room holds on a person: a small contract that its door fulfils, so that no answer leaves a room out.

Every kind of record that may be about a person outside the house is answered for: by governance itself, by a room that
declares a `Holding` in its `service.py`, or by a sentence below that says why it is filed under no person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from peelian.domain.canonical import canonical
from peelian.domain.errors import BadInput
from peelian.governance.desk import Desk, Kept
from peelian.governance.persons.identifiers import Identifier
from peelian.governance.persons.subjects import Subject
from peelian.governance.rights.letter import Held
from peelian.governance.rights.taking import CAPABILITY, EVERYBODY, PURPOSE, REASON

FILED_OTHERWISE: Mapping[str, str] = {
    "subject": "Says that there is somebody, not who; it is told with each record that is filed under it.",
    "subject-order": "Names a subject by an id that says nothing, and goes with the answer that all was erased.",
    "restriction": "Marks what is kept; each record that is told says whether it is restricted.",
    "legal-hold": "Names what is held by kind, id or place, and the authority that ordered it.",
    "rejected-row": "A row nobody could read is sealed under its delivery; who it is about was never found out.",
    "erasure-order": "Names rows by keyed hashes of a publisher's own keys.",
    "erasure": "Names rows by keyed hashes of a publisher's own keys.",
    "backup": "Holds what the house holds; nothing is looked up in it.",
    "finding": "Is about a place or a scene; one about a person or a vehicle is a sealed finding.",
    "disposition": "Is filed under the finding that it disposes of, about a place or a scene.",
}
"""Kinds that may tell of a person and are filed under none, each with the reason."""


@runtime_checkable
class Holding(Protocol):
    """What one room keeps about persons, and how it is asked for it; each look is entered before it is answered."""

    @property
    def kinds(self) -> frozenset[str]:
        """Return the data kinds that this answers for."""
        ...

    def about(self, desk: Desk, *, identifiers: Sequence[Identifier]) -> tuple[Held, ...]:
        """Return all that is held of these kinds on whoever has these identifiers."""
        ...


@dataclass(frozen=True)
class SealedKinds:
    """The sealed kinds of a room, filed under subjects and read with one of its capabilities.

    Parameters
    ----------
    capability : through which the register lets them be read.
    kinds : their ids.
    purpose : for which; None means one for which a charter in force permits the capability.
    """

    capability: str
    kinds: frozenset[str]
    purpose: str | None = None

    def about(self, desk: Desk, *, identifiers: Sequence[Identifier]) -> tuple[Held, ...]:
        """Return all records of these kinds about the person, in all categories."""
        purpose = self.purpose or next(iter(desk.purposes(self.capability)), None)
        if purpose is None:
            raise BadInput(
                f"No charter in force permits {self.capability}, so {sorted(self.kinds)[0]!r} cannot be looked at for "
                "this person; have one approved, for an answer without it would be wrong."
            )
        with desk.open(purpose=purpose, capability=self.capability, reason=REASON) as sitting:
            found = {
                subject.subject_id: subject
                for identifier in identifiers
                for subject in sitting.find_subjects(identifier, categories=EVERYBODY)
            }
            return tuple(
                _held(subject, kept)
                for subject in found.values()
                for kind in sorted(self.kinds)
                for kept in sitting.records(kind, subject=subject.subject_id)
            )


OWN = SealedKinds(CAPABILITY, frozenset({"contact", "notice"}), purpose=PURPOSE)
"""What governance itself keeps, without a charter."""


def unanswered(kinds: frozenset[str], holdings: Sequence[Holding]) -> tuple[str, ...]:
    """Return the kinds about persons for which nobody answers, in order."""
    answered = {kind for holding in holdings for kind in holding.kinds}
    return tuple(sorted(kinds - answered - set(FILED_OTHERWISE)))


def _held(subject: Subject, kept: Kept) -> Held:
    says = canonical(kept.body).decode()
    return Held(kept.kind, subject.category.value, kept.written, says, restricted=kept.restricted)
