"""Whether all that the ledger announced is still there: entries held against rows, erasures and merges accounted for.

A row may be missing only where a later `rows.erased` entry names it, and that entry may stand only on an order
that another person gave; or where a later `retention.swept` entry of the house does, and its term was over by then, as
its own entry and charter say. A part may also be missing where a later `parts.merged` entry names it and the part that
has its rows now. What was taken away must not be back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from peelian.domain.canonical import Json
from peelian.domain.errors import Tampered
from peelian.governance.dropped import (
    CORRECTED,
    LAPSED,
    VALIDATED,
    dropped_and_gone,
    require_left_before,
    require_none_back,
    require_rightly_taken,
)
from peelian.governance.ends import SWEPT, require_were_over
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.governance.ledger.kinds import KINDS
from peelian.governance.recovery import HOUSE
from peelian.governance.unauthorised import require_unauthorised
from peelian.storage.store import Store

ERASED = "rows.erased"
MERGED = "parts.merged"
LACKS = "backup.lacks"
ORDERED = "erasure.ordered"
SUBJECT_ERASED = "subject.erased"
REJECTED = "authorisation.rejected"
TAKERS = frozenset({SUBJECT_ERASED, VALIDATED, LAPSED, CORRECTED, REJECTED})
"""The kinds of entry that may take records and persons away."""

TAKING = (ERASED, MERGED, SWEPT, LACKS)
"""The kinds of entries that account for what is gone."""

ENDED = ("records", "rejected", "approvals", "charters", "principals")
"""What a sweep destroys beside parts, as its entry calls them."""

_Named: TypeAlias = tuple[str, str, int]
"""A part as an entry names it: path, SHA-256, rows."""


@dataclass(frozen=True)
class _Taking:
    """What an entry says that takes things away: how many rows fewer there are, parts taken away and written, rejected
    rows by (entry, row) destroyed; and what ended, by what it is called, as (entry, id) or (entry, number of rows).
    """

    entry: Entry
    rows: int
    removed: tuple[_Named, ...]
    written: tuple[_Named, ...]
    discarded: tuple[tuple[int, int], ...]
    ended: Mapping[str, tuple[tuple[int, Any], ...]]

    @classmethod
    def read(cls, entry: Entry) -> _Taking:
        """Read the facts of an entry; those of a restored copy that had nothing to erase name no parts."""
        facts: Mapping[str, Any] = entry.facts
        try:
            rows = 0 if entry.kind == MERGED else facts["rows"]
            removed, written = _named(facts.get("removed")), _named(facts.get("parts"))
            discarded = tuple((index, row) for index, row in facts.get("discarded") or ())
            told: Mapping[str, Any] = facts.get("ended") or {}
            ended = {key: tuple((each[0], each[-1]) for each in told.get(key) or ()) for key in ENDED}
            return cls(entry, rows, removed, written, discarded, ended)
        except (KeyError, TypeError, ValueError):
            raise Tampered(
                f"Ledger entry {entry.index} does not account for what it took away; tell the auditor."
            ) from None


def require_complete(kit: Kit) -> None:
    """Refuse where an act's entry names a row that is gone without an account, or one taken away that is back."""
    acts = carried_out(tuple(kit.ledger.entries()))
    takings = tuple(_Taking.read(entry) for entry in acts if entry.kind in TAKING)
    announced = {path: (named, entry.index) for entry in acts for path, named in _parts_of(entry)}
    orders = {entry.index: entry for entry in acts if ordered_by(entry) is not None}
    for taking in takings:
        if taking.entry.kind == ERASED:
            _require_ordered(taking.entry, orders)
        elif taking.entry.kind == MERGED:
            _require_merge(taking)
        else:
            _require_of_house(taking)
        _require_sound(taking, announced)
    for entry in acts:
        if entry.kind == SUBJECT_ERASED:
            _require_ordered(entry, orders)
    require_rightly_taken(acts, zone=kit.store.workspace.settings.zone)
    require_unauthorised(acts, kind=REJECTED)
    require_left_before(acts, days=kit.register.data_kind("principal").retention_days_max)
    taken = _taken(acts, takings, announced)
    require_were_over(kit, acts)
    for key, found in _present(kit.store).items():
        for entry in acts:
            _require_count(entry, key, found=found[entry.index], taken=taken.get(key, Counter())[entry.index])
    _require_gone(kit.store, takings)
    require_none_back(kit.store, acts, by=TAKERS)


def _taken(
    acts: Sequence[Entry], takings: Sequence[_Taking], announced: Mapping[str, tuple[_Named, int]]
) -> dict[str, Counter[int]]:
    """Return how many of what each entry announced were taken away later: by orders, merges or sweeps."""
    taken = dropped_and_gone(acts, by=TAKERS)
    taken["parts"] = Counter(announced[named[0]][1] for taking in takings for named in taking.removed)
    taken["rejected"] = Counter(index for taking in takings for index, _ in taking.discarded)
    for taking in takings:
        for key in ENDED:
            for index, rows in taking.ended[key]:
                taken.setdefault(key, Counter())[index] += rows if key == "rejected" else 1
    return taken


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
    said = (
        entry.facts.get("ordered_by")
        if entry.kind in (ERASED, SUBJECT_ERASED) and entry.actor == HOUSE
        else None
    )
    return None if said is None else str(said)


def _require_ordered(erasure: Entry, orders: Mapping[int, Entry]) -> None:
    """Refuse an erasure that no other person ordered; in a restored copy the order stands in the newer ledger."""
    if erasure.actor == HOUSE and erasure.facts.get("restored") is not None:
        return
    facts: Mapping[str, Any] = erasure.facts
    order = orders.get(facts.get("order_entry", -1))
    same = order is not None and order.facts.get("order") == facts.get("order")
    if order is None or not same or order.index > erasure.index or ordered_by(order) == erasure.actor:
        raise Tampered(
            f"Ledger entry {erasure.index} erased something without an order that another person gave before; tell the "
            "auditor."
        )


def _require_merge(merge: _Taking) -> None:
    """Refuse a merge that is none: into one part, filed where the others were, and nothing else done by the way."""
    filed = {path.rpartition("/")[0] for path, _, _ in (*merge.removed, *merge.written)}
    if len(merge.written) != 1 or len(filed) != 1 or merge.discarded or merge.entry.facts.get("tombstones"):
        raise Tampered(
            f"Ledger entry {merge.entry.index} calls itself a merge, but does more than put parts of one kind and "
            "label into one; tell the auditor."
        )


def _require_of_house(taking: _Taking) -> None:
    """Refuse what calls itself a sweep, or the account of a restored copy, and is none of the house's own."""
    facts = taking.entry.facts
    lacks = taking.entry.kind == LACKS and facts.get("restored") is None
    if taking.entry.actor != HOUSE or taking.discarded or facts.get("tombstones") or lacks:
        raise Tampered(
            f"Ledger entry {taking.entry.index} calls itself {taking.entry.kind}, but is none of the house's own; tell "
            "the auditor."
        )


def _require_sound(taking: _Taking, announced: Mapping[str, tuple[_Named, int]]) -> None:
    """Refuse to take away parts that no entry before announced, or where the number of rows does not add up."""
    for named in taking.removed:
        known, index = announced.get(named[0], (None, -1))
        if known != named or index >= taking.entry.index:
            raise Tampered(
                f"Ledger entry {taking.entry.index} took away the part {named[0]}, which no entry before it announced; "
                "tell the auditor."
            )
    before, after = (sum(rows for _, _, rows in named) for named in (taking.removed, taking.written))
    if before - after != taking.rows:
        raise Tampered(
            f"Ledger entry {taking.entry.index} says that {taking.rows} rows were erased, but its parts hold "
            f"{before - after} fewer than those they replace; tell the auditor."
        )


def _require_count(entry: Entry, key: str, *, found: int, taken: int) -> None:
    announced = _count(entry.facts.get(key)) - taken
    if announced != found:
        raise Tampered(
            f"Ledger entry {entry.index} ({entry.kind}) announced {announced} {key}, but {found} are stored; they "
            "were removed or added past the desk. Restore the records from a backup and tell the auditor."
        )


def _require_gone(store: Store, takings: Sequence[_Taking]) -> None:
    """Refuse a part or rejected row that was taken away and stands in the records again."""
    parts = {part.path for part, _ in store.parts()}
    loads = {index for taking in takings for index, _ in taking.discarded}
    rejected = {(index, row.row_number) for index in loads for row in store.rejected(index)}
    records = {record.record_id for record, _ in store.records()}
    for taking in takings:
        back = [f"the part {named[0]}" for named in taking.removed if named[0] in parts]
        back += [f"row {at[1]} that entry {at[0]} rejected" for at in taking.discarded if at in rejected]
        back += [f"the record {name}" for _, name in taking.ended["records"] if name in records]
        if back:
            raise Tampered(
                f"What ledger entry {taking.entry.index} took away is back past the desk: {back[0]}. Open the "
                "workspace with the newest records and tell the auditor."
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
        "subjects": Counter(index for _, index in store.subjects()),
        "merges": Counter(index for _, index in store.subject_merges()),
    }


def _parts_of(entry: Entry) -> Iterator[tuple[str, _Named]]:
    return ((named[0], named) for named in _named(entry.facts.get("parts")))


def _named(listed: Any) -> tuple[_Named, ...]:
    return tuple((path, sha256, rows) for path, sha256, rows in listed or ())


def _count(announced: Json) -> int:
    return len(announced) if isinstance(announced, list) else announced if isinstance(announced, int) else 0
