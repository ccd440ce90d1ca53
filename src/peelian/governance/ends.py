"""When what the ledger announced is over, computed from the entry and its charter alone.

Every stored row carries its end, written when it was stored. That end could be changed past the desk, to destroy
evidence early; so it is held against the entry, which cannot. What carries no end of its own has it computed here:
the side blob of an entry (the salt of a read), and the file of a published report.

A salt is kept as long as the youngest row it can cover: what a read of a kind saw had been recorded by then, so all of
it is over when the charter's days for that kind have gone by since. After that the commitment in the entry still
verifies as part of the ledger, and nobody can find out any more, by guessing, what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from peelian.domain.errors import Tampered
from peelian.domain.time import iso
from peelian.governance.charter import kept_charter
from peelian.governance.chartered import charter_text
from peelian.governance.kit import Kit
from peelian.governance.ledger.entry import Entry
from peelian.storage.terms import LedgerTerm, Terms

SWEPT = "retention.swept"
BLOB, REPORT = "side-blob", "report"
LEDGER = "ledger"
PUBLISHED = "report.published"
STAGING = timedelta(days=1)
"""An end is fixed when a row is staged, its entry written when all rows are: a load may take so long."""


class Ends:
    """What each charter ever submitted gives a data kind; a charter is read when it is first asked for."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._days: dict[str, dict[str, int]] = {}

    def chartered(self, entry: Entry, kind: str) -> datetime | None:
        """Return when a thing of this kind, stored by the entry, is over; None where no kept charter says it."""
        if entry.charter is None:
            return None
        if entry.charter not in self._days:
            self._days[entry.charter] = self._read(entry.charter)
        days = self._days[entry.charter].get(kind)
        return None if days is None else entry.time + timedelta(days=days)

    def _read(self, charter_digest: str) -> dict[str, int]:
        """Return the retention of a charter, held against its digest; nothing of one that was destroyed at its end."""
        if all(row.digest != charter_digest for row, _ in self._kit.store.charters()):
            return {}
        text = charter_text(self._kit, charter_digest)
        return dict(kept_charter(text).retention)

    def latest(self, entry: Entry, kind: str) -> datetime:
        """Return when it is over at the latest: by its charter, else by the longest that the register allows."""
        chartered = self.chartered(entry, kind)
        longest = timedelta(days=self._kit.register.data_kind(kind).retention_days_max)
        return chartered or entry.time + longest

    def require_over(self, entry: Entry, kind: str, *, what: str, at: str) -> None:
        """Refuse to take a thing for over at an instant (ISO 8601) at which its entry's charter still keeps it."""
        _require(self.chartered(entry, kind), entry, what=what, at=at)


def note_ends(kit: Kit, ends: Ends) -> None:
    """Note the ends of side blobs and published files of all entries since this was last done.

    Where a charter was changed it stops before the first entry that names it, and goes on there when that is mended.
    """
    terms, size = Terms(kit.store), kit.ledger.size
    below = terms.ledger_read_below()
    if below == size:
        return
    noted: list[LedgerTerm] = []
    for entry in kit.ledger.entries(below, size):
        try:
            noted += _ends_of(kit, ends, entry)
        except Tampered:
            size = entry.index
            break
    terms.note(noted, below=size)


def _ends_of(kit: Kit, ends: Ends, entry: Entry) -> Iterator[LedgerTerm]:
    if entry.blob is not None:
        kind = str(entry.facts.get("kind"))
        known = any(kind == each.id for each in kit.register.data_kinds)
        end = ends.latest(entry, kind if known else LEDGER)
        yield LedgerTerm(entry.index, BLOB, "", iso(end))
    if entry.kind == PUBLISHED and entry.facts.get("channel") == "file":
        yield LedgerTerm(entry.index, REPORT, str(entry.facts["report"]), iso(ends.latest(entry, REPORT)))


def require_were_over(kit: Kit, acts: Sequence[Entry]) -> None:
    """Refuse sweeps that destroyed what its own entry and charter still kept; `acts` are all that were carried out."""
    ends, by_index = Ends(kit), {entry.index: entry for entry in acts}
    made = {path: entry for entry in acts for path in _paths(entry.facts.get("parts"))}
    for sweep in (entry for entry in acts if entry.kind == SWEPT):
        facts: Mapping[str, Any] = sweep.facts
        kind, at, ended = facts["kind"], iso(sweep.time), facts.get("ended") or {}
        for path in _paths(facts.get("removed")):
            _require(_first_end(path, made, ends), made[path], what="part", at=at)
        for index, _ in (*ended.get("records", ()), *ended.get("rejected", ())):
            if index in by_index:
                ends.require_over(by_index[index], kind, what="stored rows", at=at)


def _first_end(path: str, made: Mapping[str, Entry], ends: Ends) -> datetime | None:
    """Return when the first of a part's rows are over; a part made from others is kept until the earliest of theirs."""
    entry, folder = made[path], path.rpartition("/")[0]
    first = [old for old in _paths(entry.facts.get("removed")) if old.rpartition("/")[0] == folder]
    if not first:
        return ends.chartered(entry, path.partition("/")[0])
    known = [end for end in (_first_end(old, made, ends) for old in first) if end is not None]
    return min(known, default=None)


def _paths(named: Any) -> Iterator[str]:
    return (str(path) for path, _, _ in named or ())


def _require(end: datetime | None, entry: Entry, *, what: str, at: str) -> None:
    if end is not None and at < iso(end - STAGING):
        raise Tampered(
            f"The {what} of ledger entry {entry.index} may be kept until {iso(end)}, but was taken for over at {at}; "
            "its stored end was changed past the desk. Restore the records from a backup and tell the auditor."
        )
