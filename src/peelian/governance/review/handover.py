"""The hand-over between shifts: from whom to whom, what waits, what has waited too long, and a note."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime

from peelian.domain.canonical import Document
from peelian.domain.finding import GROUNDS, About, Severity
from peelian.domain.section import Section, closed
from peelian.domain.time import iso
from peelian.governance.desk import Kept, Sitting
from peelian.governance.principals import Signature, check_signature
from peelian.governance.review.judgement import HANDOVER
from peelian.governance.review.queue import Waiting
from peelian.governance.review.states import State


@dataclass(frozen=True)
class Handover:
    """One hand-over; `waiting` is the queue as it was."""

    by: str
    to: str
    at: datetime
    waiting: tuple[Waiting, ...]
    note: str

    @property
    def escalated(self) -> int:
        """Return how many findings had waited too long."""
        return sum(item.escalated(self.at) for item in self.waiting)

    def only(self, there: Container[str]) -> Handover:
        """Return it with those findings alone that are there."""
        return replace(self, waiting=tuple(item for item in self.waiting if item.finding_id in there))

    def document(self) -> Document:
        """Return the hand-over as it is signed and kept."""
        return {
            "by": self.by,
            "to": self.to,
            "at": iso(self.at),
            "waiting": [{**item.document(self.at), "since": iso(item.since)} for item in self.waiting],
            "note": self.note,
            "grounds": GROUNDS,
        }


def handover_of(sitting: Sitting, kept: Kept) -> Handover:
    """Read a stored hand-over; it counts only under the signature of whoever handed over."""
    where = f"the hand-over {kept.record_id}"
    with Section(kept.body, where=where) as outer:
        document, signature = outer.take("signed", dict), outer.text("signature")
    author = sitting.author_of(kept)
    check_signature(author, document, Signature(author.id, signature), context=HANDOVER)
    with Section(document, where=where) as section:
        section.take("grounds", str)
        return Handover(
            by=section.text("by"),
            to=section.text("to"),
            at=datetime.fromisoformat(section.text("at")),
            waiting=tuple(_waiting(part) for part in section.sections("waiting")),
            note=section.text("note"),
        )


def _waiting(section: Section) -> Waiting:
    with section:
        for derived in ("due", "escalated", "grounds"):
            section.take(derived, object)
        where = section.where
        return Waiting(
            finding_id=section.text("finding_id"),
            about=About(closed(section.text("about"), About, where=where, what="subject matter")),
            severity=Severity(closed(section.text("severity"), Severity, where=where, what="severity")),
            state=State(closed(section.text("state"), State, where=where, what="state")),
            made_at=datetime.fromisoformat(section.text("made_at")),
            since=datetime.fromisoformat(section.text("since")),
        )
