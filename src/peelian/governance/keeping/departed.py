"""Erasing whoever has left: name, key and all that is filed under them, when the time after their last day is over.

Entries keep the id, which then says nothing to anybody. Somebody is kept longer only as long as what they signed or set
stands: a charter, an approval, a legal hold, what one keeps; none of it could be checked without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from peelian.domain.time import iso
from peelian.governance.circumstances.departures import departures
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.kit import Kit
from peelian.governance.retention import since_departure
from peelian.storage.rows import Record
from peelian.storage.terms import Terms

KIND, HOLD = "principal", "legal-hold"


@dataclass(frozen=True)
class Departed:
    """Somebody who is over: their id, the entry of their enrolment, and the records filed under them."""

    person_id: str
    entry_index: int
    records: tuple[tuple[Record, int], ...]


def over_since_departure(kit: Kit, *, at: datetime, scopes: Sequence[Scope]) -> tuple[Departed, ...]:
    """Return everybody whose time after their departure is over at an instant, and whom nothing keeps."""
    days = kit.register.data_kind(KIND).retention_days_max
    due = {person for person, day in departures(kit).items() if since_departure(day, days=days) <= at}
    if not due:
        return ()
    due -= _still_needed(kit) | _made_what_is_held(kit, at=at, scopes=scopes)
    enrolled = {row.principal_id: index for row, index in kit.store.principals()}
    found = (
        Departed(person, enrolled[person], kit.store.records(subject=person))
        for person in sorted(due & enrolled.keys())
    )
    return tuple(each for each in found if not _held(each, scopes))


def _still_needed(kit: Kit) -> frozenset[str]:
    """Return who wrote a charter, gave an approval or set a hold that stands."""
    authors = {row.author for row, _ in kit.store.charters()}
    holders = {kit.ledger.entry(index).actor for _, index in kit.store.records(HOLD)}
    return frozenset(authors | holders | kit.store.approvers())


def _made_what_is_held(kit: Kit, *, at: datetime, scopes: Sequence[Scope]) -> frozenset[str]:
    """Return who made a record that a hold keeps beyond its end: it is read under their signature."""
    over = Terms(kit.store).records(by=iso(at))
    return frozenset(kit.ledger.entry(index).actor for record, index in over if _keeps(scopes, record))


def _keeps(scopes: Sequence[Scope], record: Record) -> bool:
    kind, name, subject = record.kind, record.record_id, record.subject
    return any(scope.keeps_record(kind=kind, record_id=name, subject=subject) for scope in scopes)


def _held(departed: Departed, scopes: Sequence[Scope]) -> bool:
    """Return whether a hold keeps them, or anything that is filed under them."""
    person = departed.person_id
    themselves = any(s.keeps_record(kind=KIND, record_id=person, subject=person) for s in scopes)
    return themselves or any(_keeps(scopes, record) for record, _ in departed.records)
