"""All of a house held against its ledger at once: what `peelian ledger verify` runs."""

from __future__ import annotations

from dataclasses import dataclass

from peelian.domain.errors import Tampered
from peelian.governance.arrived import require_arrivals
from peelian.governance.committed import committed_record, entered_parts
from peelian.governance.complete import require_complete
from peelian.governance.kit import Kit
from peelian.governance.people import people
from peelian.governance.persons.lapse import require_none_orphaned
from peelian.governance.persons.subjects import require_registered
from peelian.governance.standing import require_standing
from peelian.storage.parts import located


@dataclass(frozen=True)
class Reconciled:
    """How much was held against the ledger: entries recomputed, and acts, parts, records, people that agree."""

    entries: int
    root: str
    acts: int
    parts: int
    records: int
    people: int


def hold_against_ledger(kit: Kit) -> Reconciled:
    """Recompute the ledger, then hold rows and files against entries, and entries against rows.

    Both ways, so that neither a changed nor a removed row goes unnoticed. Every part is read and hashed anew, whatever
    the house remembers of it. It returns numbers only; what is stored is not shown to anybody.
    """
    kit.ledger.verify_all()
    acts = kit.store.acts()
    for index, kind in acts:
        if kit.ledger.entry(index).kind != kind:
            raise Tampered(f"The act of entry {index} calls itself {kind}, which its entry does not say.")
    parts = entered_parts(kit)
    files = located(tuple(part for part, _ in parts), workspace=kit.store.workspace)
    records = kit.store.records()
    for record, index in records:
        committed_record(kit, record, index)
    require_complete(kit)
    require_standing(kit.store, records)
    for row, _ in kit.store.subjects():
        require_registered(kit, row.subject_id)
    require_none_orphaned(kit)
    require_arrivals(kit.ledger, parts, files)
    size, root = kit.ledger.size, kit.ledger.root().hex()
    return Reconciled(size, root, len(acts), len(parts), len(records), len(people(kit)))
