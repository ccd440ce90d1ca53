"""What legal holds keep of what is stored: a sweep passes it over, an erasure of it is refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from peelian.domain.errors import Refused
from peelian.governance.act import refuse
from peelian.governance.keeping.hold_scope import Scope
from peelian.governance.keeping.holds import Hold, holds_in_force
from peelian.governance.keeping.named_rows import Named
from peelian.governance.kit import Kit, Standing
from peelian.storage.parts import Part
from peelian.storage.rewrite import read_part
from peelian.storage.rows import Record

REJECTED = "rejected-row"


def rows_held(kit: Kit, part: Part, scopes: Sequence[Scope]) -> NDArray[np.bool_]:
    """Return for each row of a part whether one of these scopes keeps it."""
    mine = [scope for scope in scopes if scope.may_keep_rows_of(part.kind)]
    if not mine:
        return np.zeros(part.rows, dtype=bool)
    rows = read_part(part, workspace=kit.store.workspace)
    held: NDArray[np.bool_] = np.logical_or.reduce([scope.keeps_rows(rows) for scope in mine])
    return held


def load_held(kit: Kit, entry_index: int, scopes: Sequence[Scope]) -> bool:
    """Return whether the sealed rejected rows of a load are kept: by their kind, or by the id of the load."""
    load_id = str(kit.ledger.entry(entry_index).facts.get("load_id", ""))
    return any(scope.keeps_record(kind=REJECTED, record_id=load_id, subject=None) for scope in scopes)


def require_not_held(kit: Kit, standing: Standing, named: Named) -> None:
    """Refuse to erase rows that a hold keeps; the refusal is entered, and says until when."""
    for hold in holds_in_force(kit, at=kit.clock.now()):
        scope = (hold.scope,)
        rows = any(rows_held(kit, hit.part, scope)[hit.rows].any() for hit in named.hits)
        if rows or any(load_held(kit, at.entry_index, scope) for at in named.rejected):
            refusal = _refusal(hold, what="Rows of this order")
            refuse(kit, standing, refusal, facts={"hold": hold.hold_id})
            raise refusal


def require_person_not_held(
    kit: Kit, standing: Standing, records: Sequence[Record], *, subjects: frozenset[str]
) -> None:
    """Refuse to erase a person of whom a hold keeps anything; the refusal is entered, and says until when."""
    for hold in holds_in_force(kit, at=kit.clock.now()):
        keeps = hold.scope.keeps_record
        kept = any(keeps(kind=each.kind, record_id=each.record_id, subject=each.subject) for each in records)
        if kept or any(map(hold.scope.keeps_person, subjects)):
            refusal = _refusal(hold, what="Records about this person")
            refuse(kit, standing, refusal, facts={"hold": hold.hold_id})
            raise refusal


def _refusal(hold: Hold, *, what: str) -> Refused:
    return Refused(
        f"{what} are kept by the legal hold {hold.hold_id} until {hold.ends:%Y-%m-%d %H:%M} UTC.",
        rule="legal-hold",
        citation="house rule, after Directive (EU) 2016/680, Article 16(3)(b)",
        remedy="Carry the order out when the hold has ended, or have another person than its author lift it.",
    )
