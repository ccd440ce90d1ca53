"""Erasing a person: one orders it, another carries it out, and nothing is left that tells who it was.

One act takes the sealed records, the subject's row and, where the order is permanent, bars the names; then the side
blobs that tell of the person are destroyed, and last the key and the names. Cut off before the act, all is as it was;
cut off after it, start-up finishes the work before anybody is let in (`finish_all`).

A person who was erased is answered like a stranger. Where the order was not permanent they may be registered again,
under a new id that nothing links to the old one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from peelian.domain.canonical import Document, canonical
from peelian.domain.identity import uuid7
from peelian.domain.time import iso
from peelian.governance.act import CarryOut, authorise, carry_out, carry_out_as_house
from peelian.governance.committed import located
from peelian.governance.complete import ORDERED, SUBJECT_ERASED
from peelian.governance.dropped import LAPSED
from peelian.governance.keeping.held import require_person_not_held
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.log import Ledger
from peelian.governance.over_the_desk import Kept
from peelian.governance.persons.asides import asides_of
from peelian.governance.persons.identifiers import barred_name
from peelian.governance.persons.restricted import RESTRICTION
from peelian.governance.persons.sealed_body import is_sealed
from peelian.governance.persons.subjects import KIND, known, one_person
from peelian.governance.policy import Decision
from peelian.storage.rows import Record, RecordAt, TombstoneRow, Writes
from peelian.storage.store import Store
from peelian.storage.subject_keys import SubjectKeys

ORDER, CERTIFICATE = "subject-order", "subject-erasure"
RECORDS_IN_ONE_ENTRY = 1_000
"""So many records fit, by entry and position, into the facts of one entry."""

BEYOND = (
    "This does not reach what left the workspace before: backups and sealed copies of the keys (each is brought up to "
    "date when it is restored), and exports. On the disk the files were overwritten; a file system's snapshots and "
    "journal and the spare blocks of a flash drive may hold older bytes."
)


class Ground(StrEnum):
    """Why everything about a person is erased. A closed list: free words would tell who it was."""

    TERM_OVER = "term-over"
    ASKED_FOR = "asked-for-by-the-person"
    KEPT_UNLAWFULLY = "kept-unlawfully"
    KEPT_BY_MISTAKE = "kept-by-mistake"
    ORDERED_BY_A_COURT = "ordered-by-a-court"


@dataclass(frozen=True)
class PersonOrder:
    """An order to erase a person: under which id, and whether they may be registered again."""

    order_id: str
    subject_id: str
    permanent: bool

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> PersonOrder:
        """Read the body of an order's record."""
        return cls(body["order_id"], body["subject_id"], body["permanent"])


@dataclass(frozen=True)
class PastPersonErasure:
    """An order that was carried out in another copy of this house: what must go here as well.

    Parameters
    ----------
    entry_index : the entry that carried it out there.
    ordered, ordered_by : the order's record, and the id of who gave it there.
    certificate : what was certified there.
    barred : what the person's names are recognised by, where the order was permanent.
    """

    entry_index: int
    ordered: Record
    ordered_by: str | None
    certificate: Record
    barred: tuple[str, ...]


def order_person_erasure(
    kit: Kit, standing: Standing, subject_id: str, *, ground: Ground, permanent: bool
) -> str:
    """Enter that a person is to be erased, and return the id of the order; another person carries it out."""
    decision = authorise(kit, standing, action="submit", resource=ORDER)
    stays = known(kit, subject_id)
    order_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    body: Document = {
        "order_id": order_id,
        "subject_id": stays.subject_id,
        "ground": ground,
        "permanent": permanent,
    }
    writes = Writes(records=(_record(kit, order_id, ORDER, body),))
    facts: Document = {"order": order_id, "kind": KIND, "ground": ground, "permanent": permanent}
    carry_out(kit, standing, ORDERED, decision=decision, facts=facts, writes=writes)
    return order_id


def erase_person(kit: Kit, standing: Standing, ordered: Kept, *, decision: Decision) -> tuple[Entry, ...]:
    """Carry out another person's order, and return the entries that did it; none where it was done before.

    Refused, and the refusal entered, while a legal hold keeps anything about the person.
    """
    order = PersonOrder.read(ordered.body)
    if kit.store.records(CERTIFICATE, subject=order.order_id):
        return ()
    ids = one_person(kit, order.subject_id)
    filed = [record for each in ids for record, _ in kit.store.records(subject=each)]
    require_person_not_held(kit, standing, filed, subjects=ids)
    names = [name for each in ids for name in kit.subject_keys.names(each)]
    barred = [barred_name(name, secret=kit.identifiers_key) for name in names] if order.permanent else []
    taken = Taken(ids, asides_of(kit, subjects=ids), tuple(barred))
    carry = partial(carry_out, kit, standing, decision=decision)
    facts: Document = {"order": order.order_id, "order_entry": ordered.entry_index}
    return _erase(kit, order, taken, carry=carry, facts=facts)


def erase_person_again(
    kit: Kit, past: PastPersonErasure, *, before: int, facts: Document, rule: str
) -> tuple[Entry, ...]:
    """Carry out in this restored copy, as the house's own act, an order that was carried out after its backup.

    Below the entry `before` the copy's ledger is that of the house it is a copy of.
    """
    order, certified = PersonOrder.read(json.loads(past.ordered.body)), json.loads(past.certificate.body)
    ids = frozenset(certified["subjects"])
    there = {index for index in certified["side_blobs"] if index < before}
    taken = Taken(ids, tuple(sorted(there | set(asides_of(kit, subjects=ids)))), past.barred)
    carry = partial(carry_out_as_house, kit, rule=rule)
    told: Document = {**facts, "order": order.order_id, "ordered_by": past.ordered_by}
    new = () if kit.store.records(ORDER, record_id=order.order_id) else (past.ordered,)
    return _erase(kit, order, taken, carry=carry, facts=told, further=new)


def finish_all(ledger: Ledger, store: Store, keys: SubjectKeys, entries: Iterable[Entry]) -> None:
    """Destroy what acts of erasure left to be destroyed, and keys whose registration was cut off; ask at will.

    `entries` hold all such acts that may be unfinished: at start-up, those since acts and entries last agreed.
    """
    for entry in entries:
        if entry.kind in (SUBJECT_ERASED, LAPSED) and "erasure" in entry.facts:
            for record, _ in store.records(record_id=str(entry.facts["erasure"])):
                finish(ledger, keys, certified=json.loads(record.body))
    keys.destroy(keys.subjects() - {row.subject_id for row, _ in store.subjects()})


def finish(ledger: Ledger, keys: SubjectKeys, *, certified: Mapping[str, Any]) -> None:
    """Destroy what a certificate says is destroyed: first what tells of the person, last what opens it."""
    ledger.destroy_blobs(certified["side_blobs"])
    keys.destroy(certified["subjects"])


@dataclass(frozen=True)
class Taken:
    """What an erasure takes besides records: the person's ids, the entries whose side blobs go, the barred names."""

    ids: frozenset[str]
    side_blobs: tuple[int, ...]
    barred: tuple[str, ...]


def _erase(
    kit: Kit,
    order: PersonOrder,
    taken: Taken,
    *,
    carry: CarryOut,
    facts: Document,
    further: tuple[Record, ...] = (),
) -> tuple[Entry, ...]:
    """Take the records, a batch an act where they are very many; the last act takes the subject too."""
    records = list(records_of(kit, taken.ids))
    entries = []
    for start in range(0, len(records) - RECORDS_IN_ONE_ENTRY, RECORDS_IN_ONE_ENTRY):
        batch = tuple(records[start : start + RECORDS_IN_ONE_ENTRY])
        entries.append(carry(SUBJECT_ERASED, facts=facts, writes=Writes(dropped=batch)))
    certified = certificate_of(
        kit, taken, order_id=order.order_id, permanent=order.permanent, records=len(records)
    )
    writes = Writes(
        records=(*further, certified.record),
        tombstones=_tombstones(kit, taken.barred, order_id=order.order_id),
        dropped=tuple(records[len(entries) * RECORDS_IN_ONE_ENTRY :]),
        gone=tuple(sorted(each for each in taken.ids if kit.store.subjects(each))),
    )
    told: Document = {**facts, "erasure": certified.record.record_id}
    entries.append(carry(SUBJECT_ERASED, facts=told, writes=writes))
    finish(kit.ledger, kit.subject_keys, certified=certified.body)
    return tuple(entries)


@dataclass(frozen=True)
class Certified:
    """What was destroyed, as it is certified, and the record that keeps it."""

    body: Document
    record: Record


def certificate_of(
    kit: Kit, taken: Taken, *, order_id: str | None, permanent: bool, records: int
) -> Certified:
    """Return the certificate of an erasure, with all that start-up must know to finish it where it is cut off.

    `order_id` is None where nobody ordered it: nothing was kept of the person any more.
    """
    erasure_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    body: Document = {
        "erasure_id": erasure_id,
        "order_id": order_id,
        "subjects": sorted(taken.ids),
        "permanent": permanent,
        "records": records,
        "side_blobs": list(taken.side_blobs),
        "beyond": BEYOND,
    }
    return Certified(body, _record(kit, erasure_id, CERTIFICATE, body, subject=order_id))


def records_of(kit: Kit, subject_ids: Iterable[str]) -> Iterator[RecordAt]:
    """Yield where each record stands that goes with these persons: the sealed ones, and that they were restricted."""
    for subject_id in sorted(subject_ids):
        for record, index in kit.store.records(subject=subject_id):
            if is_sealed(record) or record.kind == RESTRICTION:
                yield located(kit, record, index)


def _tombstones(kit: Kit, barred: Sequence[str], *, order_id: str) -> tuple[TombstoneRow, ...]:
    new = sorted(set(barred) - kit.store.tombstones(KIND))
    return tuple(TombstoneRow(name, KIND, order_id) for name in new)


def _record(kit: Kit, record_id: str, kind: str, body: Document, *, subject: str | None = None) -> Record:
    until = kit.clock.now() + timedelta(days=kit.register.data_kind(kind).retention_days_max)
    return Record(record_id, kind, subject or record_id, canonical(body).decode(), iso(until))
