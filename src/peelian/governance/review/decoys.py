"""Decoys: findings whose truth is known, among the others, to see whether readers look.

A decoy is stored as any finding is: an id of the moment with a part that looks drawn (stock.py), a body of the same
number of bytes, and a sealed note on its nature, which every finding has. It comes when findings come (placing.py).
Nothing that is stored in the clear tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput
from peelian.domain.finding import Finding

FALSE_SHARE = 0.8
"""Decoys that do not hold, among decoys: whoever confirms everything is found out by these alone."""

BODY_BYTES = 8_192
"""What every stored finding takes, canonical JSON, whatever it says."""


class Nature(StrEnum):
    """What a finding is: one of the world's, or a decoy that is known to hold, or known not to."""

    REAL = "real"
    HOLDS = "decoy that holds"
    FALSE = "false decoy"


@dataclass(frozen=True)
class Decoy:
    """A finding made to be read, and whether its claim holds."""

    finding: Finding
    holds: bool

    @property
    def nature(self) -> Nature:
        """Return what it is."""
        return Nature.HOLDS if self.holds else Nature.FALSE


def stored(finding: Finding, *, nature: str) -> Document:
    """Return the body under which a finding is kept: itself, its sealed note, and blanks up to the one size."""
    body: Document = {"finding": finding.document(), "nature": nature, "pad": ""}
    missing = BODY_BYTES - len(canonical(body))
    if missing < 0:
        raise BadInput(
            f"The finding takes {BODY_BYTES - missing} bytes of at most {BODY_BYTES}; shorten its explanation, or "
            "refer to evidence instead of describing it."
        )
    return {**body, "pad": " " * missing}


def as_if_made(decoy: Decoy, *, finding_id: str, now: datetime, lag: timedelta) -> Finding:
    """Return the decoy's finding under an id of now, as if it had been made `lag` ago, as real ones are."""
    return replace(decoy.finding, finding_id=finding_id, made_at=now - lag)
