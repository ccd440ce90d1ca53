"""When a capability has to stop by itself: it does no better than plain counts, or nobody has looked at it for long.

Pure: facts in, grounds out. Source: the Dutch police took its CAS out of use in December 2025 after its own
evaluation; Regulation (EU) 2024/1689, Article 26(5) (deployers suspend the use). The numbers are the house's own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

PERIODS = 8
"""Scored periods that are looked at together; each is looked at once, so that looking often does not add up."""

T_975 = 2.364624
"""The 97.5 % point of Student's t with PERIODS - 1 degrees of freedom."""

REVIEW_WITHIN = timedelta(days=366)
"""So long after the last approval of a charter that names it, or after its restoration, a capability is unreviewed."""


class Ground(StrEnum):
    """Why a capability suspends itself."""

    UNDER_PERFORMS = "under-performs"
    UNREVIEWED = "unreviewed"
    UNREGISTERED = "unregistered"
    EXPIRED = "expired"


@dataclass(frozen=True)
class CapabilityFacts:
    """What is known of a capability that a charter names or named.

    Parameters
    ----------
    registered : whether the register of this version has it.
    reviewed : last civil day on which people approved a charter that names it, or restored it; None: never.
    expires : first civil day on which no approved charter names it any more.
    differences : of each scored period since it was last restored, oldest first, the figure of its forecast minus
        that of plain counts, in the figure's own unit.
    """

    capability: str
    registered: bool
    reviewed: date | None
    expires: date
    differences: tuple[float, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """One ground, in a sentence with its figures."""

    ground: Ground
    says: str


@dataclass(frozen=True)
class Interval:
    """A mean with the ends of its 95 % interval (Student's t over periods)."""

    mean: float
    lo: float
    hi: float


def grounds(facts: CapabilityFacts, *, today: date) -> tuple[Verdict, ...]:
    """Return every ground on which a capability suspends itself today; none means that it goes on."""
    found = []
    if not facts.registered:
        found.append(Verdict(Ground.UNREGISTERED, "The register of this version does not have it."))
    if today >= facts.expires:
        found.append(Verdict(Ground.EXPIRED, f"No charter has named it since {facts.expires}."))
    if facts.reviewed is None or today >= facts.reviewed + REVIEW_WITHIN:
        when = "never" if facts.reviewed is None else f"last on {facts.reviewed}"
        found.append(Verdict(Ground.UNREVIEWED, f"People approved it {when}; a year is the longest."))
    if (worst := below_baseline(facts.differences)) is not None:
        says = (
            f"Over {PERIODS} scored periods it lay below plain counts by {-worst.mean:.4g} on average (95 % interval "
            f"{-worst.hi:.4g} to {-worst.lo:.4g})."
        )
        found.append(Verdict(Ground.UNDER_PERFORMS, says))
    return tuple(found)


def below_baseline(differences: Sequence[float]) -> Interval | None:
    """Return the first block of PERIODS whose 95 % interval lies wholly below zero; None where no block's does.

    A capability exactly as good as plain counts is suspended by a block with probability .025 where periods are
    independent and the differences near normal: one tail of the interval.
    """
    blocks = [differences[at : at + PERIODS] for at in range(0, len(differences) - PERIODS + 1, PERIODS)]
    return next((found for block in blocks if (found := _interval(block)).hi < 0), None)


def _interval(block: Sequence[float]) -> Interval:
    mean = math.fsum(block) / len(block)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in block) / (len(block) - 1))
    reach = T_975 * spread / math.sqrt(len(block))
    return Interval(mean, mean - reach, mean + reach)
