"""The finding: what a machine, or a person, says about a place, a vehicle, a person or a scene; a proposal.

For: every room that detects something. Nothing follows from a finding until people have disposed of it.
Not for: its way through review (governance.review) and its decision.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from peelian.domain.canonical import Document, canonical, digest
from peelian.domain.errors import BadInput, PeelianError
from peelian.domain.section import Section, closed
from peelian.domain.time import iso, utc

GROUNDS = "not by itself a ground for stop, search, arrest or detention"
"""The legal effect of every finding, in every output and export of it (requirement P06)."""

_SCORE_IN_WORDS = re.compile(r"\d\s*%|\bper ?cent\b|(?<!\d)[01]?[.,]\d", re.IGNORECASE)


class About(StrEnum):
    """What a finding is about."""

    PLACE = "place"
    VEHICLE = "vehicle"
    PERSON = "person"
    SCENE = "scene"


class Severity(StrEnum):
    """How much hangs on an early answer; the first is served first."""

    LIFE_AT_RISK = "life at risk"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Assertion(StrEnum):
    """Whether an item is a fact or somebody's assessment, as Article 7(1) of Directive (EU) 2016/680 asks."""

    FACT = "fact"
    ASSESSMENT = "assessment"


RELIABILITY = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "cannot be judged",
}
"""Grades of a source in the Admiralty code."""

CREDIBILITY = {
    "1": "confirmed by other sources",
    "2": "probably true",
    "3": "possibly true",
    "4": "doubtful",
    "5": "improbable",
    "6": "cannot be judged",
}
"""Grades of an item of information in the Admiralty code."""


@dataclass(frozen=True)
class Evidence:
    """One item a finding rests on, graded so that the grade travels with it (Directive (EU) 2016/680, Article 7(2)).

    Parameters
    ----------
    reference : where it lies; never the thing itself, and no name or number of a person.
    shows : what there is to look at, in a sentence.
    assertion : fact or assessment.
    grade : source and information in the Admiralty code, e.g. "B2".
    """

    reference: str
    shows: str
    assertion: Assertion
    grade: str

    def __post_init__(self) -> None:
        if not self.reference.strip() or not self.shows.strip():
            raise BadInput("An item of evidence lacks its reference or what it shows; give both.")
        if len(self.grade) != 2 or self.grade[0] not in RELIABILITY or self.grade[1] not in CREDIBILITY:
            raise BadInput(
                f"The evidence {self.reference!r} is graded {self.grade!r}; a grade is a letter A to F for the "
                "source and a digit 1 to 6 for the information, such as B2."
            )

    def document(self) -> Document:
        """Return the item with its grade, spelled out for whoever receives it."""
        return {
            "reference": self.reference,
            "shows": self.shows,
            "assertion": self.assertion.value,
            "grade": self.grade,
            "source": RELIABILITY[self.grade[0]],
            "information": CREDIBILITY[self.grade[1]],
        }


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding, as it was proposed.

    Parameters
    ----------
    finding_id : UUIDv7 as text.
    capability : the registered capability that made it.
    about : what it is about; one about a person or a vehicle identifies somebody.
    severity : how much hangs on an early answer.
    says : what is claimed, in a sentence without any score, so that it can be read blind.
    score : how sure the maker is that the claim holds, in [0, 1]; never a rating of a person.
    explanation : why the maker says so.
    model_version : name and version of the model; "person" where nobody computed anything.
    area_prior : share of such claims in this area that held before, in [0, 1].
    evidence : what the claim rests on; at least one item.
    proposer : id of the machine or the principal that made it.
    made_at : aware UTC instant.
    """

    finding_id: str
    capability: str
    about: About
    severity: Severity
    says: str
    score: float
    explanation: str
    model_version: str
    area_prior: float
    evidence: tuple[Evidence, ...]
    proposer: str
    made_at: datetime

    def __post_init__(self) -> None:
        for name in ("score", "area_prior"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadInput(f"The finding's {name} is {getattr(self, name)}; give a number in [0, 1].")
        for name in ("finding_id", "capability", "says", "explanation", "model_version", "proposer"):
            if not getattr(self, name).strip():
                raise BadInput(
                    f"The finding's {name} is empty; a finding explains itself whole or not at all."
                )
        if _SCORE_IN_WORDS.search(self.says):
            raise BadInput(
                f"The claim {self.says!r} states a score, which its first reader must not see; put it into `score`."
            )
        if not self.evidence:
            raise BadInput("The finding has no evidence; name at least one item that a reader can look at.")
        references = [item.reference for item in self.evidence]
        if len(set(references)) != len(references):
            raise BadInput("The finding names one item of evidence twice; name each once.")
        object.__setattr__(self, "made_at", utc(self.made_at))

    @property
    def identifies(self) -> bool:
        """Return whether it points at somebody: one about a person, or a vehicle and so whoever keeps it."""
        return self.about in (About.PERSON, About.VEHICLE)

    def document(self) -> Document:
        """Return the finding as the document that is kept, hashed and handed on, its legal effect included."""
        return {
            "finding_id": self.finding_id,
            "capability": self.capability,
            "about": self.about.value,
            "identifies": self.identifies,
            "severity": self.severity.value,
            "says": self.says,
            "score": self.score,
            "explanation": self.explanation,
            "model_version": self.model_version,
            "area_prior": self.area_prior,
            "evidence": [item.document() for item in self.evidence],
            "proposer": self.proposer,
            "made_at": iso(self.made_at),
            "assertion": Assertion.ASSESSMENT.value,
            "grounds": GROUNDS,
        }

    def digest(self) -> str:
        """Return the SHA-256 of the document in hex."""
        return digest(canonical(self.document()))


def finding_from_document(document: object) -> Finding:
    """Read what `document()` wrote; without its legal effect, or with ungraded evidence, it is refused."""
    check_grounds(document)
    with Section(document, where="the finding") as section:
        for derived in ("identifies", "assertion", "grounds"):
            section.take(derived, object)
        return Finding(
            finding_id=section.text("finding_id"),
            capability=section.text("capability"),
            about=About(closed(section.text("about"), About, where=section.where, what="subject matter")),
            severity=Severity(
                closed(section.text("severity"), Severity, where=section.where, what="severity")
            ),
            says=section.text("says"),
            score=section.number("score"),
            explanation=section.text("explanation"),
            model_version=section.text("model_version"),
            area_prior=section.number("area_prior"),
            evidence=tuple(_evidence(part) for part in section.sections("evidence")),
            proposer=section.text("proposer"),
            made_at=datetime.fromisoformat(section.text("made_at")),
        )


def _evidence(section: Section) -> Evidence:
    with section:
        for derived in ("source", "information"):
            section.take(derived, object)
        assertion = closed(
            section.text("assertion"), Assertion, where=section.where, what="kind of assertion"
        )
        return Evidence(
            reference=section.text("reference"),
            shows=section.text("shows"),
            assertion=Assertion(assertion),
            grade=section.text("grade"),
        )


def check_grounds(document: object) -> None:
    """Refuse to show, export or read a finding that does not carry its legal effect word for word."""
    said = document.get("grounds") if isinstance(document, dict) else None
    if said != GROUNDS:
        raise PeelianError(
            f"A finding that does not say it is {GROUNDS!r} is neither shown nor handed on (requirement P06); "
            "restore the sentence."
        )
