"""A capability suspends itself, and two people restore or withdraw it; the register keeps every one for ever.

`review_capabilities` asks sunset.py about each capability that a charter names; rooms bring the scores. What is over
by its dates, the desk finds out at every act without it (act.py). What is suspended makes nothing new
(safe_state.py); what is withdrawn cannot be restored and stays listed with its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.domain.time import iso
from peelian.governance.act import suspend
from peelian.governance.chartered import local_day
from peelian.governance.circumstances.sunset import grounds
from peelian.governance.circumstances.sunset_facts import ScoredPeriod, capability_facts
from peelian.governance.circumstances.suspended import KIND, State, states
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.principals import Signer
from peelian.governance.stopping.two_people import Matter, approve, propose
from peelian.governance.wording import check_note

CHANGE = Matter(KIND, "governance.stop", ("capability.proposed", "capability.approved"))


@dataclass(frozen=True)
class Listed:
    """A capability as the register shows it; `since` and `why` tell of its last change, None where it had none."""

    capability: str
    title: str
    state: State
    since: datetime | None
    why: str


def review_capabilities(kit: Kit, *, scores: Sequence[ScoredPeriod]) -> tuple[Entry, ...]:
    """Suspend every capability in use that has a ground to be; return the entries, one for each suspended."""
    today, last = local_day(kit), states(kit)
    entered = []
    for facts in capability_facts(kit, scores=scores):
        known = last.get(facts.capability)
        if (known is None or known.state is State.IN_USE) and (found := grounds(facts, today=today)):
            entered.append(suspend(kit, facts.capability, found))
    return tuple(entered)


def propose_change(kit: Kit, *, actor: Signer, capability: str, to: State, why: str) -> Entry:
    """Put forward that a suspended capability be restored, saying what changed, or that one be withdrawn."""
    last = states(kit).get(capability)
    present = State.IN_USE if last is None else last.state
    if last is None:
        kit.register.capability(capability)
    if present is State.WITHDRAWN or present is to or to is State.SUSPENDED:
        raise BadInput(
            f"The capability {capability} is {present}; it cannot be made {to}. What is suspended can be restored or "
            "withdrawn, what is in use withdrawn, and what is withdrawn stays so."
        )
    check_note(why, where="the reason for the change")
    said: Document = {"to": to, "why": why.strip(), "at": iso(kit.clock.now())}
    return propose(kit, CHANGE, actor=actor, subject=capability, said=said)


def approve_change(kit: Kit, *, actor: Signer, capability: str) -> Entry:
    """Carry out, as the second person, what another put forward about a capability."""
    return approve(kit, CHANGE, actor=actor, subject=capability)


def listed(kit: Kit) -> tuple[Listed, ...]:
    """Return every capability that is registered, or was ever suspended or withdrawn, with its state."""
    last = states(kit)
    titles = {item.id: item.title for item in kit.register.capabilities}
    rows = []
    for name in sorted({*titles, *last}):
        title, change = titles.get(name, "no longer in the register of this version"), last.get(name)
        if change is None:
            rows.append(Listed(name, title, State.IN_USE, None, ""))
        else:
            rows.append(Listed(name, title, change.state, change.at, change.why))
    return tuple(rows)
