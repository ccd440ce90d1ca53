"""What an act rests on, which must not be what the system itself said.

Article 11(1) of Directive (EU) 2016/680 prohibits decisions with an adverse legal effect "based solely on
automated processing"; so every act here names a ground that was there without the system.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from peelian.domain.canonical import Document
from peelian.domain.errors import Refused
from peelian.domain.identity import given_at
from peelian.domain.section import Section, closed
from peelian.governance.prohibition.names import unmask
from peelian.governance.review.words import check_words

_THE_SYSTEM = re.compile(
    r"\b(systems?|algorithms?|models?|scores?|scored|alerts?|findings?|detections?|detectors?|forecasts?|software"
    r"|computers?|machines?|peelian|ai|hits?)\b",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class GroundKind(StrEnum):
    """What there is beside the system's output."""

    WITNESS = "witness"
    CALL = "call"
    SEEN_BY_OFFICER = "seen by an officer"
    THING = "thing found"
    ORDER = "order of a court or prosecutor"


@dataclass(frozen=True)
class Ground:
    """One ground: its kind, the number it has outside of this system, and what it says in a person's words."""

    kind: GroundKind
    reference: str
    words: str

    def __post_init__(self) -> None:
        check_words(self.words, where="the ground of an act")

    def document(self) -> Document:
        """Return the ground as it is kept."""
        return {"kind": self.kind.value, "reference": self.reference, "words": self.words}


def ground_from_document(document: object) -> Ground:
    """Read what `document()` wrote."""
    with Section(document, where="the ground of an act") as section:
        kind = closed(section.text("kind"), GroundKind, where=section.where, what="kind of ground")
        return Ground(GroundKind(kind), section.text("reference"), section.text("words"))


def is_independent(ground: Ground, *, own_outputs: Collection[str]) -> bool:
    """Return whether a ground is none of the system's own: it has a number, and neither number nor words are ours.

    A UUIDv7 is how this house names its own records, so a ground that bears one is found in here.
    """
    reference, words = unmask(ground.reference).strip(), unmask(ground.words)
    spoken = f"{reference} {words}".casefold()
    ours = any(
        re.search(rf"(?<!\w){re.escape(unmask(name).casefold())}(?!\w)", spoken) for name in own_outputs
    )
    circular = ours or _THE_SYSTEM.search(spoken)
    return bool(reference) and not circular and not any(map(given_at, _UUID.findall(spoken)))


def check_independent(ground: Ground, *, own_outputs: Collection[str]) -> None:
    """Refuse a ground that is the system's own output again."""
    if not is_independent(ground, own_outputs=own_outputs):
        raise Refused(
            "The ground named for this act is none of its own: it is empty, or it is what the system itself said.",
            rule="independent-ground",
            citation="Directive (EU) 2016/680, Article 11(1); house rule: every act names another ground",
            remedy="Say what a person saw, heard or holds, with the number it has outside of this system.",
        )
