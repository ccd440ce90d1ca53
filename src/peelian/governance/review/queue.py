"""The one queue: what waits, in which order, and what has waited too long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from peelian.domain.canonical import Document
from peelian.domain.finding import GROUNDS, About, Severity
from peelian.domain.time import iso
from peelian.governance.clocks import elapsed, term
from peelian.governance.review.states import State

READ_WITHIN: dict[Severity, timedelta] = {
    Severity.LIFE_AT_RISK: timedelta(minutes=5),
    Severity.HIGH: timedelta(minutes=30),
    Severity.MEDIUM: timedelta(hours=4),
    Severity.LOW: timedelta(hours=24),
}
"""How long a finding may wait for its next reader before it escalates (house rule)."""

ACT_WITHIN = timedelta(days=7)
"""How long after it was made a confirmed finding may be acted on; what is older is closed (house rule)."""

WAITING = (State.PROPOSED, State.READ_ONCE, State.ACTED_URGENTLY)
"""States in which a finding waits for a reader."""

_SEVERITIES = tuple(Severity)


def second_read_due(acted: datetime) -> datetime:
    """Return by when an urgent act must have had its second reading."""
    return elapsed(term("urgent-second-read"), start=acted)


@dataclass(frozen=True)
class Waiting:
    """One finding that waits for a reader: what for, since when, and until when it should have one."""

    finding_id: str
    about: About
    severity: Severity
    state: State
    made_at: datetime
    since: datetime

    @property
    def due(self) -> datetime:
        """Return when it escalates."""
        urgent = self.state is State.ACTED_URGENTLY
        return second_read_due(self.since) if urgent else self.since + READ_WITHIN[self.severity]

    def escalated(self, now: datetime) -> bool:
        """Return whether it has waited too long."""
        return now >= self.due

    def document(self, now: datetime) -> Document:
        """Return the line of the list, legal effect included."""
        return {
            "finding_id": self.finding_id,
            "about": self.about.value,
            "severity": self.severity.value,
            "state": self.state.value,
            "made_at": iso(self.made_at),
            "due": iso(self.due),
            "escalated": self.escalated(now),
            "grounds": GROUNDS,
        }


def in_order(waiting: Iterable[Waiting]) -> tuple[Waiting, ...]:
    """Return what waits for a reader: second readings after an urgent act first, then by severity, then by age."""
    open_ones = (item for item in waiting if item.state in WAITING)
    return tuple(sorted(open_ones, key=_place))


def _place(item: Waiting) -> tuple[bool, int, datetime, str]:
    urgent = item.state is State.ACTED_URGENTLY
    return not urgent, _SEVERITIES.index(item.severity), item.made_at, item.finding_id


@dataclass(frozen=True)
class Queue:
    """What waits for readers, in order; what was confirmed and waits for somebody to act; as of when."""

    waiting: tuple[Waiting, ...]
    confirmed: tuple[Waiting, ...]
    at: datetime

    def document(self) -> Document:
        """Return the queue for machines."""
        return {
            "at": iso(self.at),
            "waiting": [item.document(self.at) for item in self.waiting],
            "confirmed": [item.finding_id for item in self.confirmed],
            "grounds": GROUNDS,
        }
