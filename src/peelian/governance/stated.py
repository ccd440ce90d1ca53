"""How sure a sealed record is of what it says of a person: fact or assessment, graded, and on which suspicion.

The codes of a grading are those of Regulation (EU) 2016/794 (Europol), Article 29(1) and (2), in its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from peelian.domain.canonical import Document
from peelian.domain.errors import Refused
from peelian.domain.time import iso
from peelian.governance.clocks import is_over, term

LEAST_BASIS = 20


class Assertion(StrEnum):
    """Whether a record says what is, or what somebody thinks of a person (Directive (EU) 2016/680, Article 7(1))."""

    FACT = "fact"
    ASSESSMENT = "assessment"


class Source(StrEnum):
    """How reliable the source is."""

    A = "A"  # no doubt as to authenticity, trustworthiness and competence, or proved to be reliable in all instances
    B = "B"  # has in most instances proved to be reliable
    C = "C"  # has in most instances proved to be unreliable
    X = "X"  # the reliability of the source cannot be assessed


class Accuracy(StrEnum):
    """How accurate the information is."""

    CERTAIN = "1"  # information the accuracy of which is not in doubt
    OWN = "2"  # known personally to the source but not known personally to the official passing it on
    CORROBORATED = (
        "3"  # not known personally to the source but corroborated by other information already recorded
    )
    HEARSAY = "4"  # not known personally to the source and cannot be corroborated


@dataclass(frozen=True)
class Stated:
    """What stands beside every sealed record and travels with it: fact or assessment, and its grading."""

    assertion: Assertion
    source: Source
    accuracy: Accuracy

    def document(self) -> Document:
        """Return it as plain values."""
        return {"assertion": self.assertion, "source": self.source, "accuracy": self.accuracy}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Stated:
        """Read it back."""
        return cls(
            Assertion(document["assertion"]), Source(document["source"]), Accuracy(document["accuracy"])
        )


@dataclass(frozen=True)
class Suspicion:
    """Why somebody is suspected, who documented it (a principal's id), and when."""

    basis: str
    by: str
    at: datetime

    def document(self) -> Document:
        """Return it as plain values."""
        return {"basis": self.basis, "by": self.by, "at": iso(self.at)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Suspicion:
        """Read it back."""
        return cls(document["basis"], document["by"], datetime.fromisoformat(document["at"]))

    def stands(self, now: datetime, *, zone: str) -> bool:
        """Return whether its term, since it was documented or last validated, is not over in the deployment's zone."""
        return not is_over(term("intelligence-review"), start=self.at, zone=zone, now=now)


def documented(basis: str | None, *, by: str, at: datetime, kind: str) -> Suspicion:
    """Return a suspicion as documented now; a record without one is refused where its kind asks for it."""
    if basis is None or len(basis.strip()) < LEAST_BASIS:
        raise Refused(
            f"A {kind} is kept only with the suspicion it rests on, in {LEAST_BASIS} characters or more.",
            rule="suspicion-required",
            citation="house rule, after 28 CFR 23.20(a)",
            remedy="Say why this person is suspected of which conduct, or do not keep the record.",
        )
    return Suspicion(basis.strip(), by, at)
