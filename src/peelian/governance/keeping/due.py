"""What falls due, shown before it does: counts by kind and law, and what a hold keeps; never content."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from peelian.domain.canonical import Document
from peelian.domain.plural import plural
from peelian.domain.time import iso
from peelian.governance.act import HOLD, authorise, enter
from peelian.governance.ends import LEDGER, REPORT
from peelian.governance.keeping.departed import KIND as PRINCIPAL
from peelian.governance.keeping.departed import over_since_departure
from peelian.governance.keeping.held import REJECTED
from peelian.governance.keeping.holds import CAPABILITY, PURPOSE, holds_in_force
from peelian.governance.keeping.sweep import Over, over_by
from peelian.governance.keeping.written import KIND as WRITTEN_FILE
from peelian.governance.keeping.written import WrittenFile, written_over
from peelian.governance.kit import Kit, Standing
from peelian.governance.principals import Signer


@dataclass(frozen=True)
class FallsDue:
    """How many things of a kind fall due by a day: parts with their rows, records, sealed rows, side blobs or files."""

    kind: str
    count: int
    rows: int
    law: str

    def sentence(self) -> str:
        """Return it in one sentence."""
        rows = f" with {plural(self.rows, 'row')}" if self.rows else ""
        return f"{self.count:,} of {self.kind}{rows} ({self.law})."


def falls_due(kit: Kit, *, actor: Signer, within: timedelta) -> tuple[FallsDue, ...]:
    """Return what falls due within so long and no hold keeps; that it was asked is entered first."""
    by = kit.clock.now() + within
    standing = Standing(actor, PURPOSE, CAPABILITY, None, reason="erasure-or-correction")
    decision = authorise(kit, standing, action="read", resource=HOLD)
    scopes = [hold.scope for hold in holds_in_force(kit, at=by)]
    departed = len(over_since_departure(kit, at=by, scopes=scopes))
    counted = _counted(kit, over_by(kit, at=by), departed=departed)
    facts: Document = {"kind": HOLD, "due_by": iso(by), "kinds": len(counted)}
    enter(kit, standing, "record.read", decision=decision, facts=facts)
    return counted


def files_over(kit: Kit, *, actor: Signer) -> tuple[WrittenFile, ...]:
    """Return the files that were written out of the house and are over; that somebody looked is entered first."""
    standing = Standing(actor, PURPOSE, CAPABILITY, None, reason="erasure-or-correction")
    decision = authorise(kit, standing, action="read", resource=HOLD)
    over = written_over(kit, at=kit.clock.now())
    for file in over:
        facts: Document = {"kind": WRITTEN_FILE, "record": file.file_id, "of_entry": file.entry_index}
        enter(kit, standing, "record.read", decision=decision, facts=facts)
    return over


def _counted(kit: Kit, over: Over, *, departed: int) -> tuple[FallsDue, ...]:
    things = Counter(hit.part.kind for hit in over.parts) + Counter(record.kind for record, _ in over.records)
    things += Counter({LEDGER: len(over.blobs), REPORT: len(over.reports), PRINCIPAL: departed})
    rows = Counter({REJECTED: sum(load.rows for load in over.loads)})
    for hit in over.parts:
        rows[hit.part.kind] += len(hit.rows)
    things += Counter({REJECTED: len(over.loads)})
    law = {kind.id: kind.legal_source for kind in kit.register.data_kinds}
    return tuple(FallsDue(kind, things[kind], rows[kind], law[kind]) for kind in sorted(things))
