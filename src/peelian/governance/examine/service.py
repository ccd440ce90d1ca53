"""The door to the ledger for those who examine it: each look is entered, once, before anything is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from peelian.domain.canonical import Document
from peelian.domain.errors import BadInput
from peelian.governance.act import authorise, enter
from peelian.governance.committed import Reconciled, hold_against_ledger
from peelian.governance.examine.purposes import LogPurpose
from peelian.governance.kit import Kit, Standing
from peelian.governance.ledger.entry import Draft, Entry
from peelian.governance.ledger.export import export
from peelian.governance.ledger.kinds import KINDS
from peelian.governance.ledger.log import Ledger
from peelian.governance.ledger.tiles import export_tiles
from peelian.governance.principals import Signer
from peelian.governance.recovery import HOUSE

__all__ = ["LogPurpose", "Look", "Reconciled"]

CAPABILITY = "ledger.audit"
SELF_CHECK = "self-check"
MOST_AT_ONCE = 1_000


@dataclass(frozen=True)
class Look:
    """What a look at the ledger showed, and the entry that it left."""

    entries: tuple[Entry, ...]
    entry: Entry


def list_entries(
    kit: Kit,
    *,
    actor: Signer,
    purpose: LogPurpose,
    start: int = 0,
    stop: int | None = None,
    kind: str | None = None,
) -> Look:
    """Return the entries with start <= index < stop, of one kind or of all; at most a thousand at once.

    The entry says which were asked for and how many were seen, none included.
    """
    stop = kit.ledger.size if stop is None else min(stop, kit.ledger.size)
    if not 0 <= start <= stop or stop - start > MOST_AT_ONCE:
        raise BadInput(
            f"From {start} to {stop} is no part of the ledger of at most {MOST_AT_ONCE} entries; ask for one "
            "(--from, --to), or export the ledger."
        )
    if kind is not None and kind not in KINDS:
        raise BadInput(f"There is no kind of entry {kind!r}; docs/reference/entry-kinds.md lists them.")
    look = _permitted(kit, actor, purpose, action="read")
    found = tuple(entry for entry in kit.ledger.entries(start, stop) if kind in (None, entry.kind))
    facts: Document = {"look": "list", "from": start, "to": stop, "kind": kind, "seen": len(found)}
    return Look(found, look(facts))


def show_entry(kit: Kit, *, actor: Signer, purpose: LogPurpose, index: int) -> Look:
    """Return one entry, after proving that the newest signed head holds it."""
    look = _permitted(kit, actor, purpose, action="read")
    entered = look({"look": "show", "from": index, "to": index + 1, "kind": None, "seen": 1})
    return Look((kit.ledger.proven(index),), entered)


def prove_entry(kit: Kit, *, actor: Signer, purpose: LogPurpose, index: int) -> str:
    """Return the receipt of an entry; that somebody looked is an entry too."""
    _permitted(kit, actor, purpose, action="audit")({"look": "prove", "from": index, "to": index + 1})
    return kit.ledger.receipt(index)


def verify_ledger(
    kit: Kit, *, actor: Signer | None, purpose: LogPurpose = LogPurpose.INTEGRITY
) -> Reconciled:
    """Recompute the ledger, and hold every row and file against it; numbers and the root are shown, no entry is.

    Without an actor it is the house that checks itself, and the entry says so.
    """
    facts: Document = {"look": "verify", "from": 0, "to": kit.ledger.size}
    if actor is None:
        draft = Draft("ledger.read", actor=HOUSE, purpose=LogPurpose.INTEGRITY, rule=SELF_CHECK, facts=facts)
        kit.ledger.append(draft)
    else:
        _permitted(kit, actor, purpose, action="audit")(facts)
    return hold_against_ledger(kit)


def export_ledger(
    kit: Kit, *, actor: Signer, purpose: LogPurpose, folder: Path, tiles: bool = False
) -> Entry:
    """Write what an outsider verifies without us, as lines or as tiles; that it left is itself an entry in it."""
    standing = Standing(actor, purpose, CAPABILITY, None)
    decision = authorise(kit, standing, action="audit", resource="ledger")
    facts: Document = {"entries": kit.ledger.size + 1, "as": "tiles" if tiles else "lines"}
    entry = enter(kit, standing, "ledger.exported", decision=decision, facts=facts)
    if kit.witnesses is not None:
        kit.witnesses.cosign(kit.ledger)
    write: Callable[[Ledger, Path], object] = export_tiles if tiles else export
    write(kit.ledger, folder)
    return entry


def _permitted(kit: Kit, actor: Signer, purpose: LogPurpose, *, action: str) -> Callable[[Document], Entry]:
    """Ask whether this person may look for this purpose; return what enters the look."""
    standing = Standing(actor, purpose, CAPABILITY, None)
    decision = authorise(kit, standing, action=action, resource="ledger")
    return lambda facts: enter(kit, standing, "ledger.read", decision=decision, facts=facts)
