"""What is stored against what was committed to: every row is held against the ledger entry it stands on.

The manifest alone would not do: whoever can write to the records can change a part and its row together, but
not the entry that named both.
"""

from __future__ import annotations

from collections.abc import Sequence

from peelian.domain.canonical import Json, digest
from peelian.domain.errors import Tampered
from peelian.governance.authorisation import tag_of
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.storage.parts import Part
from peelian.storage.rows import Record, RecordAt


def committed_parts(kit: Kit, kind: str | None = None) -> tuple[Part, ...]:
    """Return the visible parts of a kind, refusing one that its entry does not name with hash and rows."""
    return tuple(part for part, _ in entered_parts(kit, kind))


def entered_parts(kit: Kit, kind: str | None = None) -> tuple[tuple[Part, int], ...]:
    """Return the visible parts of a kind with the entries that name them, refusing one that is not named so."""
    found = kit.store.parts(kind)
    require_entered(kit, found)
    return found


def require_entered(kit: Kit, parts: Sequence[tuple[Part, int]]) -> None:
    """Refuse a part that the entry it stands on does not name with hash and rows."""
    entries: dict[int, Entry] = {}
    for part, index in parts:
        entry = entries.get(index) or entries.setdefault(index, kit.ledger.proven(index))
        _require_named(entry, "parts", [part.path, part.sha256, part.rows], what=f"part {part.path}")


def committed_record(kit: Kit, record: Record, entry_index: int) -> Entry:
    """Return the entry a record stands on, refusing a record that is not the one it names."""
    entry = kit.ledger.proven(entry_index)
    named = [record.record_id, digest(record.body.encode())]
    _require_named(entry, "records", named, what=f"{record.kind} {record.record_id}")
    return entry


def located(kit: Kit, record: Record, index: int) -> RecordAt:
    """Return where a record stands among those its entry names."""
    names = records_named(committed_record(kit, record, index))
    return RecordAt(record.record_id, index, names.index(record.record_id))


def records_named(entry: Entry) -> tuple[str, ...]:
    """Return the ids of the records that an entry names, in its order."""
    listed = entry.facts["records"]
    if not isinstance(listed, Sequence):
        raise Tampered(f"Ledger entry {entry.index} names its records in no order; tell the auditor.")
    return tuple(str(each[0]) for each in listed if isinstance(each, Sequence))


def stored_under(kit: Kit, record_id: str) -> str | None:
    """Return the authorisation under which a record was stored; None where it was under none, or is not there."""
    found = kit.store.records(record_id=record_id)
    return tag_of(committed_record(kit, *found[0])) if found else None


def _require_named(entry: Entry, key: str, named: Sequence[Json], *, what: str) -> None:
    listed = entry.facts.get(key)
    if not isinstance(listed, list) or list(named) not in listed:
        raise Tampered(
            f"The stored {what} is not the one that ledger entry {entry.index} commits to; it was changed "
            "afterwards. Restore it from a backup and tell the auditor."
        )
