"""Records and persons that acts took away, accounted for: each was announced before, and none is back.

An entry names the records it takes by the entry that announced them and their positions in it, and persons by id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from peelian.domain.errors import Tampered
from peelian.governance.ledger.entry import Entry
from peelian.storage.store import Store


def dropped_and_gone(acts: Sequence[Entry], *, by: frozenset[str]) -> dict[str, Counter[int]]:
    """Return how many records, subjects and merges of each entry were taken away later.

    `by` are the kinds of entry that may take any. Raises `Tampered` for another, and for what was not announced before.
    """
    announced = {entry.index: entry for entry in acts}
    records = Counter(index for act in acts for index, _ in _dropped(act, announced, by=by))
    gone = {subject for act in acts for subject in _gone(act, acts, by=by)}
    subjects = Counter(
        entry.index for entry in acts for subject, _ in _listed(entry, "subjects") if subject in gone
    )
    merges = Counter(
        entry.index for entry in acts for subject, _ in _listed(entry, "merges") if subject in gone
    )
    return {"records": records, "subjects": subjects, "merges": merges}


def require_none_back(store: Store, acts: Sequence[Entry], *, by: frozenset[str]) -> None:
    """Refuse a record or a subject that was taken away and stands in the records again."""
    announced = {entry.index: entry for entry in acts}
    records = {(index, record.record_id) for record, index in store.records()}
    subjects = {row.subject_id for row, _ in store.subjects()}
    for act in acts:
        back = [
            f"the record {name}"
            for index, name in _dropped(act, announced, by=by)
            if (index, name) in records
        ]
        back += [f"the subject {name}" for name in _gone(act, acts, by=by) if name in subjects]
        if back:
            raise Tampered(
                f"What ledger entry {act.index} took away is back past the desk: {back[0]}. Open the workspace with "
                "the newest records and tell the auditor."
            )


def _dropped(act: Entry, announced: Mapping[int, Entry], *, by: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Return entry and id of each record that an act took away."""
    facts: Mapping[str, Any] = act.facts
    for index, *positions in facts.get("dropped") or ():
        entry = announced.get(index)
        listed = _listed(entry, "records") if entry is not None and index < act.index else ()
        if (
            act.kind not in by
            or len(set(positions)) != len(positions)
            or not set(positions) <= set(range(len(listed)))
        ):
            raise _unaccounted(act)
        yield from ((index, listed[position][0]) for position in positions)


def _gone(act: Entry, acts: Sequence[Entry], *, by: frozenset[str]) -> Sequence[str]:
    """Return the persons that an act took away."""
    facts: Mapping[str, Any] = act.facts
    gone: Sequence[str] = facts.get("gone") or ()
    before = (
        {name for entry in acts if entry.index < act.index for name, _ in _listed(entry, "subjects")}
        if gone
        else ()
    )
    if gone and (act.kind not in by or not set(gone) <= set(before)):
        raise _unaccounted(act)
    return gone


def _listed(entry: Entry, key: str) -> tuple[tuple[str, str], ...]:
    facts: Mapping[str, Any] = entry.facts
    return tuple((first, second) for first, second in facts.get(key) or ())


def _unaccounted(act: Entry) -> Tampered:
    return Tampered(
        f"Ledger entry {act.index} ({act.kind}) took away a record or a person that no entry before it announced, or "
        "that it may not take; tell the auditor."
    )
