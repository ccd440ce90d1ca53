"""What a reader may say of a finding, and the closed vocabulary of why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.section import Section, closed
from peelian.governance.review.words import check_words


class Verdict(StrEnum):
    """What a reader says of a finding."""

    CONFIRMED = "confirmed"
    UNFOUNDED = "unfounded"
    INCONCLUSIVE = "inconclusive"
    REFERRED = "referred"


class Why(StrEnum):
    """Why; in words of one's own besides."""

    SHOWN = "the evidence shows it"
    OTHER_THING = "the evidence shows something else"
    NOTHING = "the evidence shows nothing"
    UNCLEAR = "the evidence is unclear"
    MISSING = "the evidence is missing or damaged"
    NOT_OURS = "another body decides on this"
    RIGHTS = "reading further would intrude on somebody's rights"


FITTING: dict[Verdict, frozenset[Why]] = {
    Verdict.CONFIRMED: frozenset({Why.SHOWN}),
    Verdict.UNFOUNDED: frozenset({Why.OTHER_THING, Why.NOTHING}),
    Verdict.INCONCLUSIVE: frozenset({Why.UNCLEAR, Why.MISSING, Why.RIGHTS}),
    Verdict.REFERRED: frozenset({Why.NOT_OURS, Why.RIGHTS}),
}
"""Which reasons go with which verdict."""


@dataclass(frozen=True)
class Opinion:
    """A verdict with its reason: a code of the closed vocabulary, and words."""

    verdict: Verdict
    why: Why
    words: str

    def __post_init__(self) -> None:
        if self.why not in FITTING[self.verdict]:
            fitting = "; ".join(sorted(FITTING[self.verdict]))
            raise BadInput(
                f"The verdict {self.verdict.value!r} does not rest on {self.why.value!r}; it rests on: {fitting}."
            )
        check_words(self.words, where="the reason for a judgement")

    def document(self) -> Document:
        """Return the opinion as it is signed and kept."""
        return {"verdict": self.verdict.value, "why": self.why.value, "words": self.words}


def opinion_from_document(document: object) -> Opinion:
    """Read what `document()` wrote."""
    with Section(document, where="a judgement's opinion") as section:
        verdict = closed(section.text("verdict"), Verdict, where=section.where, what="verdict")
        why = closed(section.text("why"), Why, where=section.where, what="reason")
        return Opinion(Verdict(verdict), Why(why), section.text("words"))
