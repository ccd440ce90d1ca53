"""Persons who were erased, as the list beside the backups tells of them: by ids and keyed hashes that name nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from peelian.domain.canonical import Document
from peelian.governance.complete import SUBJECT_ERASED, carried_out, ordered_by
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.persons.subject_erasure import CERTIFICATE, ORDER, PastPersonErasure
from peelian.storage.rows import Record


def erased_persons(kit: Kit) -> tuple[PastPersonErasure, ...]:
    """Return the orders to erase a person that were carried out in this house, oldest first.

    One whose order or certificate was itself swept, its term being over, is no longer among them.
    """
    done = carried_out(tuple(kit.ledger.entries()))
    return tuple(past for entry in done if entry.kind == SUBJECT_ERASED for past in _past(kit, entry))


def _past(kit: Kit, entry: Entry) -> Iterator[PastPersonErasure]:
    order_id = str(entry.facts["order"])
    for certificate, _ in kit.store.records(CERTIFICATE, record_id=str(entry.facts.get("erasure"))):
        for ordered, ordered_at in kit.store.records(ORDER, record_id=order_id):
            author = ordered_by(kit.ledger.proven(ordered_at))
            barred = kit.store.barred_by(order_id)
            yield PastPersonErasure(entry.index, ordered, author, certificate, barred)


def listed_person(past: PastPersonErasure) -> Document:
    """Return a person's erasure as it stands in the list."""
    return {
        "entry": past.entry_index,
        "order": asdict(past.ordered),
        "ordered_by": past.ordered_by,
        "certificate": asdict(past.certificate),
        "barred": list(past.barred),
    }


def read_person(listed: Mapping[str, Any]) -> PastPersonErasure:
    """Read it back."""
    return PastPersonErasure(
        listed["entry"],
        Record(**listed["order"]),
        listed["ordered_by"],
        Record(**listed["certificate"]),
        tuple(listed["barred"]),
    )
