"""Whether all that the ledger announced is still there: entries held against rows, and erasures accounted for.

A row may be missing only where a later `rows.erased` entry names it, and that entry may stand only on an order
that another person gave. What was erased must not be back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from peelian.domain.canonical import Json
from peelian.domain.errors import Tampered
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.kinds import KINDS
from peelian.governance.recovery import HOUSE
from peelian.storage.store import Store

ERASED = "rows.erased"
ORDERED = "erasure.ordered"

_Named: TypeAlias = tuple[str, str, int]
"""A part as an entry names it: path, SHA-256, rows."""


@dataclass(frozen=True)
class _Erasure:
    """What a `rows.erased` entry says: parts taken away and written, rejected rows by (entry, row) destroyed."""

    entry: Entry
    rows: int
    removed: tuple[_Named, ...]
    written: tuple[_Named, ...]
    discarded: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, entry: Entry) -> _Erasure:
        """Read the facts of an entry; those of a restored copy that had nothing to erase name no parts."""
        facts: Mapping[str, Any] = entry.facts
        try:
            removed, written = _named(facts.get("removed")), _named(facts.get("parts"))
            discarded = tuple((index, row) for index, row in facts.get("discarded") or ())
            return cls(entry, facts["rows"], removed, written, discarded)
        except (KeyError, TypeError, ValueError):
            raise Tampered(
                f"Ledger entry {entry.index} is no account of an erasure; tell the auditor."
            ) from None


def require_complete(kit: Kit) -> None:
    """Refuse where an act's entry names a row that is gone without an erasure, or an erased one that is back."""
    acts = carried_out(tuple(kit.ledger.entries()))
    erasures = tuple(_Erasure.read(entry) for entry in acts if entry.kind == ERASED)
    announced = {path: (named, entry.index) for entry in acts for path, named in _parts_of(entry)}
    for erasure in erasures:
        _require_ordered(erasure.entry, acts)
        _require_sound(erasure, announced)
    taken = {
        "parts": Counter(announced[named[0]][1] for erasure in erasures for named in erasure.removed),
        "rejected": Counter(index for erasure in erasures for index, _ in erasure.discarded),
    }
    for key, found in _present(kit.store).items():
        for entry in acts:
            _require_count(entry, key, found=found[entry.index], taken=taken.get(key, Counter())[entry.index])
    _require_gone(kit.store, erasures)


def carried_out(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the entries whose act was done: those that announce one and were not answered as abandoned."""
    abandoned = {entry.facts.get("entry") for entry in entries if entry.kind == "act.abandoned"}
    return tuple(entry for entry in entries if KINDS[entry.kind].act and entry.index not in abandoned)


def ordered_by(entry: Entry) -> str | None:
    """Return who gave the order that was recorded with an entry; None where it records none, or does not say.

    In a restored copy the house records an order that came after the backup, and says who gave it in the ledger of
    which it is a copy.
    """
    if entry.kind == ORDERED:
        return entry.actor
    said = entry.facts.get("ordered_by") if entry.kind == ERASED and entry.actor == HOUSE else None
    return None if said is None else str(said)


def _require_ordered(erasure: Entry, acts: Sequence[Entry]) -> None:
    """Refuse an erasure that no other person ordered; in a restored copy the order stands in the newer ledger."""
    if erasure.actor == HOUSE and erasure.facts.get("restored") is not None:
        return
    at, order = erasure.facts.get("order_entry"), erasure.facts.get("order")
    orders = [entry for entry in acts if entry.index == at and entry.facts.get("order") == order]
    if not orders or orders[0].index > erasure.index or ordered_by(orders[0]) in (None, erasure.actor):
        raise Tampered(
            f"Ledger entry {erasure.index} erased rows without an order that another person gave before; tell the "
            "auditor."
        )


def _require_sound(erasure: _Erasure, announced: Mapping[str, tuple[_Named, int]]) -> None:
    """Refuse an erasure of parts that no entry before it announced, or whose number of rows does not add up."""
    for named in erasure.removed:
        known, index = announced.get(named[0], (None, -1))
        if known != named or index >= erasure.entry.index:
            raise Tampered(
                f"Ledger entry {erasure.entry.index} erased the part {named[0]}, which no entry before it announced; "
                "tell the auditor."
            )
    before, after = (sum(rows for _, _, rows in named) for named in (erasure.removed, erasure.written))
    if before - after != erasure.rows:
        raise Tampered(
            f"Ledger entry {erasure.entry.index} says that {erasure.rows} rows were erased, but its parts hold "
            f"{before - after} fewer than those they replace; tell the auditor."
        )


def _require_count(entry: Entry, key: str, *, found: int, taken: int) -> None:
    announced = _count(entry.facts.get(key)) - taken
    if announced != found:
        raise Tampered(
            f"Ledger entry {entry.index} ({entry.kind}) announced {announced} {key}, but {found} are stored; they "
            "were removed or added past the desk. Restore the records from a backup and tell the auditor."
        )


def _require_gone(store: Store, erasures: Sequence[_Erasure]) -> None:
    """Refuse an erased part or rejected row that stands in the records again."""
    parts = {part.path for part, _ in store.parts()}
    loads = {index for erasure in erasures for index, _ in erasure.discarded}
    rejected = {(index, row.row_number) for index in loads for row in store.rejected(index)}
    for erasure in erasures:
        back = [f"the part {named[0]}" for named in erasure.removed if named[0] in parts]
        back += [f"row {at[1]} that entry {at[0]} rejected" for at in erasure.discarded if at in rejected]
        if back:
            raise Tampered(
                f"What ledger entry {erasure.entry.index} erased is back past the desk: {back[0]}. Open the workspace "
                "with the newest records and tell the auditor."
            )


def _present(store: Store) -> dict[str, Counter[int]]:
    """Return, by what an entry's facts call them, how many rows stand on each entry."""
    return {
        "parts": Counter(index for _, index in store.parts()),
        "records": Counter(index for _, index in store.records()),
        "rejected": Counter(store.rejected_counts()),
        "approvals": Counter(store.approval_counts()),
        "principals": Counter(index for _, index in store.principals()),
        "charters": Counter(index for _, index in store.charters()),
        "tombstones": Counter(store.tombstone_counts()),
    }


def _parts_of(entry: Entry) -> Iterator[tuple[str, _Named]]:
    return ((named[0], named) for named in _named(entry.facts.get("parts")))


def _named(listed: Any) -> tuple[_Named, ...]:
    return tuple((path, sha256, rows) for path, sha256, rows in listed or ())


def _count(announced: Json) -> int:
    return len(announced) if isinstance(announced, list) else announced if isinstance(announced, int) else 0
