"""Decoys: findings whose truth is known, among the others, to see whether readers look.

A decoy is stored as any finding is: an id from the same generator at the same moment, a body of the same number of
bytes, and a sealed note on its nature, which every finding has. Nothing that is stored in the clear tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput
from peelian.domain.finding import Finding

LEAST_SHARE, MOST_SHARE = 0.02, 0.05
"""Decoys among what is read, as the requirement bounds them (H04)."""

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


@dataclass(frozen=True, order=True)
class Due:
    """When a decoy is to be placed, and whether it is one that holds."""

    at: datetime
    holds: bool


def stored(finding: Finding, *, nature: str) -> Document:
    """Return the body under which a finding is kept: itself, its sealed note, and blanks up to the one size."""
    body: dict[str, object] = {"finding": finding.document(), "nature": nature, "pad": ""}
    missing = BODY_BYTES - len(canonical(body))  # type: ignore[arg-type]
    if missing < 0:
        raise BadInput(
            f"The finding takes {BODY_BYTES - missing} bytes of at most {BODY_BYTES}; shorten its explanation, or "
            "refer to evidence instead of describing it."
        )
    return {"finding": finding.document(), "nature": nature, "pad": " " * missing}


def as_if_made(decoy: Decoy, *, finding_id: str, now: datetime, lag: timedelta) -> Finding:
    """Return the decoy's finding under an id of now, as if it had been made `lag` ago, as real ones are."""
    return replace(decoy.finding, finding_id=finding_id, made_at=now - lag)


def schedule(
    arrivals: Sequence[datetime], *, share: float, ahead: timedelta, rng: np.random.Generator
) -> tuple[Due, ...]:
    """Return when decoys are to be placed in a span to come, so that they arrive as real findings do.

    The times are those of randomly chosen arrivals of the span before, moved ahead by its length and by a little more
    or less (a smoothed bootstrap): the hours of the day keep their shares.

    Parameters
    ----------
    arrivals : instants at which real findings arrived, within a span of length `ahead`.
    share : decoys among all that is read, in [0.02, 0.05].
    ahead : length of the span; whole days keep the hours, whole weeks the days.
    """
    if not LEAST_SHARE <= share <= MOST_SHARE:
        raise BadInput(
            f"A share of {share} decoys is not from {LEAST_SHARE} to {MOST_SHARE}; choose one there."
        )
    number = int(rng.binomial(len(arrivals), share / (1 - share)))
    width_s = ahead.total_seconds() / max(1, len(arrivals))
    chosen = rng.choice(len(arrivals), size=number, replace=False) if number else ()
    return tuple(
        sorted(
            Due(
                at=arrivals[int(place)] + ahead + timedelta(seconds=float(rng.normal(0.0, width_s))),
                holds=bool(rng.random() >= FALSE_SHARE),
            )
            for place in chosen
        )
    )
