"""Where findings stand, as the database keeps it beside their rows, held against those rows."""

from __future__ import annotations

import json
from collections.abc import Sequence

from peelian.domain.errors import Tampered
from peelian.storage.rows import Record
from peelian.storage.store import Store

KIND, OPENED = "review-state", "opened"
"""The kind of a row that records what happened to a finding, and what moves it nowhere."""

SEALED = "sealed-finding"
"""The kind of findings that are filed under a person."""


def require_standing(store: Store, records: Sequence[tuple[Record, int]]) -> None:
    """Refuse a list of where findings stand that does not follow from their rows, of which `records` has all."""
    newest: dict[str, tuple[str, str]] = {}
    for record, _ in sorted(records, key=lambda each: each[1]):
        body = json.loads(record.body) if record.kind == KIND else {"happened": OPENED}
        if body["happened"] != OPENED:
            newest[record.subject] = (record.record_id, body["state"])
    kept = store.all_standing()
    if amiss := sorted(name for name in newest.keys() | kept.keys() if newest.get(name) != kept.get(name)):
        raise Tampered(
            f"The list of where findings stand does not follow from what happened to them ({len(amiss)} of "
            f"{len(newest)}, first {amiss[0]}); it was changed past the desk. Restore the records from a backup."
        )
