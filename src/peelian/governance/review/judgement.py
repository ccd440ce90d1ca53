"""A judgement and a disposition as they are signed and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peelian.domain.canonical import Document
from peelian.domain.errors import Tampered
from peelian.domain.finding import GROUNDS, Finding
from peelian.domain.section import Section
from peelian.domain.time import iso
from peelian.governance.desk import Kept, Sitting
from peelian.governance.principals import Signature, check_signature
from peelian.governance.review.grounds import Ground
from peelian.governance.review.verdict import Opinion, opinion_from_document
from peelian.governance.review.views import Vote

JUDGEMENT, DISPOSITION, HANDOVER = "judgement", "disposition", "handover"
"""The contexts in which signatures are given; what is not sealed is a record of the same kind."""


@dataclass(frozen=True)
class Judgement:
    """What a reader committed to: about which finding exactly, opened when, and said what."""

    finding_id: str
    finding_digest: str
    opened: datetime
    opinion: Opinion

    def document(self) -> Document:
        """Return what the reader signs."""
        return {
            "finding": self.finding_id,
            "digest": self.finding_digest,
            "opened": iso(self.opened),
            "opinion": self.opinion.document(),
        }


def disposition_document(finding: Finding, *, ground: Ground, urgent: bool) -> Document:
    """Return what whoever acts on a finding signs, the finding's legal effect included."""
    return {
        "finding": finding.finding_id,
        "digest": finding.digest(),
        "ground": ground.document(),
        "urgent": urgent,
        "grounds": GROUNDS,
    }


def signed(sitting: Sitting, document: Document, *, context: str) -> Document:
    """Return the document under the signature of whoever sits here."""
    return {"signed": document, "signature": sitting.actor.sign(document, context=context).hex}


def judgement_of(sitting: Sitting, kept: Kept, *, finding_id: str) -> Vote:
    """Read a stored judgement of a finding; it counts only under the signature of the person whose entry it is."""
    with Section(kept.body, where=f"the judgement {kept.record_id}") as outer:
        document, signature = outer.take("signed", dict), outer.text("signature")
    reader = sitting.author_of(kept)
    check_signature(reader, document, Signature(reader.id, signature), context=JUDGEMENT)
    with Section(document, where=f"the judgement {kept.record_id}") as section:
        judgement = Judgement(
            finding_id=section.text("finding"),
            finding_digest=section.text("digest"),
            opened=datetime.fromisoformat(section.text("opened")),
            opinion=opinion_from_document(section.take("opinion", dict)),
        )
    if judgement.finding_id != finding_id:
        raise Tampered(f"The judgement {kept.record_id} is about another finding; tell the auditor.")
    return Vote(reader.name, judgement.opinion, kept.written, kept.entry_index)
