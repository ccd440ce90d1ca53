"""Holds as they stood in the house whose backup this is: set in the copy, by the house, before anything is swept.

A copy knows the holds of its backup's day. What was ordered to be kept since would fall due in it, and a hold that was
approved since would lapse. So the list beside the backups carries every hold that has not come to its end, and the copy
takes over those of which it knows less.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from peelian.domain.canonical import Document, canonical
from peelian.domain.identity import uuid7
from peelian.domain.time import iso
from peelian.governance.act import HOLD, carry_out_as_house
from peelian.governance.keeping.holds import RESTORED, Hold, holds
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.storage.rows import Record, Writes


def holds_to_list(kit: Kit) -> tuple[Hold, ...]:
    """Return the holds whose day has not come yet, lifted or not, for the list beside the backups."""
    return tuple(hold for hold in holds(kit) if kit.clock.now() < hold.ends)


def restore_holds(kit: Kit, listed: Iterable[Hold], *, facts: Document, rule: str) -> tuple[Entry, ...]:
    """Take over, each by an entry of the house, the listed holds of which this copy knows less than the list."""
    known = {hold.hold_id: (hold.approved_by, hold.lifted_at) for hold in holds(kit)}
    return tuple(
        _restore(kit, hold, facts=facts, rule=rule)
        for hold in listed
        if known.get(hold.hold_id) != (hold.approved_by, hold.lifted_at)
    )


def _restore(kit: Kit, hold: Hold, *, facts: Document, rule: str) -> Entry:
    days = timedelta(days=kit.register.data_kind(HOLD).retention_days_max)
    record_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    body = canonical(hold.document()).decode()
    record = Record(record_id, HOLD, RESTORED, body, keep_until=iso(hold.ends + days))
    told: Document = {**facts, "hold": hold.hold_id, "ends": iso(hold.ends), "of_entry": hold.entry_index}
    return carry_out_as_house(kit, "hold.restored", rule=rule, facts=told, writes=Writes(records=(record,)))
