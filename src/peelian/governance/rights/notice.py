"""Notices to persons whom data are about, given or put off: Directive (EU) 2016/680, Article 13(2) and (3).

A notice that is put off has a ground and a day on which it is due; there is no way to put it off without an end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.time import iso, utc
from peelian.governance.over_the_desk import Kept
from peelian.governance.rights.letter import Letter
from peelian.governance.rights.reasons import Reasons
from peelian.governance.rights.restriction import Restriction

LONGEST_DEFERRAL = timedelta(days=183)
"""The house's own: who puts a notice off for longer looks at the ground again and enters it again."""


@dataclass(frozen=True)
class Notice:
    """What a person is told without having asked: the points of Article 13(1) and (2), all of them.

    Parameters
    ----------
    controller, officer : who is responsible, and who is asked about data protection.
    purpose, legal_basis : for what the data are, and on which law (Article 13(2)(a)).
    kept : how long, or by which rule (13(2)(b)).
    recipients : categories of those who receive them (13(2)(c)).
    remedy : the right to access, rectification, erasure, restriction and complaint, and where.
    """

    controller: str
    officer: str
    purpose: str
    legal_basis: str
    kept: str
    recipients: str
    remedy: str

    def letter(self) -> Letter:
        """Return the notice as a letter; one that leaves a point out is refused."""
        told = (
            f"Responsible: {self.controller}. Asked about data protection: {self.officer}.",
            f"How long the data are kept: {self.kept}. Who may receive them: {self.recipients}.",
        )
        if empty := [name for name, text in vars(self).items() if not text.strip()]:
            raise BadInput(f"A notice says {', '.join(empty)} too (LED Article 13); write it.")
        reasons = Reasons(
            facts=f"Data about you are processed here, for this purpose: {self.purpose}.",
            rule=self.legal_basis,
            decider=f"{self.controller}, through its rights officer.",
            remedy=self.remedy,
        )
        return Letter("Notice to a person whom data are about", told, reasons)


@dataclass(frozen=True)
class Deferral:
    """A notice put off: on which ground, and the first instant at which it is due after all."""

    ground: Restriction
    until: datetime

    def document(self) -> Document:
        """Return it as it is recorded."""
        return {"given": False, "ground": self.ground.value, "until": iso(self.until)}


def deferred(ground: Restriction, *, until: datetime, now: datetime) -> Deferral:
    """Return a deferral that ends, and ends within half a year."""
    if not now < utc(until) <= now + LONGEST_DEFERRAL:
        raise BadInput(
            f"A notice is put off until an instant within {LONGEST_DEFERRAL.days} days from now; {iso(until)} is not. "
            "Give an earlier end; when it comes, look at the ground again."
        )
    return Deferral(ground, utc(until))


def awaiting(notices: Sequence[Kept], *, now: datetime) -> tuple[str, ...]:
    """Return the subjects whose notice was put off until now or earlier and not given since, oldest first."""
    last: dict[str, Mapping[str, Any]] = {}
    for kept in sorted(notices, key=lambda kept: kept.entry_index):
        last.pop(kept.subject, None)
        last[kept.subject] = kept.body
    return tuple(
        subject
        for subject, body in last.items()
        if not body["given"] and datetime.fromisoformat(body["until"]) <= now
    )
