"""Which of somebody's roles are in date today, and which unit they belong to.

Source: Regulation (EU) 2024/1689, Article 26(2): human oversight is assigned to "natural persons who have the
necessary competence, training and authority". That a role without current training is inactive, and that an
enrolment vouches for the first year, are the house's own choices.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from peelian.governance.circumstances.departures import has_left
from peelian.governance.circumstances.own_records import own_records
from peelian.governance.kit import Kit
from peelian.governance.principals import Principal, Role

TRAINING, POSTING = "training", "posting"
FIRST_TERM_DAYS = 365
"""Whoever enrols somebody vouches that they were trained for the role; that holds so long."""


def trained_until(kit: Kit, person: Principal) -> Mapping[Role, date]:
    """Return the first day on which each of this person's roles is no longer in date.

    Whoever is not enrolled has no role in date, except the one person who opens a house in which nobody is.
    """
    enrolled = _enrolled(kit)
    first = enrolled.get(person.id, None if enrolled else date.max - timedelta(days=FIRST_TERM_DAYS))
    until = {} if first is None else dict.fromkeys(person.roles, first + timedelta(days=FIRST_TERM_DAYS))
    for record in own_records(kit, TRAINING, subject=person.id):
        role = Role(record.body["role"])
        if role in person.roles:
            until[role] = date.fromisoformat(record.body["until"])
    return until


def active_roles(kit: Kit, person: Principal, *, today: date) -> frozenset[Role]:
    """Return the roles of this person whose training is in date on a civil day; none of whoever has left."""
    if has_left(kit, person.id, today=today):
        return frozenset()
    return frozenset(role for role, until in trained_until(kit, person).items() if today < until)


def unit_of(kit: Kit, person_id: str) -> str | None:
    """Return the unit somebody was last posted to; None where nobody said."""
    posted = own_records(kit, POSTING, subject=person_id)
    return posted[-1].body["unit"] if posted else None


def _enrolled(kit: Kit) -> Mapping[str, date]:
    """Return the civil day (UTC) on which each person was enrolled, as the ledger says."""
    found: Mapping[str, date] = kit.remembered.recall(
        "enrolled",
        stamp=kit.store.newest_act(),
        read=lambda: {
            row.principal_id: kit.ledger.proven(index).time.date() for row, index in kit.store.principals()
        },
    )
    return found
