"""What a reader sees before committing a judgement, and what anybody sees afterwards.

A `BlindView` has no score, no prior, no explanation and no votes: not hidden fields, but none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from peelian.domain.canonical import Document, digest
from peelian.domain.finding import GROUNDS, About, Evidence, Finding, Severity
from peelian.domain.time import iso
from peelian.governance.review.decoys import Nature
from peelian.governance.review.states import State
from peelian.governance.review.verdict import Opinion


@dataclass(frozen=True)
class BlindView:
    """A finding as its reader meets it: the claim and the evidence, in an order drawn for this opening."""

    finding_id: str
    opening_id: str
    about: About
    severity: Severity
    says: str
    evidence: tuple[Evidence, ...]
    made_at: datetime
    grounds: str = GROUNDS

    def document(self) -> Document:
        """Return the view for machines."""
        return {
            "finding_id": self.finding_id,
            "opening_id": self.opening_id,
            "about": self.about.value,
            "severity": self.severity.value,
            "says": self.says,
            "evidence": [item.document() for item in self.evidence],
            "made_at": iso(self.made_at),
            "grounds": self.grounds,
        }

    def lines(self) -> tuple[str, ...]:
        """Return the view for people, legal effect included."""
        return (
            f"{self.says} ({self.about.value}, {self.severity.value}, made {self.made_at:%Y-%m-%d %H:%M} UTC)",
            *map(_line, self.evidence),
            f"Legal effect: {self.grounds}.",
        )


@dataclass(frozen=True)
class Vote:
    """One committed judgement, as the full view shows it."""

    reader: str
    opinion: Opinion
    at: datetime
    entry_index: int

    def document(self) -> Document:
        """Return the vote for machines."""
        return {
            "reader": self.reader,
            **self.opinion.document(),
            "at": iso(self.at),
            "ledger_entry": self.entry_index,
        }


@dataclass(frozen=True)
class FullView:
    """A finding with its score, prior, explanation and votes: for whoever has judged it, or once it is decided."""

    finding: Finding
    state: State
    votes: tuple[Vote, ...]
    nature: Nature | None = None
    """What it is, told once nobody is to read it any more; None until then."""

    def document(self) -> Document:
        """Return the view for machines; the finding's own document carries the legal effect."""
        return {
            **self.finding.document(),
            "state": self.state.value,
            "nature": None if self.nature is None else self.nature.value,
            "votes": [vote.document() for vote in self.votes],
        }

    def lines(self) -> tuple[str, ...]:
        """Return the view for people, legal effect included."""
        told = self.finding
        return (
            f"{told.says} ({told.about.value}, {told.severity.value}): {self.state.value}",
            f"Score {told.score:.2f} by {told.model_version}; {told.area_prior:.0%} of such claims here held before.",
            f"An assessment by {told.proposer}: {told.explanation}",
            *map(_line, told.evidence),
            *(
                f"{vote.reader}: {vote.opinion.verdict.value}, {vote.opinion.why.value}. {vote.opinion.words}"
                for vote in self.votes
            ),
            *(
                ()
                if self.nature in (None, Nature.REAL)
                else (f"This was a {self.nature}; it happened to nobody.",)
            ),
            f"Legal effect: {told.document()['grounds']}.",
        )


def blind(finding: Finding, *, opening_id: str) -> BlindView:
    """Return what a reader may see; the opening's id is the seed of the order of the evidence."""
    return BlindView(
        finding_id=finding.finding_id,
        opening_id=opening_id,
        about=finding.about,
        severity=finding.severity,
        says=finding.says,
        evidence=shuffled(finding.evidence, seed=opening_id),
        made_at=finding.made_at,
    )


def shuffled(evidence: Sequence[Evidence], *, seed: str) -> tuple[Evidence, ...]:
    """Return the items in an order that follows from the seed and from nothing else, so that it can be shown again."""
    return tuple(sorted(evidence, key=lambda item: digest(f"{seed} {item.reference}".encode())))


def _line(item: Evidence) -> str:
    return f"  {item.reference}: {item.shows} ({item.assertion.value}, graded {item.grade})"
