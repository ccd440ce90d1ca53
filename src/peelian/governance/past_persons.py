"""Persons who were erased, as the list beside the backups tells of them: by ids and keyed hashes that name nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from peelian.domain.canonical import Document
from peelian.governance.complete import SUBJECT_ERASED, carried_out, ordered_by
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.subject_erasure import CERTIFICATE, ORDER, PastPersonErasure
from peelian.storage.store import Record


def erased_persons(kit: Kit) -> tuple[PastPersonErasure, ...]:
    """Return the orders to erase a person that were carried out in this house, oldest first."""
    done = carried_out(tuple(kit.ledger.entries()))
    return tuple(
        _past(kit, entry) for entry in done if entry.kind == SUBJECT_ERASED and "erasure" in entry.facts
    )


def _past(kit: Kit, entry: Entry) -> PastPersonErasure:
    order_id = str(entry.facts["order"])
    ((ordered, ordered_at),) = kit.store.records(ORDER, record_id=order_id)
    ((certificate, _),) = kit.store.records(CERTIFICATE, record_id=str(entry.facts["erasure"]))
    author = ordered_by(kit.ledger.proven(ordered_at))
    return PastPersonErasure(entry.index, ordered, author, certificate, kit.store.barred_by(order_id))


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
