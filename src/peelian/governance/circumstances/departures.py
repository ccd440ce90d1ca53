"""Whose enrolment has ended, and on which day: from then on nothing is theirs to do.

For: the desk, which refuses whoever has left, and the sweep, which counts from that day how long they are kept by name.
For ending an enrolment see conduct/departing.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from peelian.domain.errors import BadInput
from peelian.governance.circumstances.own_records import own_records
from peelian.governance.kit import Kit
from peelian.governance.principals import Principal

KIND = "departure"
APPROVED = "approved"


def departures(kit: Kit) -> Mapping[str, date]:
    """Return by id of everybody whose end two people have entered the first day on which they are enrolled no more.

    The day may lie ahead. Whoever was erased since is not among them.
    """
    return {
        record.subject: date.fromisoformat(record.body["day"])
        for record in own_records(kit, KIND)
        if record.body["state"] == APPROVED
    }


def has_left(kit: Kit, person_id: str, *, today: date) -> bool:
    """Return whether somebody's enrolment has ended by a civil day."""
    day = departures(kit).get(person_id)
    return day is not None and day <= today


def require_enrolled(kit: Kit, person: Principal, *, today: date) -> None:
    """Refuse to hand anything to somebody who has left, or to have them sign."""
    if has_left(kit, person.id, today=today):
        raise BadInput(
            f"{person.name} is not enrolled any more; name somebody who is (`peelian principal list`)."
        )
