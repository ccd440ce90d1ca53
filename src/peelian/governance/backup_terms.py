"""What an erasure means for backups: the keys of what goes are destroyed before it does, wherever the backups lie.

Keys go first, after the entry and before the act: cut off in between, a backup has lost a little early what the house
still holds, and never the other way round.

A part that rows are erased from is lost to the backups whole, with the rows that stay: they hold it as it was. So are
the parts it was merged from. So a backup is made anew after an erasure (ADR 0022).
"""

from __future__ import annotations

from collections.abc import Iterator

from peelian.governance.kit import Kit
from peelian.storage.backup import charter_key, part_key
from peelian.storage.backup_slices import RECORDS, REJECTED, slice_name
from peelian.storage.destroy import destroy
from peelian.storage.rows import Writes
from peelian.storage.terms import Terms


def destroy_keys(kit: Kit, writes: Writes) -> None:
    """Destroy the backup keys of all that an act takes away, and the signing keys of whoever goes."""
    keys = kit.store.workspace.folder("keys")
    destroy(keys / f"{person_id}.pem" for person_id, _ in writes.ended.principals)
    if writes.takes_away:
        kit.backup_keys.destroy(
            sorted({*_of_parts(kit, writes), *_of_rows(kit, writes), *_of_charters(writes)})
        )


def _of_parts(kit: Kit, writes: Writes) -> Iterator[str]:
    """Yield the keys of the parts, and of those of the same kind and label that stand no more: merged ones."""
    yield from (part_key(part.path) for part in writes.removed)
    if writes.removed:
        months = tuple({part_key(f"{part.kind}/{part.label}/") for part in writes.removed})
        standing = {part_key(part.path) for part, _ in kit.store.parts()}
        yield from (
            name for name in kit.backup_keys.all() if name.startswith(months) and name not in standing
        )


def _of_rows(kit: Kit, writes: Writes) -> Iterator[str]:
    """Yield the keys of the days on which the records and sealed rows end that go."""
    yield from (slice_name(RECORDS, record.keep_until) for record, _ in writes.ended.records)
    loads = {row.entry_index for row in writes.discarded} | {
        load.entry_index for load in writes.ended.rejected
    }
    yield from (slice_name(REJECTED, end) for end in Terms(kit.store).ends_of_rejected(loads))


def _of_charters(writes: Writes) -> Iterator[str]:
    return (charter_key(digest) for digest, _ in writes.ended.charters)
