"""Break-glass, read: who holds a role for some hours, what waits for review, who is frozen because none came.

For: the desk, which adds an elevated role while it holds and refuses whoever is frozen. For breaking the glass
and reviewing it see break_glass.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peelian.governance.circumstances.own_records import OwnRecord, own_records
from peelian.governance.clocks import elapsed, term
from peelian.governance.kit import Kit
from peelian.governance.principals import Role

KIND = "break-glass"
OPENED, REVIEWED, ESCALATED = "opened", "reviewed", "escalated"


@dataclass(frozen=True)
class Elevation:
    """One use of break-glass: who held which role from when until when, and what became of it.

    `outcome` is what the review found, None while nobody has reviewed it; `entry_index` is where it was announced.
    """

    elevation_id: str
    person_id: str
    role: Role
    reason: str
    begun: datetime
    ends: datetime
    entry_index: int
    outcome: str | None
    escalated: bool

    def holds(self, *, at: datetime) -> bool:
        """Return whether the role is held at an instant: from `begun`, and no longer at `ends`."""
        return self.begun <= at < self.ends and self.outcome is None

    def overdue(self, *, at: datetime) -> bool:
        """Return whether the review did not come in time: it is escalated then, and freezes whoever used it."""
        return self.outcome is None and at >= elapsed(term("break-glass-review"), start=self.begun)


def elevations(kit: Kit) -> tuple[Elevation, ...]:
    """Return every use of break-glass, oldest first."""
    records = own_records(kit, KIND)
    outcomes = {r.body["elevation"]: r.body["outcome"] for r in records if r.body["state"] == REVIEWED}
    escalated = {r.body["elevation"] for r in records if r.body["state"] == ESCALATED}
    return tuple(
        _elevation(record, outcomes.get(record.record_id), record.record_id in escalated)
        for record in records
        if record.body["state"] == OPENED
    )


def elevated_roles(kit: Kit, person_id: str, *, at: datetime) -> frozenset[Role]:
    """Return the roles somebody holds at an instant because they broke the glass."""
    return frozenset(e.role for e in elevations(kit) if e.person_id == person_id and e.holds(at=at))


def frozen(kit: Kit, person_id: str, *, at: datetime) -> bool:
    """Return whether somebody may do nothing because their elevation was not reviewed in time."""
    return any(e.person_id == person_id and e.overdue(at=at) for e in elevations(kit))


def _elevation(record: OwnRecord, outcome: str | None, escalated: bool) -> Elevation:
    return Elevation(
        elevation_id=record.record_id,
        person_id=record.subject,
        role=Role(record.body["role"]),
        reason=record.body["reason"],
        begun=datetime.fromisoformat(record.body["begun"]),
        ends=datetime.fromisoformat(record.body["ends"]),
        entry_index=record.entry_index,
        outcome=outcome,
        escalated=escalated,
    )
