"""What is known of a capability's right to go on: who approved it when, until when a charter names it, how it scored.

For: the desk, which asks at every act whether a capability is over by its dates, and the review of all of them by
their scores. Suspending is an act of the house (act.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from peelian.domain.canonical import Document
from peelian.governance.chartered import Chartered, charters
from peelian.governance.circumstances.own_records import new_record, own_records
from peelian.governance.circumstances.sunset import CapabilityFacts, Verdict, grounds
from peelian.governance.circumstances.suspended import KIND, State, halted, states
from peelian.governance.kit import Kit
from peelian.storage.rows import Record


@dataclass(frozen=True)
class ScoredPeriod:
    """How one committed forecast of a capability did: when it was scored, and its figure minus plain counts'."""

    capability: str
    scored_at: datetime
    difference: float


def over(kit: Kit, capability: str, *, today: date) -> tuple[Verdict, ...]:
    """Return the grounds of date and register on which a capability in use has to suspend itself today.

    The answer is remembered for the day, or until a capability changes its state: nothing else takes a right to go on
    away before midnight, since an approval only adds to it.
    """
    known: tuple[Verdict, ...] = kit.remembered.recall(
        f"over {capability}",
        stamp=(today, len(own_records(kit, KIND))),
        read=lambda: () if halted(kit, capability) else _over(kit, capability, today),
    )
    return known


def capability_facts(kit: Kit, *, scores: Sequence[ScoredPeriod]) -> tuple[CapabilityFacts, ...]:
    """Return what is known of each capability that an approved charter names, in order of id."""
    approved = [found for found in charters(kit) if found.approved]
    named = sorted({name for found in approved for name in found.charter.capabilities})
    return tuple(_facts(kit, name, approved, scores) for name in named)


def as_suspended(kit: Kit, capability: str, found: Sequence[Verdict]) -> tuple[Document, Record]:
    """Return what the ledger says of a capability that suspends itself, figures included, and the record of it."""
    why = " ".join(verdict.says for verdict in found)
    facts: Document = {
        "capability": capability,
        "grounds": [verdict.ground for verdict in found],
        "why": why,
    }
    body: Document = {"state": "suspended", "to": State.SUSPENDED, **facts}
    return facts, new_record(kit, KIND, subject=capability, body=body)


def _over(kit: Kit, capability: str, today: date) -> tuple[Verdict, ...]:
    known = (facts for facts in capability_facts(kit, scores=()) if facts.capability == capability)
    return tuple(verdict for facts in known for verdict in grounds(facts, today=today))


def _facts(
    kit: Kit, name: str, approved: Sequence[Chartered], scores: Sequence[ScoredPeriod]
) -> CapabilityFacts:
    naming = [found for found in approved if name in found.charter.capabilities]
    restored = states(kit).get(name)
    days = [approval.at.date() for found in naming for approval in found.approvals]
    if restored is not None and restored.state is State.IN_USE:
        days.append(restored.at.date())
    return CapabilityFacts(
        capability=name,
        registered=name in {item.id for item in kit.register.capabilities},
        reviewed=max(days, default=None),
        expires=max(found.charter.expires for found in naming),
        differences=_since(scores, name, None if restored is None else restored.at),
    )


def _since(scores: Sequence[ScoredPeriod], name: str, at: datetime | None) -> tuple[float, ...]:
    own = sorted((s for s in scores if s.capability == name), key=lambda s: s.scored_at)
    return tuple(s.difference for s in own if at is None or s.scored_at > at)
