"""What was decided since a backup and takes something away, as the list beside the backups tells of it.

Somebody left, a person's data rest, a capability halts: a restored copy must not give back what this took. What gives
something back (a restriction that was lifted, a capability that was restored) is for people to decide again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from peelian.domain.canonical import Document
from peelian.governance.act import carry_out_as_house
from peelian.governance.circumstances import departures, suspended
from peelian.governance.circumstances.own_records import OwnRecord, new_record, own_records
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.restricted import RESTRICTION, Mark
from peelian.storage.rows import Writes

ENTRIES = {
    departures.KIND: "departure.approved",
    suspended.KIND: "capability.suspended",
    RESTRICTION: "subject.restricted",
}
"""By data kind, the entry under which a copy enters it."""


@dataclass(frozen=True)
class PastDecision:
    """What stands in another copy of this house, by the entry `entry_index` there: its kind, about whom or what."""

    entry_index: int
    kind: str
    subject: str
    body: Mapping[str, Any]

    def document(self) -> Document:
        """Return it as it stands in the list."""
        return asdict(self)


def decisions(kit: Kit) -> tuple[PastDecision, ...]:
    """Return what stands: everybody whose end is entered, every capability that halts, everybody whose data rest."""
    left = [each for each in own_records(kit, departures.KIND) if each.body["state"] == departures.APPROVED]
    halting = [
        r for r in _last(kit, suspended.KIND, but="proposed") if r.body["to"] != suspended.State.IN_USE
    ]
    resting = [r for r in _last(kit, RESTRICTION) if r.body["mark"] != Mark.LIFTED]
    return (
        *(_past(each, each.body) for each in left),
        *(_past(each, each.body) for each in halting),
        *(_past(each, {**each.body, "mark": Mark.SET.value}) for each in resting),
    )


def decide_again(kit: Kit, past: Sequence[PastDecision], *, facts: Document, rule: str) -> Iterator[Entry]:
    """Enter in this restored copy, as the house's own, what it does not know of those it holds; once each."""
    known = {_what(each) for each in decisions(kit)}
    for each in past:
        if _what(each) in known or not _is_there(kit, each):
            continue
        told: Document = {**facts, "of_entry": each.entry_index, **_named(each)}
        record = new_record(kit, each.kind, subject=each.subject, body=dict(each.body))
        yield carry_out_as_house(
            kit, ENTRIES[each.kind], rule=rule, facts=told, writes=Writes(records=(record,))
        )


def _last(kit: Kit, kind: str, *, but: str | None = None) -> list[OwnRecord]:
    """Return the last record of each subject, of those that are not in the state `but`."""
    counting = (each for each in own_records(kit, kind) if each.body.get("state") != but or but is None)
    return list({each.subject: each for each in counting}.values())


def _past(record: OwnRecord, body: Mapping[str, Any]) -> PastDecision:
    return PastDecision(record.entry_index, record.kind, record.subject, body)


def _what(past: PastDecision) -> tuple[str, str, str]:
    return past.kind, past.subject, str(past.body.get("to", ""))


def _named(past: PastDecision) -> Document:
    """Return what the entry says in the clear: who left and what halts, but never whose data rest."""
    if past.kind == departures.KIND:
        return {departures.KIND: past.subject, "day": past.body["day"]}
    return {"capability": past.subject, "to": past.body["to"]} if past.kind == suspended.KIND else {}


def _is_there(kit: Kit, past: PastDecision) -> bool:
    """Return whether the copy knows whom it is about; a capability it need not know."""
    if past.kind == departures.KIND:
        return kit.store.principal(past.subject) is not None
    known = (row.subject_id for row, _ in kit.store.subjects())
    return past.kind == suspended.KIND or past.subject in set(known)
