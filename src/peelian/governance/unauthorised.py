"""Whether what the house destroyed for want of an authorisation was its to destroy, by the ledger alone.

An entry of that kind stands only on a refusal that was entered, or on a request whose term had ended undecided; and it
takes only what was stored under that authorisation. So nobody can destroy evidence by calling it unauthorised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from peelian.domain.errors import Tampered
from peelian.domain.time import iso
from peelian.governance.authorisation import UNDER, tag_of
from peelian.governance.ledger.entry import Entry
from peelian.governance.recovery import HOUSE

REQUESTED, RULED = "authorisation.requested", "authorisation.ruled"
ABOUT = "about"
"""What the facts of entries call the authorisation they are about; those made under one call it otherwise."""


def require_unauthorised(acts: Sequence[Entry], *, kind: str) -> None:
    """Refuse an entry of `kind` that is none of the house's own, has no ground, or takes more than was tagged."""
    stored = {entry.index: tag_of(entry) for entry in acts}
    born = {subject: tag_of(entry) for entry in acts for subject in _subjects(entry)}
    for entry in acts:
        if entry.kind != kind:
            continue
        facts: Mapping[str, Any] = entry.facts
        about = facts.get(ABOUT)
        taken = [stored.get(index) for index, *_ in facts.get("dropped") or ()]
        taken += [born.get(subject) for subject in facts.get("gone") or ()]
        own = entry.actor == HOUSE and UNDER not in facts
        if not own or not _ended(acts, about, before=entry) or set(taken) - {about}:
            raise Tampered(
                f"Ledger entry {entry.index} calls what it destroyed unauthorised, which no entry before it bears out; "
                "tell the auditor."
            )


def _ended(acts: Sequence[Entry], about: object, *, before: Entry) -> bool:
    """Return whether an authorisation had been refused, or had lapsed, by the time of an entry."""
    mine = [each for each in acts if each.facts.get(ABOUT) == about and each.index < before.index]
    rulings = [each.facts.get("granted") for each in mine if each.kind == RULED]
    if rulings:
        return rulings[-1] is False
    dues = [each.facts.get("due") for each in mine if each.kind == REQUESTED]
    return any(isinstance(due, str) and due <= iso(before.time) for due in dues)


def _subjects(entry: Entry) -> Iterator[str]:
    facts: Mapping[str, Any] = entry.facts
    return (subject for subject, _ in facts.get("subjects") or ())
