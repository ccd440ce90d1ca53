"""Start-up recovery: every entry that announced an act either has its act or is answered as abandoned."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from peelian.domain.canonical import Document
from peelian.domain.errors import Tampered
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.ledger.kinds import KINDS
from peelian.governance.ledger.log import Ledger
from peelian.storage.store import Store

HOUSE = "house"
"""The actor of entries that the house makes by itself, at start-up."""


def reconcile(ledger: Ledger, store: Store, *, finish: Callable[[Sequence[Entry]], None]) -> tuple[int, ...]:
    """Answer entries whose act never came, sweep orphaned files, and return the abandoned indices.

    The ledger's writer lock is held by `ledger`, so no act can be under way, and since acts are done one after
    another a crash can have cut off at most the last of them. Anything else, and acts beyond the end of the
    ledger, mean that ledger or records were put back to an older state: that is refused, not repaired.

    `finish` destroys what the entries since the last agreement say is gone, before anybody is let in.
    """
    below = store.reconciled_below()
    acted = store.act_indices(start=below)
    if acted and max(acted) >= ledger.size:
        raise Tampered(
            f"The records stand on ledger entry {max(acted)}, but the ledger ends at {ledger.size - 1}; "
            "it is older than the records. Restore the newest ledger, and compare it with the witness's last head."
        )
    entries = tuple(ledger.entries(below))
    answered = {entry.facts.get("entry") for entry in entries if entry.kind == "act.abandoned"}
    lost = [e for e in entries if KINDS[e.kind].act and e.index not in acted and e.index not in answered]
    if len(lost) > 1 or any(entry.index < max(acted, default=-1) for entry in lost):
        raise Tampered(
            f"The acts of {len(lost)} ledger entries (from {lost[0].index}) are missing from the records. A crash "
            "can lose one act, the last; more means that older records were put back or rows were removed. Restore "
            "the newest records, and compare them with `peelian ledger verify`."
        )
    for entry in lost:
        facts: Document = {"entry": entry.index, "why": "found at start-up without its act"}
        ledger.append(
            Draft(
                kind="act.abandoned",
                actor=HOUSE,
                purpose=entry.purpose,
                charter=entry.charter,
                rule="write-ahead",
                facts=facts,
                sealed=None,
            )
        )
    store.sweep()
    finish(entries)
    store.mark_reconciled(ledger.size)
    return tuple(entry.index for entry in lost)
