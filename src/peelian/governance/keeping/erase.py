"""Erasing what another person ordered: one act, one entry, one certificate, and nothing of the rows left behind.

Every part that holds a named row is rewritten under a new name, the old one leaves the manifest, and its file is
destroyed. A crash before the act leaves the old state, a crash after it the new one: start-up destroys what
the manifest no longer names.

What is not done here, on purpose: the salts of past reads are not destroyed before their own term (`ends`). A read's
commitment covers a whole result and tells nothing without all of it; without its salt nobody could check any more what
was handed to whom, which is what the log is kept for (Directive (EU) 2016/680, Article 25(2)). What remains until then
is that whoever has the ledger's own files and guesses a whole result, row for row, can confirm the guess.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from peelian.domain.canonical import Document, canonical
from peelian.domain.errors import BadInput
from peelian.domain.identity import uuid7
from peelian.domain.time import iso
from peelian.governance.act import CarryOut, carry_out, carry_out_as_house
from peelian.governance.charter import Charter
from peelian.governance.committed import entered_parts
from peelian.governance.complete import ERASED
from peelian.governance.derived import Derivation, Work, reproducible, works_that_read
from peelian.governance.keeping.held import require_not_held
from peelian.governance.keeping.named_rows import Erasable, Named, find, first_batch, rewrite, scattered
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Entry
from peelian.governance.merge import make_fewer
from peelian.governance.policy import Decision
from peelian.governance.retention import keep_until
from peelian.storage.parts import discard
from peelian.storage.rows import Record, TombstoneRow, Writes

ORDER = "erasure-order"
CERTIFICATE = "erasure"
"""Data kinds of the records of an order, and of what carrying it out leaves."""

BEYOND = (
    "Backups do not open the erased rows any more, for their keys were destroyed here; but copies of those keys made "
    "before do, and so do backups in the clear that an older version made (each is brought up to date when it is "
    "restored). This does not reach exports, the delivered file, the source's own copy; nor rows that were stored "
    "through another mapping. What was "
    "erased for good by its published key is turned away through every mapping of that kind and publisher; under "
    "another publisher's name, with the key written otherwise, and through another mapping where it was named by its "
    "id, it would come in as new. Each of these needs an order of its own. On the disk the files were overwritten and "
    "unlinked; a file system's snapshots and journal and the spare blocks of a flash drive may hold older bytes."
)
"""Stands in every certificate, in these words."""


@dataclass(frozen=True)
class Order:
    """What an order says that governance must know: which rows, of what kind, and whether they may come back.

    `names` find the stored rows; `lasting` are further names by which the room turns the same rows away.
    """

    order_id: str
    kind: str
    names: frozenset[str]
    permanent: bool
    lasting: frozenset[str]


def order_from(body: Mapping[str, Any]) -> Order:
    """Return what governance must know of an order, from the body of its record; older ones have no lasting names."""
    names, lasting = frozenset(body["names"]), frozenset(body.get("lasting", ()))
    return Order(body["order_id"], body["kind"], names, body["permanent"], lasting)


@dataclass(frozen=True)
class OnOrder:
    """An order as it stands in the ledger: who may carry it out is decided, and this is what it rests on."""

    order: Order
    order_entry: int
    charter: Charter
    decision: Decision


def carry_out_order(
    kit: Kit, standing: Standing, on: OnOrder, *, erasable: Erasable, derivations: Sequence[Derivation]
) -> tuple[Entry, ...]:
    """Erase what the order names, and return the entries that did it; none where it was done before.

    One act takes whole incidents, as many as one entry can name the parts of; an order that names more takes
    several. The first act is made even where nothing is stored: its certificate says so, and its tombstones
    keep the rows from coming in. Refused, and the refusal entered, while a legal hold keeps one of the rows.
    """
    if erasable.kind != on.order.kind:
        raise BadInput(f"The order is about rows of {on.order.kind!r}, not of {erasable.kind!r}.")
    entries: list[Entry] = []
    carry = partial(carry_out, kit, standing, decision=on.decision)
    while True:
        named = _next_batch(kit, on.order, erasable=erasable, carry=carry, facts={})
        if not named and (entries or _done_before(kit, on.order)):
            return tuple(entries)
        require_not_held(kit, standing, named)
        entries.append(_erase(kit, on, named=named, derivations=derivations, carry=carry))


@dataclass(frozen=True)
class PastErasure:
    """An order that was carried out in another copy of this house: what carrying it out here must do as well.

    Parameters
    ----------
    entry_index : the last entry that carried it out there.
    ordered : the order as it is recorded.
    ordered_by : id of who gave it there, who may not be enrolled here; None where that was not written down.
    works : the works that had read its rows, by all its certificates.
    keep_until : how long its certificates are kept.
    """

    entry_index: int
    ordered: Record
    ordered_by: str | None
    works: tuple[Work, ...]
    keep_until: str

    @property
    def body(self) -> Mapping[str, Any]:
        """Return the order's record as a document."""
        body: Mapping[str, Any] = json.loads(self.ordered.body)
        return body


def erase_again(
    kit: Kit, past: PastErasure, *, erasable: Erasable, facts: Document, rule: str
) -> tuple[Entry, ...]:
    """Carry out in this restored copy, as the house's own act, an order that was carried out after its backup.

    The order's record is kept here too where it came after the backup; `facts` cite where it was carried out. At
    least one entry is made, with its certificate, even where nothing is left to erase.
    """
    order = order_from(past.body)
    known = kit.store.records(ORDER, record_id=order.order_id)
    entries: list[Entry] = []
    carry = partial(carry_out_as_house, kit, rule=rule)
    while True:
        named = _next_batch(kit, order, erasable=erasable, carry=carry, facts=facts)
        if not named and entries:
            return tuple(entries)
        erasure_id = uuid7(clock=kit.clock, entropy=kit.entropy)
        writes = _writes(kit, order, erasure_id, named=named, works=past.works, until=past.keep_until)
        if not (known or entries):
            writes = replace(writes, records=(past.ordered, *writes.records))
        told: Document = {
            **facts,
            "erasure": erasure_id,
            "order": order.order_id,
            "ordered_by": past.ordered_by,
            "rows": named.rows,
        }
        entries.append(carry(ERASED, facts=told, writes=writes))


def certified(kit: Kit, order_id: str) -> tuple[tuple[Work, ...], str | None]:
    """Return the works that the certificates of an order name, each once, and until when the last is kept."""
    records = [record for record, _ in kit.store.records(CERTIFICATE, subject=order_id)]
    listed = [work for record in records for work in json.loads(record.body)["works"]]
    works = {work["work"]: Work(work["work"], work["entry"], tuple(work["aggregates"])) for work in listed}
    return tuple(works.values()), max((record.keep_until for record in records), default=None)


def _next_batch(kit: Kit, order: Order, *, erasable: Erasable, carry: CarryOut, facts: Document) -> Named:
    """Return what the next act of an order erases; parts of an incident are merged that are too many for one act.

    Each merge is an act of its own, by whoever erases and for that order alone: cut off after it, all rows are there.
    """
    while True:
        parts = entered_parts(kit, order.kind)
        named = find(kit, parts, names=order.names, erasable=erasable)
        if not (too_many := scattered(named)):
            return first_batch(named)
        make_fewer(kit, too_many, carry=carry, facts={**facts, "order": order.order_id})


def _erase(
    kit: Kit, on: OnOrder, *, named: Named, derivations: Sequence[Derivation], carry: CarryOut
) -> Entry:
    erasure_id = uuid7(clock=kit.clock, entropy=kit.entropy)
    lost = [(hit.part.kind, int(hit.arrived.min())) for hit in named.hits]
    works = works_that_read(kit, lost, derivations=derivations)
    until = iso(keep_until(CERTIFICATE, charter=on.charter, recorded=kit.clock.now()))
    writes = _writes(kit, on.order, erasure_id, named=named, works=works, until=until)
    facts: Document = {
        "erasure": erasure_id,
        "order": on.order.order_id,
        "order_entry": on.order_entry,
        "rows": named.rows,
    }
    return carry(ERASED, facts=facts, writes=writes)


def _writes(
    kit: Kit, order: Order, erasure_id: str, *, named: Named, works: Sequence[Work], until: str
) -> Writes:
    """Return all that one act of erasure writes and takes away, its certificate among it."""
    rewritten = rewrite(kit, named)
    try:
        certificate = _certificate(erasure_id, order, named=named, writes=rewritten, works=_told(kit, works))
        body = canonical(certificate).decode()
        record = Record(erasure_id, CERTIFICATE, order.order_id, body, keep_until=until)
        return replace(rewritten, records=(record,), tombstones=tombstones(kit, order))
    except BaseException:
        discard(rewritten.parts, workspace=kit.store.workspace)
        raise


def _told(kit: Kit, works: Sequence[Work]) -> list[Document]:
    """Return what a certificate says of works that have lost rows, and what is left to show them from."""
    return [
        {
            "work": work.work_id,
            "entry": work.entry_index,
            "aggregates": list(work.aggregates),
            "says": says.value,
        }
        for work, says in zip(works, reproducible(kit, works), strict=True)
    ]


def _certificate(
    erasure_id: str, order: Order, *, named: Named, writes: Writes, works: Sequence[Document]
) -> Document:
    return {
        "erasure_id": erasure_id,
        "order_id": order.order_id,
        "kind": order.kind,
        "named": len(order.names),
        "rows": named.rows,
        "rejected_rows": len(named.rejected),
        "permanent": order.permanent,
        "removed": [[part.path, part.sha256, part.rows] for part in writes.removed],
        "written": [[part.path, part.sha256, part.rows] for part in writes.parts],
        "works": list(works),
        "beyond": BEYOND,
    }


def _done_before(kit: Kit, order: Order) -> bool:
    return any(record.subject == order.order_id for record, _ in kit.store.records(CERTIFICATE))


def tombstones(kit: Kit, order: Order) -> tuple[TombstoneRow, ...]:
    """Return the tombstones an order asks for that do not stand yet."""
    wanted = order.names | order.lasting if order.permanent else frozenset()
    new = sorted(wanted - kit.store.tombstones(order.kind))
    return tuple(TombstoneRow(name, order.kind, order.order_id) for name in new)
