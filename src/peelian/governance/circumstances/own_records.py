"""Governance's own records: what people decided about the house itself, which the desk in turn decides by.

For: stops, suspensions, cases, training, misuse flags, elevations, breaches and authorisations, each an act with its
entry.
Not for: the city's data; those are read at the desk, and every look at them is entered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peelian.domain.canonical import Document, canonical
from peelian.domain.identity import uuid7
from peelian.domain.time import iso
from peelian.governance.committed import committed_record
from peelian.governance.kit import Kit
from peelian.storage.rows import Record


@dataclass(frozen=True)
class OwnRecord:
    """One of governance's own records, held against the entry it stands on.

    `actor` is who made it (a principal's id, or "house"), `at` when it was entered.
    """

    record_id: str
    kind: str
    subject: str
    body: Mapping[str, Any]
    entry_index: int
    actor: str
    at: datetime


def own_records(kit: Kit, kind: str, *, subject: str | None = None) -> tuple[OwnRecord, ...]:
    """Return governance's own records of a kind, oldest first, refusing one that its entry does not name.

    They are asked for at every act, so what was read is remembered until the next act is written.
    """
    found: tuple[OwnRecord, ...] = kit.remembered.recall(
        kind, stamp=kit.store.newest_act(), read=lambda: _read_all(kit, kind)
    )
    return found if subject is None else tuple(each for each in found if each.subject == subject)


def new_record(kit: Kit, kind: str, *, subject: str, body: Document) -> Record:
    """Return a record with a fresh id, to be kept as long as the register lets its kind be kept."""
    record_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    days = timedelta(days=kit.register.data_kind(kind).retention_days_max)
    until = iso(kit.clock.now() + days)
    return Record(record_id, kind, subject, canonical(body).decode(), keep_until=until)


def _read_all(kit: Kit, kind: str) -> tuple[OwnRecord, ...]:
    return tuple(_read(kit, record, index) for record, index in kit.store.records(kind))


def _read(kit: Kit, record: Record, index: int) -> OwnRecord:
    entry = committed_record(kit, record, index)
    return OwnRecord(
        record_id=record.record_id,
        kind=record.kind,
        subject=record.subject,
        body=json.loads(record.body),
        entry_index=index,
        actor=entry.actor,
        at=entry.time,
    )
